package allocator

import (
	"net/netip"
	"slices"
)

// The interface identifiers that no host may have (RFC 5453, with the registry
// of IANA): the subnet-router anycast address, those of IANA's Ethernet block,
// and the subnet anycast addresses of RFC 2526.
var identifiers = [...][2]uint64{
	{0, 0},
	{0x02005efffe000000, 0x02005efffeffffff},
	{0xfdffffffffffff80, 0xfdffffffffffffff},
}

// identifierEnd says whether an interface identifier is reserved, and gives
// the last that is with it.
func identifierEnd(id uint64) (uint64, bool) {
	for _, r := range identifiers {
		if r[0] <= id && id <= r[1] {
			return r[1], true
		}
	}
	return 0, false
}

// identifiers calls yield with the units of g whose interface identifiers are
// reserved. A mapped space reaches into two networks of /64 at most.
func (g *segment) identifiers(yield func(first, last uint64)) {
	for _, r := range identifiers {
		g.overlap(span{uint128{g.first.hi, r[0]}, uint128{g.first.hi, r[1]}}, 0, yield)
		if g.last.hi != g.first.hi {
			g.overlap(span{uint128{g.last.hi, r[0]}, uint128{g.last.hi, r[1]}}, 0, yield)
		}
	}
}

// spans are sorted and do not overlap.
type spans []span

// newSpans sorts and joins what may overlap.
func newSpans(in []span) (out spans) {
	slices.SortFunc(in, func(a, b span) int {
		if a.first.less(b.first) {
			return -1
		}
		if b.first.less(a.first) {
			return 1
		}
		return 0
	})
	for _, s := range in {
		if n := len(out); n > 0 && !out[n-1].last.less(s.first) {
			if out[n-1].last.less(s.last) {
				out[n-1].last = s.last
			}
			continue
		}
		out = append(out, s)
	}
	return out
}

// end gives the end of the first of s that overlaps of, if any does.
func (s spans) end(of span) (uint128, bool) {
	i, _ := slices.BinarySearchFunc(s, of, func(have, of span) int {
		if have.last.less(of.first) {
			return -1
		}
		return 1
	})
	if i < len(s) && s[i].overlaps(of) {
		return s[i].last, true
	}
	return uint128{}, false
}

// Set is a set of addresses, made of prefixes. The zero Set is empty.
type Set struct{ spans spans }

// NewSet makes a set of all addresses in the prefixes.
func NewSet(prefixes []netip.Prefix) Set {
	in := make([]span, 0, len(prefixes))
	for _, p := range prefixes {
		in = append(in, spanOf(p.Masked()))
	}
	return Set{newSpans(in)}
}

// Overlaps says whether any address of p is in the set.
func (s Set) Overlaps(p netip.Prefix) bool {
	_, overlaps := s.spans.end(spanOf(p))
	return overlaps
}
