package hosttext

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/internal/strict"
)

// address is what is reserved of a link's addresses: one or a block, whole or
// a host part.
type address struct {
	host.Address
	derived bool // from the MAC: see derive
}

// The longest and the shortest prefix of a block. Its addresses are tried one
// by one, so that it cannot be of any size.
const (
	largestBlock  = 120
	smallestBlock = 127
)

// UnmarshalText reads a whole address, a host part such as ::56, a block of
// either, such as 2001:db8:10::100/125, or derived.
func (a *address) UnmarshalText(text []byte) error {
	if string(text) == "derived" {
		a.derived = true
		return nil
	}
	p, err := parseAddresses(string(text))
	if err != nil {
		return err
	}
	switch addr := p.Addr(); {
	case addr.IsUnspecified() && p.IsSingleIP(), addr.Is4In6(), addr.IsMulticast():
		return fmt.Errorf("%q cannot be an address of a machine", text)
	case addr.IsLinkLocalUnicast():
		return fmt.Errorf("%q is link-local, which DHCPv6 does not give out", text)
	}
	a.Address = host.Address{Prefix: p, HostPart: prefix64(p.Addr()).Addr().IsUnspecified()}
	return nil
}

// derive makes the addresses that are derived from the MAC: host parts that are
// its EUI-64 identifier, which takes one MAC.
func (s *single) derive() error {
	for i := range s.Address {
		a := &s.Address[i].value
		if !a.derived {
			continue
		}
		if n := len(s.MAC); n != 1 {
			return fmt.Errorf("address: derived is made of the mac of the interface, want one, got %d", n)
		}
		a.Address = host.Address{Prefix: netip.PrefixFrom(s.MAC[0].value.InterfaceID(), 128), HostPart: true}
	}
	return nil
}

// parseAddresses reads an address, as a /128, or a block.
func parseAddresses(text string) (netip.Prefix, error) {
	if !strings.Contains(text, "/") {
		addr, err := strict.ParseAddr(text)
		if addr.Zone() != "" {
			err = fmt.Errorf("%q has a zone, write %s", text, addr.WithZone(""))
		}
		return netip.PrefixFrom(addr, 128), err
	}
	p, err := strict.ParsePrefix(text)
	if err == nil && (p.Bits() < largestBlock || p.Bits() > smallestBlock) {
		err = fmt.Errorf("%q is no block of addresses, want a length from %d to %d, or one address", text, largestBlock, smallestBlock)
	}
	return p, err
}

func prefix64(a netip.Addr) netip.Prefix { return netip.PrefixFrom(a, 64).Masked() }

// prefix is a reserved prefix.
type prefix struct{ netip.Prefix }

// UnmarshalText reads a prefix that can be delegated.
func (p *prefix) UnmarshalText(text []byte) error {
	read, err := strict.ParsePrefix(string(text))
	if err != nil {
		return err
	}
	a := read.Addr()
	if read.Bits() == 0 || a.IsUnspecified() || a.Is4In6() || a.IsMulticast() || a.IsLinkLocalUnicast() {
		return fmt.Errorf("%q cannot be delegated, want a prefix such as 2001:db8:f001::/56", text)
	}
	p.Prefix = read
	return nil
}
