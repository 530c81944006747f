package pool

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"

	"github.com/stage6/stage6/internal/strict"
	"github.com/stage6/stage6/pipeline"
)

// span is a range of addresses and where it is written.
type span struct {
	pipeline.Range
	text string
	node strict.Node
}

// DecodeNode reads a prefix or a range.
func (s *span) DecodeNode(n strict.Node) error {
	text, err := n.Text()
	if err != nil {
		return err
	}
	if s.Range, err = parseSpan(text); err != nil {
		return err
	}
	s.text, s.node = text, n
	return nil
}

// excluded is a span that may be written as a single address, too.
type excluded struct{ pipeline.Range }

// UnmarshalText reads an address, a prefix or a range.
func (e *excluded) UnmarshalText(text []byte) (err error) {
	if a, err := strict.ParseAddr(string(text)); err == nil {
		e.Range = pipeline.Range{First: a, Last: a}
		return nil
	}
	e.Range, err = parseSpan(string(text))
	return err
}

// parseSpan reads a prefix, or a range as FIRST-LAST.
func parseSpan(text string) (r pipeline.Range, err error) {
	first, last, ranged := strings.Cut(text, "-")
	if !ranged {
		r, err = parsePrefix(text)
	} else {
		r, err = parseRange(strings.TrimSpace(first), strings.TrimSpace(last))
	}
	if err != nil {
		return r, err
	}
	return r, checkSpan(text, r)
}

func parsePrefix(text string) (r pipeline.Range, err error) {
	if fields := strings.Fields(text); len(fields) > 1 {
		return r, fmt.Errorf("%q: want one prefix or range, write several as a list", text)
	}
	p, err := strict.ParsePrefix(text)
	if err != nil {
		return r, err
	}
	return pipeline.Range{First: p.Addr(), Last: lastOf(p)}, nil
}

func parseRange(first, last string) (r pipeline.Range, err error) {
	if r.First, err = strict.ParseAddr(first); err != nil {
		return r, err
	}
	if r.Last, err = strict.ParseAddr(last); err != nil {
		return r, err
	}
	if r.Last.Less(r.First) {
		return r, fmt.Errorf("the range ends at %s, before its beginning %s", last, first)
	}
	return r, nil
}

// checkSpan says why no client can be given such addresses, or nil.
func checkSpan(text string, r pipeline.Range) error {
	switch a := r.First; {
	case a.Zone() != "" || r.Last.Zone() != "":
		return fmt.Errorf("%q: addresses of a pool have no zone", text)
	case a.Is4In6(), a.IsMulticast(), r.Last.IsMulticast(), a.IsUnspecified(), a.IsLoopback():
		return fmt.Errorf("%q: want unicast addresses such as 2001:db8:10::d:0/112", text)
	case a.IsLinkLocalUnicast():
		return fmt.Errorf("%q: link-local addresses are not given out by DHCPv6", text)
	}
	return nil
}

// without lists what is not given out of s: what the settings exclude, and
// what is reserved in each /64 (RFC 9915 section 13.1, RFC 5453).
func (s span) without(exclude []excluded) (out []pipeline.Range) {
	for _, e := range exclude {
		out = s.cut(out, e.Range)
	}
	for _, r := range reserved(s.First) {
		out = s.cut(out, r)
	}
	if prefix64(s.First) != prefix64(s.Last) {
		for _, r := range reserved(s.Last) {
			out = s.cut(out, r)
		}
	}
	return out
}

// cut appends the part of r that is inside s.
func (s span) cut(out []pipeline.Range, r pipeline.Range) []pipeline.Range {
	if r.First.Less(s.First) {
		r.First = s.First
	}
	if s.Last.Less(r.Last) {
		r.Last = s.Last
	}
	if r.Last.Less(r.First) {
		return out
	}
	return append(out, r)
}

// reserved gives the addresses with reserved interface identifiers in the /64
// that a is in: the subnet-router anycast address, the block of IANA's Ethernet
// addresses, and the subnet anycast addresses (RFC 2526).
func reserved(a netip.Addr) []pipeline.Range {
	at := func(id uint64) netip.Addr {
		b := a.As16()
		binary.BigEndian.PutUint64(b[8:], id)
		return netip.AddrFrom16(b)
	}
	return []pipeline.Range{
		{First: at(0), Last: at(0)},
		{First: at(0x0200_5eff_fe00_0000), Last: at(0x0200_5eff_feff_ffff)},
		{First: at(0xfdff_ffff_ffff_ff80), Last: at(0xfdff_ffff_ffff_ffff)},
	}
}

// cover gives the longest prefix that contains the whole span. The span is on
// a link if that is.
func (s span) cover() netip.Prefix {
	for bits := 128; ; bits-- {
		if p, _ := s.First.Prefix(bits); p.Contains(s.Last) {
			return p
		}
	}
}

func prefix64(a netip.Addr) netip.Prefix { return netip.PrefixFrom(a, 64).Masked() }

func lastOf(p netip.Prefix) netip.Addr {
	b := p.Addr().As16()
	for i := p.Bits(); i < 128; i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	return netip.AddrFrom16(b)
}
