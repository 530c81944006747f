package allocator

import (
	"math/bits"
	"net/netip"
	"slices"
)

// mappedUnits is the size up to which a space is kept as a bitmap: eight
// megabytes.
const mappedUnits = 1 << 26

// Space is what a pool consists of: addresses, or the prefixes of one or more
// lengths in some prefixes. Its units, addresses or prefixes of the longest of
// the lengths, are numbered from 0. It is immutable.
type Space struct {
	spec     Spec
	unit     int // the length of a unit
	units    uint64
	size     float64
	segments []segment
	never    spans
}

// Name gives the name of the pool.
func (s *Space) Name() string { return s.spec.Name }

// Lengths gives the lengths of the prefixes that may be given out, the default
// first.
func (s *Space) Lengths() []int { return s.spec.Lengths }

// Unit gives the longest of the lengths.
func (s *Space) Unit() int { return s.unit }

// Units gives the number of units, in very large spaces of those that are
// given out.
func (s *Space) Units() uint64 { return s.units }

// Size gives the number of units with those never given out.
func (s *Space) Size() float64 { return s.size }

// Mapped says whether the space is small enough for a Free.
func (s *Space) Mapped() bool { return s.units <= mappedUnits }

// Contains says whether p is of the space and of one of its lengths.
func (s *Space) Contains(p netip.Prefix) bool {
	if !p.IsValid() || !slices.Contains(s.spec.Lengths, p.Bits()) {
		return false
	}
	of := spanOf(p)
	for i := range s.segments {
		if s.segments[i].contains(of) {
			return true
		}
	}
	return false
}

// Never says whether p, or a part of it, is never given out: it is excluded or
// is reserved by the addressing architecture.
func (s *Space) Never(p netip.Prefix) bool {
	of := spanOf(p)
	if _, never := s.never.end(of); never || s.unit != 128 {
		return never
	}
	_, never := identifierEnd(of.first.lo)
	return never
}

// Beyond says whether p, which begins with a unit, is never given out or is
// partly in the set, and gives the first unit after that, modulo Units.
func (s *Space) Beyond(p netip.Prefix, set Set) (unit uint64, forbidden bool) {
	of := spanOf(p)
	end, forbidden := s.never.end(of)
	if !forbidden {
		end, forbidden = set.spans.end(of)
	}
	if !forbidden && s.unit == 128 {
		end.hi = of.first.hi
		end.lo, forbidden = identifierEnd(of.first.lo)
	}
	if !forbidden {
		return 0, false
	}
	for i := range s.segments {
		g := &s.segments[i]
		if !g.contains(of) {
			continue
		}
		if end.less(g.last) {
			past := end.sub(g.first).shr(uint(128 - s.unit)).capped(g.count - 1)
			return g.base + past + 1, true
		}
		return g.base + g.count, true
	}
	return 0, true
}

// Prefix gives the prefix of that length that begins with the unit.
func (s *Space) Prefix(unit uint64, length int) netip.Prefix {
	i, _ := slices.BinarySearchFunc(s.segments, unit, func(g segment, unit uint64) int {
		if g.base <= unit {
			return -1
		}
		return 1
	})
	g := &s.segments[i-1]
	first := g.first.add(uint128{0, unit - g.base}.shl(uint(128 - s.unit)))
	return netip.PrefixFrom(first.addr(), length)
}

// Ranges calls yield with the first and last number of the units that p
// overlaps, for each part of the space.
func (s *Space) Ranges(p netip.Prefix, yield func(first, last uint64)) {
	of := spanOf(p)
	for i := range s.segments {
		s.segments[i].overlap(of, uint(128-s.unit), yield)
	}
}

// NeverRanges calls yield with the units that are never given out.
func (s *Space) NeverRanges(yield func(first, last uint64)) {
	for i := range s.segments {
		g := &s.segments[i]
		for _, n := range s.never {
			g.overlap(n, uint(128-s.unit), yield)
		}
		if s.unit == 128 && s.Mapped() {
			g.identifiers(yield)
		}
	}
}

// Spans gives the first and last addresses of the parts of the space.
func (s *Space) Spans() (out []Range) {
	for i := range s.segments {
		out = append(out, Range{s.segments[i].first.addr(), s.segments[i].last.addr()})
	}
	return out
}

// Same says whether both consist of the same.
func (s *Space) Same(o *Space) bool {
	same := func(a, b segment) bool { return a.span == b.span }
	return slices.EqualFunc(s.segments, o.segments, same) && slices.Equal(s.never, o.never) && slices.Equal(s.spec.Lengths, o.spec.Lengths)
}

// number gives the segments their units: in the order of addresses, or, where
// runs of units must be aligned, the largest first.
func (s *Space) number() {
	slices.SortFunc(s.segments, func(a, b segment) int {
		x, y := a.last.sub(a.first), b.last.sub(b.first)
		if len(s.spec.Lengths) == 1 || x == y {
			x, y = b.first, a.first
		}
		if y.less(x) {
			return -1
		}
		return 1
	})
	most := uint64(1) << (62 - bits.Len(uint(len(s.segments))))
	for i := range s.segments {
		g := &s.segments[i]
		n := g.last.sub(g.first).shr(uint(128 - s.unit))
		g.base, g.count = s.units, n.capped(most-1)+1
		s.units += g.count
		s.size += n.float() + 1
	}
}
