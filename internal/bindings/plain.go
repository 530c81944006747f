package bindings

import "unsafe"

// Plain gives how many octets of memory the table has in which there are no
// pointers, so that collecting garbage does not look at them.
func (t *Table) Plain() int {
	t.mu.RLock()
	defer t.mu.RUnlock()
	cells := 0
	for _, x := range []*index{&t.byKey, &t.byHost, &t.byPlace, &t.byTaker} {
		for i := range x.shards {
			cells += len(x.shards[i].cells)
		}
	}
	return len(t.packed.pieces)*slabPiece*slabUnit + t.records.size() + t.spots.size() +
		cells*int(unsafe.Sizeof(cell{})) + t.due.size()
}

// size gives how many octets the values take, and the numbers that are free.
func (a *arena[T]) size() int {
	var value T
	return len(a.chunks)<<chunkBits*int(unsafe.Sizeof(value)) + a.free.size()
}

// size gives how many octets the values take.
func (p *pile[T]) size() int {
	var value T
	return len(p.pieces) << pileBits * int(unsafe.Sizeof(value))
}
