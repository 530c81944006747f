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
		beyond, forbidden := s.sp.Beyond(at.prefix(), s.reserved.set)
		switch {
		case !forbidden && s.untouched(at):
			return at, true
		case forbidden:
			unit = beyond + run - 1
		case s.policy == allocator.Sequential:
			unit += run
		default:
			unit = fold(unit^s.seeds.words[0], s.seeds.words[1])
		}
		if s.policy == allocator.Sequential {
			s.sp.low = unit
		}
	}
	return place{}, false
}

// untouched says whether a place is fresh.
func (s *search) untouched(p place) bool {
	return s.above(p, s.sp.uses) == 0 && s.lengths.inside(p).blocked == 0
}
