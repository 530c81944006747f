package config

import (
	"net/netip"
	"strings"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/strict"
)

// Relays is the relay agents whose word about their clients is believed; nil
// when the configuration does not say, which is not the same as empty.
type Relays []Relay

// Relay is one entry of Relays: the addresses of relay agents or, where Link is
// not empty, Lightweight DHCPv6 Relay Agents, which have none.
type Relay struct {
	Prefix      netip.Prefix
	Link        string
	InterfaceID Pattern
}

// DecodeNode reads a list of prefixes, addresses and LDRAs.
func (r *Relays) DecodeNode(n strict.Node) error {
	var list []Relay
	if err := strict.Decode(n, &list); err != nil {
		return err
	}
	*r = append(Relays{}, list...)
	return nil
}

// DecodeNode reads a prefix or an address, or a map of an LDRA.
func (r *Relay) DecodeNode(n strict.Node) error {
	if n.Kind() != strict.Map {
		text, err := n.Text()
		if err != nil {
			return err
		}
		r.Prefix, err = parseRelay(text)
		return n.Wrap(err)
	}
	var ldra struct {
		Link        string  `config:"required"`
		InterfaceID Pattern `yaml:"interface_id" config:"required"`
	}
	err := strict.Decode(n, &ldra)
	r.Link, r.InterfaceID = ldra.Link, ldra.InterfaceID
	return err
}

// parseRelay reads a prefix, or an address as one.
func parseRelay(text string) (netip.Prefix, error) {
	if a, err := strict.ParseAddr(text); err == nil {
		return netip.PrefixFrom(a.WithZone(""), a.BitLen()), nil
	}
	return strict.ParsePrefix(text)
}

// Pattern is octets with stars, each of which stands for any octets or none.
type Pattern []string

// DecodeNode reads text with stars, or octets in hexadecimal behind 0x.
func (p *Pattern) DecodeNode(n strict.Node) error {
	text, err := n.Text()
	if err != nil {
		return err
	}
	if text == "" {
		return n.Err("nothing is written here, want an Interface-Id such as ge-0/0/7, or ge-0/0/* or * for several")
	}
	if octets, ok := strings.CutPrefix(text, "0x"); ok {
		raw, err := ident.ParseHex(octets)
		if err != nil {
			return n.Err("%q: %w", text, err)
		}
		*p = Pattern{string(raw)}
		return nil
	}
	*p = strings.Split(text, "*")
	return nil
}

// Match says whether the octets are such as the pattern says.
func (p Pattern) Match(octets []byte) bool {
	if len(p) == 0 {
		return false
	}
	first, last := p[0], p[len(p)-1]
	if len(p) == 1 {
		return string(octets) == first
	}
	if len(octets) < len(first)+len(last) || string(octets[:len(first)]) != first || string(octets[len(octets)-len(last):]) != last {
		return false
	}
	rest := octets[len(first) : len(octets)-len(last)]
	for _, part := range p[1 : len(p)-1] {
		at := indexOf(rest, part)
		if at < 0 {
			return false
		}
		rest = rest[at+len(part):]
	}
	return true
}

// indexOf is bytes.Index for a text.
func indexOf(b []byte, part string) int {
	for i := 0; i+len(part) <= len(b); i++ {
		if string(b[i:i+len(part)]) == part {
			return i
		}
	}
	return -1
}
