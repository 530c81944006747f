package bindings

import "github.com/stage6/stage6/internal/allocator"

// probes is how many places of a very large space are tried.
const probes = 64

// probe looks for a place in a space that is too large for a map: by chance
// for the policies that scatter, or onwards from the lowest that may be free.
func (s *search) probe(length int) (place, bool) {
	run := uint64(1) << (s.sp.Unit() - length)
	unit := s.start()
	if s.policy == allocator.Sequential {
		unit = s.sp.low
	}
	for range probes {
		unit = unit % s.sp.Units() &^ (run - 1)
		at, _ := placeOf(s.sp.Prefix(unit, length))
		if s.untouched(at) {
			return at, true
		}
		if s.policy == allocator.Sequential {
			unit += run
			s.sp.low = unit
		} else {
			unit = fold(unit^s.seeds.words[0], s.seeds.words[1])
		}
	}
	return place{}, false
}

// untouched says whether a place is fresh and may be picked.
func (s *search) untouched(p place) bool {
	return !s.forbidden(s.sp, p) && s.above(p, s.sp.uses) == 0 && s.lengths.inside(p).blocked == 0
}
