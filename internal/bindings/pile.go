package bindings

// pileBits: pieces of 4096 values.
const pileBits = 12

// pile is a stack in pieces, so that one that grows is not copied: with a million leases
// that takes milliseconds, in which nothing else could happen, and tens of them where the
// machine is slow to give memory.
type pile[T any] struct {
	pieces [][]T
	n      int
}

func (p *pile[T]) len() int { return p.n }

// at gives the place of a value, which does not move.
func (p *pile[T]) at(i int) *T { return &p.pieces[i>>pileBits][i&(1<<pileBits-1)] }

func (p *pile[T]) push(v T) {
	if p.n>>pileBits == len(p.pieces) {
		p.pieces = append(p.pieces, make([]T, 1<<pileBits))
	}
	p.n++
	*p.at(p.n - 1) = v
}

// pop takes the last value off.
func (p *pile[T]) pop() T {
	p.n--
	return *p.at(p.n)
}
