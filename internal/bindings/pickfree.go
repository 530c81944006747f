package bindings

import (
	"math/rand/v2"
	"slices"

	"github.com/stage6/stage6/internal/allocator"
)

// free gives what anybody would get.
func (s *search) free(length int) (place, bool) {
	index := slices.Index(s.sp.Lengths(), length)
	if p, ok := s.fresh(index, length); ok {
		return p, true
	}
	const most = 4096 // leases that ended but of which nobody took notice yet
	for n := 0; n < most; n++ {
		if p, ok := s.old(index, length); ok {
			return p, true
		}
		if !s.advance(s.now, 1) {
			break
		}
	}
	return s.stolen(length)
}

// start gives the unit to begin at.
func (s *search) start() uint64 {
	switch s.policy {
	case allocator.Random:
		return rand.Uint64N(s.sp.Units())
	case allocator.Sequential:
		return 0
	}
	return stableHash(s.duid, s.ia) % s.sp.Units()
}

// fresh gives one that nobody has had.
func (s *search) fresh(index, length int) (place, bool) {
	if s.sp.fresh == nil {
		return s.probe(length)
	}
	unit, ok := s.sp.fresh.Next(index, s.start())
	if !ok {
		return place{}, false
	}
	at, _ := placeOf(s.sp.Prefix(unit, length))
	return at, true
}

// old gives the one whose lease ended longest ago, or, where lengths are
// mixed, any of which no part is blocked.
func (s *search) old(index, length int) (place, bool) {
	const most = 64 // that may overlap what is offered or held in another length
	id := s.sp.lists[index].first
	for n := 0; id != 0 && n < most; n++ {
		spot := s.spots.at(id)
		if !s.forbidden(s.sp, spot.place) && s.canOffer(spot.place, s.self, s.who, s.now) {
			return spot.place, true
		}
		id = spot.listing.next
	}
	if s.sp.avail == nil {
		return place{}, false
	}
	unit, ok := s.sp.avail.Next(index, s.start())
	if !ok {
		return place{}, false
	}
	at, _ := placeOf(s.sp.Prefix(unit, length))
	return at, true
}

// stolen gives the one that was offered longest ago to somebody else.
func (s *search) stolen(length int) (place, bool) {
	const most = 64
	next := func(id uint32) uint32 {
		if id == 0 {
			return 0
		}
		return s.offers.at(id).mine.next
	}
	id := s.sp.offers.first
	newer := id // by stealBehind places, or 0
	for range stealBehind {
		newer = next(newer)
	}
	for n := 0; id != 0 && n < most; n++ {
		o := s.offers.at(id)
		if newer == 0 && nanos(s.now)-o.at <= int64(stealAfter) {
			break
		}
		at := s.spots.at(o.spot).place
		if int(at.bits) == length && !s.forbidden(s.sp, at) && !s.isHeld(s.spots.at(o.spot)) {
			return at, true
		}
		id, newer = next(id), next(newer)
	}
	return place{}, false
}

// isHeld says whether the lease of a spot, if any, is held.
func (s *search) isHeld(spot *spot) bool {
	return spot.state.blocks()
}
