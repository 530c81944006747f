package flood

import "math/bits"

// Class is how much somebody's messages count when not all can be served.
type Class uint8

// The classes, the one that counts most first.
const (
	Known    Class = iota // a known machine
	Leased                // a client that has a lease
	Stranger              // anybody else
	classes  = iota
)

// Refusal is why a Queue takes no more of somebody's.
type Refusal uint8

// The reasons.
const (
	Taken      Refusal = iota // it does take it
	FullSource                // too much of the same source waits
	FullLink                  // too much of the same link waits
)

// ways is how many links of a class, and sources of a link, are told apart. What
// shares one by chance shares its turn.
const ways = 64

// linkShare is how many times what is left a link may fill.
const linkShare = 8

// turns is whose turn it is: who counts more has more turns, and nobody has none.
var turns = [...]Class{Known, Leased, Known, Leased, Known, Leased, Known, Stranger}

// Queue is the order in which messages are served when more have come than can be
// served at once. Classes take turns, in a class the links, and on a link the
// sources; so who sends much waits for himself. When it is full, who has most in
// it is refused first: the more room is left, the more of it somebody may fill.
// One source alone gets a third of its class's, one link eight ninths.
//
// It gives numbers of places, of which there is a fixed number; what is in them is
// the caller's. It is not safe for concurrent use.
type Queue struct {
	free    []uint16
	behind  []uint16 // the place behind each one
	classes [classes]group
	turn    int
}

// group is the messages of a class.
type group struct {
	len, room int
	links     [ways]line
	waiting   uint64 // the links that have any
	turn      int
}

// line is the messages of a link.
type line struct {
	len     int
	sources [ways]flow
	waiting uint64
	turn    int
}

// flow is the messages of a source, in their order.
type flow struct {
	len         int
	first, last uint16
}

// NewQueue makes an empty queue with so many places, at least 8 and at most 65536.
func NewQueue(places int) *Queue {
	q := &Queue{behind: make([]uint16, places)}
	for i := range places {
		q.free = append(q.free, uint16(i))
	}
	q.classes[Known].room, q.classes[Leased].room = places/4, places/4
	q.classes[Stranger].room = places / 2
	return q
}

// Len is how many wait.
func (q *Queue) Len() (n int) {
	for i := range q.classes {
		n += q.classes[i].len
	}
	return n
}

// Put gives a place for a message of somebody on a link. Link and source are
// hashes with a seed that nobody knows. The place is taken until Free.
func (q *Queue) Put(c Class, link, source uint64) (place int, r Refusal) {
	g := &q.classes[c]
	l := &g.links[link%ways]
	f := &l.sources[source%ways]
	left := min(g.room-g.len, len(q.free))
	switch {
	case l.len >= linkShare*left:
		return 0, FullLink
	case f.len >= max(1, left/2):
		return 0, FullSource
	}
	at := q.free[len(q.free)-1]
	q.free = q.free[:len(q.free)-1]
	if f.len == 0 {
		f.first = at
	} else {
		q.behind[f.last] = at
	}
	f.last = at
	f.len, l.len, g.len = f.len+1, l.len+1, g.len+1
	l.waiting |= 1 << (source % ways)
	g.waiting |= 1 << (link % ways)
	return int(at), Taken
}

// Take gives the place of the message whose turn it is, and false if none waits.
func (q *Queue) Take() (place int, ok bool) {
	c := turns[q.turn%len(turns)]
	q.turn++
	for other := Known; q.classes[c].len == 0; other++ {
		if other == classes {
			return 0, false
		}
		c = other
	}
	return q.classes[c].take(q.behind), true
}

// Free gives a place back.
func (q *Queue) Free(place int) { q.free = append(q.free, uint16(place)) }

// take takes from the link whose turn it is.
func (g *group) take(behind []uint16) int {
	g.turn = next(g.waiting, g.turn)
	l := &g.links[g.turn]
	at := l.take(behind)
	if g.len--; l.len == 0 {
		g.waiting &^= 1 << g.turn
	}
	return at
}

// take takes from the source whose turn it is.
func (l *line) take(behind []uint16) int {
	l.turn = next(l.waiting, l.turn)
	f := &l.sources[l.turn]
	at := f.first
	f.first = behind[at]
	l.len--
	if f.len--; f.len == 0 {
		l.waiting &^= 1 << l.turn
	}
	return int(at)
}

// next gives the first bit that is set behind one, all around. One is set.
func next(set uint64, turn int) int {
	return (turn + 1 + bits.TrailingZeros64(bits.RotateLeft64(set, -(turn+1)))) % ways
}
