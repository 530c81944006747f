package allocator

import (
	"math/big"
	"math/bits"
)

// Count gives how many units are free.
func (f *Free) Count() (n uint64) {
	for _, word := range f.units.levels[0] {
		n += uint64(bits.OnesCount64(word))
	}
	return n
}

// Exact gives the number of units, and how many of them are never given out.
func (s *Space) Exact() (size, never *big.Int) {
	size, never = new(big.Int), new(big.Int)
	for i := range s.segments {
		g := &s.segments[i]
		size.Add(size, g.units(uint(128-s.unit)))
		for _, n := range s.never {
			if within, ok := g.common(n); ok {
				never.Add(never, within.units(uint(128-s.unit)))
				never.Sub(never, s.reservedIdentifiers(within))
			}
		}
		never.Add(never, s.reservedIdentifiers(g.span))
	}
	return size, never
}

// units counts the units in a span that begins and ends with whole ones.
func (s span) units(shift uint) *big.Int {
	n := s.last.sub(s.first).shr(shift)
	return n.add(uint128{0, 1}).big()
}

// common gives what is in both, and whether there is anything.
func (s span) common(o span) (span, bool) {
	if !s.overlaps(o) {
		return span{}, false
	}
	if o.first.less(s.first) {
		o.first = s.first
	}
	if s.last.less(o.last) {
		o.last = s.last
	}
	return o, true
}

// reservedIdentifiers counts the addresses in a span whose interface identifiers
// are reserved.
func (s *Space) reservedIdentifiers(of span) *big.Int {
	n := new(big.Int)
	if s.unit != 128 {
		return n
	}
	whole := uint64(0)
	for _, r := range identifiers {
		whole += r[1] - r[0] + 1
	}
	in := func(low, high uint64) {
		for _, r := range identifiers {
			if from, to := max(r[0], low), min(r[1], high); from <= to {
				n.Add(n, new(big.Int).SetUint64(to-from+1))
			}
		}
	}
	if of.first.hi == of.last.hi {
		in(of.first.lo, of.last.lo)
		return n
	}
	in(of.first.lo, ^uint64(0))
	in(0, of.last.lo)
	between := new(big.Int).SetUint64(of.last.hi - of.first.hi - 1)
	return n.Add(n, between.Mul(between, new(big.Int).SetUint64(whole)))
}

func (u uint128) big() *big.Int {
	n := new(big.Int).SetUint64(u.hi)
	return n.Lsh(n, 64).Add(n, new(big.Int).SetUint64(u.lo))
}
