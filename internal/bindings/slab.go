package bindings

import "encoding/binary"

// slab keeps short runs of octets under numbers, in large pieces of memory that
// have no pointers, so that neither one run nor the collection of garbage costs
// anything beside what is kept. What is freed is used again for runs of about the
// same length.
type slab struct {
	pieces [][]byte
	used   uint32              // units of the last piece
	free   [slabClasses]uint32 // the first free run of so many units and one; 0 is none
	long   arena[longRun]      // what is too long
}

type longRun struct{ octets []byte }

const (
	slabUnit    = 8       // octets
	slabPiece   = 1 << 13 // units
	slabClasses = 64      // units that a run has at most
	slabLong    = 1 << 31 // marks the numbers of long runs
)

// put keeps a copy of a run, and gives its number, never 0.
func (s *slab) put(run []byte) uint32 {
	units := uint32(len(run)+slabUnit-1) / slabUnit
	if units > slabClasses {
		id := s.long.add()
		s.long.at(id).octets = append([]byte(nil), run...)
		return id | slabLong
	}
	id := s.take(units)
	copy(s.at(id), run)
	return id
}

// take gives the number of a run of so many units.
func (s *slab) take(units uint32) uint32 {
	first := &s.free[units-1]
	if id := *first; id != 0 {
		*first = binary.LittleEndian.Uint32(s.at(id))
		return id
	}
	if len(s.pieces) == 0 || s.used+units > slabPiece {
		s.pieces = append(s.pieces, make([]byte, slabPiece*slabUnit))
		s.used = 0
		if len(s.pieces) == 1 {
			s.used = 1 // number 0 is none
		}
	}
	id := uint32(len(s.pieces)-1)*slabPiece + s.used
	s.used += units
	return id
}

// at gives the octets from the beginning of a run on; where it ends, it says
// itself.
func (s *slab) at(id uint32) []byte {
	if id&slabLong != 0 {
		return s.long.at(id &^ slabLong).octets
	}
	return s.pieces[id/slabPiece][id%slabPiece*slabUnit:]
}

// release frees a run of so many octets.
func (s *slab) release(id uint32, length int) {
	if id&slabLong != 0 {
		s.long.release(id &^ slabLong)
		return
	}
	first := &s.free[(length+slabUnit-1)/slabUnit-1]
	binary.LittleEndian.PutUint32(s.at(id), *first)
	*first = id
}
