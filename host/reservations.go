package host

import (
	"net/netip"
	"slices"
	"sync/atomic"
)

// reservations says whose an address or prefix is.
type reservations struct {
	of      *shards[netip.Prefix, *entry]
	counts  [129]int              // of prefixes of each length
	lengths atomic.Pointer[[]int] // that there are, the shortest first
}

func newReservations() *reservations {
	r := &reservations{of: newShards[netip.Prefix, *entry](hashPrefix)}
	r.lengths.Store(new([]int))
	return r
}

func (r *reservations) add(p netip.Prefix, e *entry) {
	_, was := r.of.get(p)
	r.of.set(p, e)
	if !was {
		r.count(p.Bits(), 1)
	}
}

func (r *reservations) remove(p netip.Prefix) {
	r.of.remove(p)
	r.count(p.Bits(), -1)
}

// count notes that there is one more or one less of a length.
func (r *reservations) count(length, n int) {
	r.counts[length] += n
	if r.counts[length] > 1 || r.counts[length] == 1 && n < 0 {
		return
	}
	lengths := []int{}
	for length, n := range r.counts {
		if n > 0 {
			lengths = append(lengths, length)
		}
	}
	r.lengths.Store(&lengths)
}

// owner gives whose p is, by itself or inside of something, or nil, and that.
func (r *reservations) owner(p netip.Prefix) (*entry, netip.Prefix) {
	for _, bits := range *r.lengths.Load() {
		if bits > p.Bits() {
			break
		}
		outer := netip.PrefixFrom(p.Addr(), bits).Masked()
		if e, ok := r.of.get(outer); ok {
			return e, outer
		}
	}
	return nil, netip.Prefix{}
}

// inside gives a reservation inside of p, other than p itself, of another host
// than the one of that name, and whose it is, or nil. In a block the addresses
// are looked up; in something larger, everything is looked at.
func (r *reservations) inside(p netip.Prefix, except string) (e *entry, inner netip.Prefix) {
	lengths := *r.lengths.Load()
	i, _ := slices.BinarySearch(lengths, p.Bits()+1)
	if lengths = lengths[i:]; len(lengths) == 0 {
		return nil, inner
	}
	if p.Bits() >= 120 {
		return r.insideBlock(p, lengths, except)
	}
	r.of.each(func(q netip.Prefix, o *entry) bool {
		if q.Bits() > p.Bits() && p.Contains(q.Addr()) && o.source.Name != except {
			e, inner = o, q
		}
		return e == nil
	})
	return e, inner
}

func (r *reservations) insideBlock(p netip.Prefix, lengths []int, except string) (*entry, netip.Prefix) {
	for a := p.Addr(); p.Contains(a); a = a.Next() {
		for _, bits := range lengths {
			q := netip.PrefixFrom(a, bits)
			if e, ok := r.of.get(q); ok && e.source.Name != except {
				return e, q
			}
		}
	}
	return nil, netip.Prefix{}
}

// all lists everything that is reserved.
func (r *reservations) all() []netip.Prefix {
	out := make([]netip.Prefix, 0, r.of.len())
	r.of.each(func(p netip.Prefix, _ *entry) bool {
		out = append(out, p)
		return true
	})
	return out
}
