package bindings

import "github.com/stage6/stage6/lease"

// Room is memory for bindings that one exchange reads or makes. They are its until
// Reset, after which the memory is used again; their texts may be kept. It is for one
// goroutine. The zero value is ready for use, and a nil room gives memory that is
// nobody else's, ever.
type Room struct {
	taken int
	all   []*single
}

// roomKept is for how many bindings a room keeps memory.
const roomKept = 64

// Reset takes the memory back.
func (r *Room) Reset() {
	if len(r.all) > roomKept {
		clear(r.all[roomKept:])
		r.all = r.all[:roomKept]
	}
	r.taken = 0
}

// Binding gives a zero binding, whose leases have room for one.
func (r *Room) Binding() *lease.Binding { return r.next().empty() }

// Copy gives a copy of a binding.
func (r *Room) Copy(b *lease.Binding) *lease.Binding { return r.next().copy(b) }

func (r *Room) next() *single {
	if r == nil {
		return &single{}
	}
	if r.taken == len(r.all) {
		r.all = append(r.all, &single{})
	}
	r.taken++
	return r.all[r.taken-1]
}

// single is a binding of one lease, as nearly all are, in one piece of memory.
type single struct {
	lease.Binding
	leases [1]lease.Lease
}

func (s *single) empty() *lease.Binding {
	s.Binding = lease.Binding{Leases: s.leases[:0]}
	return &s.Binding
}

func (s *single) copy(b *lease.Binding) *lease.Binding {
	leases := append(s.leases[:0], b.Leases...)
	s.Binding = *b
	if len(leases) > 0 {
		s.Leases = leases
	}
	return &s.Binding
}

// pieceSize is how many bindings that are to be kept share a piece of memory. It lives
// as long as one of them, so it is small; they are kept until they are durable.
const pieceSize = 16

// pieces gives memory for bindings that are kept for a while by who knows whom, and
// never changed again. It is taken from the runtime for several at a time.
type pieces []single

func (p *pieces) next() *single {
	if len(*p) == 0 {
		*p = make([]single, pieceSize)
	}
	s := &(*p)[0]
	*p = (*p)[1:]
	return s
}
