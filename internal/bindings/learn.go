package bindings

import "slices"

// coming is a prefix length that is being learned: of the spots up to one number it is
// known in which prefix of the length they lie. The zero value is for none.
type coming struct {
	length  uint8
	counted uint32
}

// learnAtOnce bounds how many spots are counted while everybody waits, when nobody
// but a client that names a new length is the reason.
const learnAtOnce = 1024

// learn prepares for spots of a prefix length.
func (t *Table) learn(length uint8) {
	if t.lengths.coming.length == length {
		t.learnOn(int(t.spots.last))
	}
	if !t.lengths.learn(length) {
		return
	}
	t.eachSpot(func(_ uint32, s *spot) { t.coverAt(s, length) })
}

// learnFew prepares for a prefix length that a client names, and says whether that is
// done. There may not be too many: each costs a little for every lease, and nobody
// needs all that there are. Where there are very many spots they are counted a part at
// a time, and the client asks again.
func (t *Table) learnFew(length uint8) bool {
	const most = 24
	if t.knows(length) {
		return true
	}
	if t.lengths.coming.length == 0 && (len(t.lengths.known) >= most || length == 0) {
		return false
	}
	return t.learnPart(length)
}

// learnAll prepares for prefix lengths, in steps.
func (t *Table) learnAll(lengths []uint8) {
	for _, length := range lengths {
		t.inSteps(func() (more bool) { return !t.learnPart(length) })
	}
}

// learnPart goes on preparing for a prefix length, and says whether that is done.
func (t *Table) learnPart(length uint8) bool {
	if t.knows(length) {
		return true
	}
	if t.lengths.coming.length == 0 {
		t.lengths.coming.length = length
	}
	t.learnOn(learnAtOnce)
	return t.knows(length)
}

// knows says whether a prefix length is prepared for.
func (t *Table) knows(length uint8) bool {
	return length == 128 || slices.Contains(t.lengths.known, length)
}

// learnOn counts as many spots more for the length that is being learned, if there is
// one, and says whether some are left.
func (t *Table) learnOn(most int) (more bool) {
	c := &t.lengths.coming
	if c.length == 0 {
		return false
	}
	for ; most > 0 && c.counted < t.spots.last; most-- {
		c.counted++
		t.coverAt(t.spots.at(c.counted), c.length)
	}
	if c.counted < t.spots.last {
		return true
	}
	t.lengths.learn(c.length)
	*c = coming{}
	return false
}

// coverAt counts a spot in the prefix of that length that it lies in.
func (t *Table) coverAt(s *spot, length uint8) {
	if s.bits > length && s.shown.present() {
		t.lengths.addAt(s.up(length), 1, count(s.shown.blocked()))
	}
}
