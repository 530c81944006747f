package allocator

import (
	"net/netip"
	"slices"
)

// segment is a part of a space without gaps.
type segment struct {
	span
	base  uint64 // the number of the first unit
	count uint64 // of units that are given out, the first of them
	text  string // as people wrote it
}

// span is the addresses from first to last, both included.
type span struct{ first, last uint128 }

func (s span) overlaps(o span) bool { return !s.last.less(o.first) && !o.last.less(s.first) }
func (s span) contains(o span) bool { return !o.first.less(s.first) && !s.last.less(o.last) }

func spanOf(p netip.Prefix) span {
	first := number(p.Addr())
	return span{first, first.last(p.Bits())}
}

// overlap calls yield with the units that lie in the span, which are 2^shift
// addresses each.
func (g *segment) overlap(of span, shift uint, yield func(first, last uint64)) {
	if !g.overlaps(of) {
		return
	}
	if of.first.less(g.first) {
		of.first = g.first
	}
	if g.last.less(of.last) {
		of.last = g.last
	}
	first := of.first.sub(g.first).shr(shift).capped(g.count)
	last := of.last.sub(g.first).shr(shift).capped(g.count - 1)
	if first <= last {
		yield(g.base+first, g.base+last)
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
