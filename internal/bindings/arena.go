package bindings

const chunkBits = 10

// arena keeps values under numbers from 1. Values do not move, and numbers
// that are released are used again.
type arena[T any] struct {
	chunks [][]T
	last   uint32 // the highest number ever given
	free   pile[uint32]
}

func (a *arena[T]) at(id uint32) *T { return &a.chunks[id>>chunkBits][id&(1<<chunkBits-1)] }

// add gives the number of a new zero value.
func (a *arena[T]) add() uint32 {
	if a.free.len() > 0 {
		return a.free.pop()
	}
	a.last++
	if int(a.last>>chunkBits) >= len(a.chunks) {
		a.chunks = append(a.chunks, make([]T, 1<<chunkBits))
	}
	return a.last
}

// release zeroes the value of a number, which may be given again.
func (a *arena[T]) release(id uint32) {
	var zero T
	*a.at(id) = zero
	a.free.push(id)
}

// links are the neighbours in a list; 0 is none.
type links struct{ prev, next uint32 }

// list is a chain of values of an arena. The links of a value that is in no
// list are zero.
type list struct{ first, last uint32 }

// pushBack appends id. at gives the links of a value in this list.
func (l *list) pushBack(id uint32, at func(uint32) *links) {
	at(id).prev = l.last
	if l.last != 0 {
		at(l.last).next = id
	} else {
		l.first = id
	}
	l.last = id
}

// pushFront prepends id.
func (l *list) pushFront(id uint32, at func(uint32) *links) {
	at(id).next = l.first
	if l.first != 0 {
		at(l.first).prev = id
	} else {
		l.last = id
	}
	l.first = id
}

// remove takes id out.
func (l *list) remove(id uint32, at func(uint32) *links) {
	k := at(id)
	if k.prev != 0 {
		at(k.prev).next = k.next
	} else {
		l.first = k.next
	}
	if k.next != 0 {
		at(k.next).prev = k.prev
	} else {
		l.last = k.prev
	}
	*k = links{}
}
