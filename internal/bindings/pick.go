package bindings

import (
	"net/netip"
	"slices"
	"time"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/allocator"
	"github.com/stage6/stage6/lease"
)

// search is one call of Pick.
type search struct {
	*Table
	sp     *space
	policy allocator.Policy
	duid   []byte
	ia     ident.IA
	who    taker
	self   uint32 // the record of the key, or 0
	hints  []netip.Prefix
	now    time.Time
}

// Pick finds an address, as a /128, or prefix of a pool for an identity
// association, and offers it: what it has or had there, else what it names and
// is free, else a free one by the pool's order. Those that nobody has had come
// first, then those whose lease ended longest ago, and at last what was offered
// to somebody else longest ago and not taken. length, where not zero, is the
// prefix length to look for, if the pool has it. It says false when the pool
// has nothing left.
func (t *Table) Pick(pool *Pool, duid []byte, ia ident.IA, hints []netip.Prefix, length int) (netip.Prefix, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := search{Table: t, sp: pool.space, policy: pool.policy, duid: duid, ia: ia, hints: hints, now: t.now()}
	if !s.sp.active {
		return netip.Prefix{}, false
	}
	t.tick(s.now)
	s.who = t.seeds.taker(duid, ia)
	s.self = t.find(s.who, duid, ia)
	if p, ok := s.live(); ok {
		return p, true
	}
	if s.full() {
		return netip.Prefix{}, false
	}
	wish, otherwise := s.wish(length), s.sp.Lengths()[0]
	p, ok := s.known(wish)
	if !ok && wish != 0 {
		p, ok = s.free(wish)
	}
	if !ok && length == 0 && wish != otherwise {
		p, ok = s.free(otherwise)
	}
	if ok {
		t.makeOffer(p, s.who, s.now)
	}
	return p.prefix(), ok
}

// full says whether there is no room for a further binding that holds something.
// A pool can be larger than any memory.
func (s *search) full() bool {
	holds := s.self != 0 && !s.records.at(s.self).isEnded
	return !holds && s.recorded-s.nEnded >= s.options.MaxHeld
}

// wish gives the length to look for: length, or the default if the pool does
// not have that, or that of a hint; 0 is any that the client had, then the
// default.
func (s *search) wish(length int) int {
	lengths := s.sp.Lengths()
	if slices.Contains(lengths, length) {
		return length
	}
	if length != 0 {
		return lengths[0]
	}
	for _, h := range s.hints {
		if slices.Contains(lengths, h.Bits()) {
			return h.Bits()
		}
	}
	return 0
}

// live gives the first live lease of the key in the pool.
func (s *search) live() (netip.Prefix, bool) {
	if s.self == 0 {
		return netip.Prefix{}, false
	}
	leases := s.look(s.self).Leases
	for i := range leases {
		if l := &leases[i]; l.Live(s.now) && s.sp.Contains(l.Prefix) {
			if at, _ := placeOf(l.Prefix); !s.forbidden(s.sp, at) {
				return l.Prefix, true
			}
		}
	}
	return netip.Prefix{}, false
}

// known gives what the key was offered, had, or names.
func (s *search) known(length int) (place, bool) {
	if p, ok := s.own(length); ok {
		return p, true
	}
	if s.self != 0 {
		leases := s.look(s.self).Leases
		for i := range leases {
			if l := &leases[i]; l.State != lease.Declined || !l.Held(s.now) {
				if p, ok := s.acceptable(l.Prefix, length); ok {
					return p, true
				}
			}
		}
	}
	for _, h := range s.hints {
		if p, ok := s.acceptable(h, length); ok {
			return p, true
		}
	}
	return place{}, false
}

// own gives what the key was offered lately.
func (s *search) own(length int) (at place, ok bool) {
	s.byTaker.find(s.who[0], func(id uint32) bool {
		o := s.offers.at(id)
		if o.taker == s.who && o.space == s.sp {
			at = s.spots.at(o.spot).place
			ok = (length == 0 || int(at.bits) == length) && !s.forbidden(s.sp, at) && s.canOffer(at, s.self, s.who, s.now)
		}
		return ok
	})
	return at, ok
}

// acceptable says whether p can be offered: it is of the pool and the length,
// and nobody else has it.
func (s *search) acceptable(p netip.Prefix, length int) (place, bool) {
	at, ok := placeOf(p)
	if !ok || length != 0 && p.Bits() != length || !s.sp.Contains(p) || s.forbidden(s.sp, at) {
		return at, false
	}
	return at, s.canOffer(at, s.self, s.who, s.now)
}
