package allocator

import (
	"net/netip"
	"slices"
)

// Plus gives the set together with the addresses of p.
func (s Set) Plus(p netip.Prefix) Set {
	of := spanOf(p.Masked())
	from, to := s.spans.around(of)
	if from < to {
		if first := s.spans[from].first; first.less(of.first) {
			of.first = first
		}
		if last := s.spans[to-1].last; of.last.less(last) {
			of.last = last
		}
	}
	return s.replace(from, to, of)
}

// Minus gives the set without the addresses of p.
func (s Set) Minus(p netip.Prefix) Set {
	of := spanOf(p.Masked())
	from, to := s.spans.around(of)
	var rest []span
	if from < to {
		first, last := s.spans[from], s.spans[to-1]
		if first.first.less(of.first) {
			rest = append(rest, span{first.first, of.first.sub(uint128{0, 1})})
		}
		if of.last.less(last.last) {
			rest = append(rest, span{of.last.add(uint128{0, 1}), last.last})
		}
	}
	return s.replace(from, to, rest...)
}

// replace gives a set with other spans in the place of those from to to.
func (s Set) replace(from, to int, by ...span) Set {
	out := make(spans, 0, len(s.spans)+len(by)+from-to)
	out = append(append(append(out, s.spans[:from]...), by...), s.spans[to:]...)
	return Set{out}
}

// around gives the spans that overlap of, from one to before another.
func (s spans) around(of span) (from, to int) {
	from, _ = slices.BinarySearchFunc(s, of, func(have, of span) int {
		if have.last.less(of.first) {
			return -1
		}
		return 1
	})
	for to = from; to < len(s) && s[to].overlaps(of); to++ {
	}
	return from, to
}
