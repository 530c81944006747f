package bindings

import "github.com/stage6/stage6/lease"

// Usage is how much of a pool is in use, in leases but for Size.
type Usage struct {
	Name       string
	Size       float64 // addresses, or prefixes of the longest length
	Leased     int
	Offered    int
	Remembered int // ended; somebody else may have them
	Resting    int // released, and nobody's until later
	Declined   int // in use by somebody else, and nobody's until later
	Reserved   int // not picked, since they are for known hosts
}

// Add adds another part of the pool.
func (u *Usage) Add(part *Usage) {
	u.Size += part.Size
	u.Leased += part.Leased
	u.Offered += part.Offered
	u.Remembered += part.Remembered
	u.Resting += part.Resting
	u.Declined += part.Declined
	u.Reserved += part.Reserved
}

// Usage gives that of every active pool.
func (t *Table) Usage() []Usage {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.usage()
}

func (t *Table) usage() []Usage {
	out := make([]Usage, 0, len(t.spaces))
	for _, sp := range t.spaces {
		out = append(out, Usage{sp.Name(), sp.Size(), sp.leased, sp.offered, sp.remembered, sp.resting, sp.declined, sp.reserved})
	}
	return out
}

// Taken gives how many addresses, or prefixes, of a pool are leased or rest, and
// how many it has.
func (t *Table) Taken(p *Pool) (taken int, size float64) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return p.space.leased + p.space.resting + p.space.declined, p.space.Size()
}

// Filled gives the part of a pool's units, which are addresses or prefixes of its longest
// length, that is leased or rests, once so many more units are: 0 to 1.
func (t *Table) Filled(p *Pool, more int) float64 {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return min(1, (p.space.taken+float64(more))/p.space.Size())
}

// Page appends up to limit bindings in no order that matters, from a cursor
// that the call before gave, first 0. The next cursor is 0 at the end. What is
// there all the time is given once.
func (t *Table) Page(dst []*lease.Binding, cursor uint32, limit int) (page []*lease.Binding, next uint32) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	for id := max(cursor, 1); id <= t.records.last; id++ {
		if limit == 0 {
			return dst, id
		}
		if t.records.at(id).run != 0 {
			dst = append(dst, t.read(id))
			limit--
		}
	}
	return dst, 0
}
