package allocator

import (
	"net/netip"
	"slices"
)

// With gives the set together with the addresses of ranges.
func (s Set) With(ranges []Range) Set {
	all := slices.Clone(s.spans)
	for _, r := range ranges {
		all = append(all, span{number(r.First), number(r.Last)})
	}
	return Set{newSpans(all)}
}

// Vacant gives the lowest prefix of that length inside of another that has
// nothing in common with the set, and whether there is one. It takes a time in
// the number of gaps of the set, not of addresses.
func (s Set) Vacant(within netip.Prefix, length int) (netip.Prefix, bool) {
	all := spanOf(within.Masked())
	for at := all.first; ; {
		end, taken := s.spans.end(span{at, at.last(length)})
		p := netip.PrefixFrom(at.addr(), length)
		if !taken {
			return p, true
		}
		end = number(netip.PrefixFrom(end.addr(), length).Masked().Addr()).last(length)
		if !end.less(all.last) {
			return netip.Prefix{}, false
		}
		at = end.add(uint128{0, 1})
	}
}
