package bindings

import (
	"slices"
)

// cover counts the spots inside a prefix that are longer than it.
type cover struct{ spots, blocked int32 }

// levels says what lies above and below a place without looking at all spots.
// It knows each prefix length other than 128 that is in use.
type levels struct {
	known  []uint8  // ascending
	count  [129]int // spots of each length
	covers map[place]cover
	coming coming
}

func (v *levels) init() { v.covers = map[place]cover{} }

// learn adds a length, and says whether it is new: then the caller counts all
// spots that are longer.
func (v *levels) learn(length uint8) bool {
	i, found := slices.BinarySearch(v.known, length)
	if found || length == 128 {
		return false
	}
	v.known = slices.Insert(v.known, i, length)
	return true
}

// add counts the spot of a number, or its being blocked, in every known prefix above
// it.
func (v *levels) add(id uint32, p place, spots, blocked int32) {
	if c := v.coming; id <= c.counted && c.length < p.bits {
		v.addAt(p.up(c.length), spots, blocked)
	}
	for _, length := range v.known {
		if length >= p.bits {
			return
		}
		v.addAt(p.up(length), spots, blocked)
	}
}

func (v *levels) addAt(above place, spots, blocked int32) {
	c := v.covers[above]
	c.spots += spots
	c.blocked += blocked
	if c == (cover{}) {
		delete(v.covers, above)
		return
	}
	v.covers[above] = c
}

// inside counts the spots inside p that are longer. The length of p is known.
func (v *levels) inside(p place) cover {
	if p.bits == 128 || len(v.covers) == 0 {
		return cover{}
	}
	return v.covers[p]
}

// above gives the first spot that p lies in, or is, and for which ok says
// true, or 0.
func (t *Table) above(p place, ok func(s *spot) bool) uint32 {
	if id := t.spotAt(p); id != 0 && ok(t.spots.at(id)) {
		return id
	}
	for _, length := range t.lengths.known {
		if length >= p.bits {
			break
		}
		if t.lengths.count[length] == 0 {
			continue
		}
		if id := t.spotAt(p.up(length)); id != 0 && ok(t.spots.at(id)) {
			return id
		}
	}
	return 0
}

// inside gives the spots inside p that are longer.
func (t *Table) inside(p place) (out []uint32) {
	n := int(t.lengths.inside(p).spots)
	const most = 16 // bits, up to which the places are tried one by one
	for _, length := range t.lengths.known {
		if length <= p.bits || length-p.bits > most {
			continue
		}
		for i := uint64(0); i < 1<<(length-p.bits) && len(out) < n; i++ {
			if id := t.spotAt(p.down(length, i)); id != 0 && t.spots.at(id).shown.present() {
				out = append(out, id)
			}
		}
	}
	if len(out) == n {
		return out
	}
	out = out[:0]
	t.eachSpot(func(id uint32, s *spot) {
		if s.bits > p.bits && s.in(p) && s.shown.present() {
			out = append(out, id)
		}
	})
	return out
}
