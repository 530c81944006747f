package bindings

import (
	"net/netip"
	"slices"

	"github.com/stage6/stage6/ident"
)

// MayOffer says whether Offer would say yes. It changes nothing.
func (t *Table) MayOffer(duid []byte, ia ident.IA, p netip.Prefix) bool {
	at, ok := placeOf(p)
	if !ok {
		return false
	}
	t.mu.RLock()
	defer t.mu.RUnlock()
	now, who := t.now(), t.seeds.taker(duid, ia)
	if t.offerOf(at, who) != 0 {
		return true
	}
	self := t.find(who, duid, ia)
	if self != 0 {
		if l, ok := t.leaseOf(self, p); ok && l.Live(now) {
			return true
		}
	}
	return t.canOffer(at, self, who, now)
}

// Peek gives what Pick would, but for what avoid says is not to be given. It changes
// nothing.
func (t *Table) Peek(pool *Pool, duid []byte, ia ident.IA, hints []netip.Prefix, length int, avoid func(netip.Prefix) bool) (netip.Prefix, bool) {
	t.mu.Lock() // a search moves a mark in the space, which is put back
	defer t.mu.Unlock()
	s := search{Table: t, sp: pool.space, policy: pool.policy, duid: duid, ia: ia, hints: hints, now: t.now()}
	low := s.sp.low
	defer func() { s.sp.low = low }()
	if !s.sp.active {
		return netip.Prefix{}, false
	}
	s.who = t.seeds.taker(duid, ia)
	s.self = t.find(s.who, duid, ia)
	if p, ok := s.live(); ok {
		return p, true
	}
	if s.full() {
		return netip.Prefix{}, false
	}
	wish, otherwise := s.wish(length), s.sp.Lengths()[0]
	if p, ok := s.known(wish); ok && !avoid(p.prefix()) {
		return p.prefix(), true
	}
	if wish != 0 {
		if p, ok := s.peekFree(wish, avoid); ok {
			return p, true
		}
	}
	if length == 0 && wish != otherwise {
		return s.peekFree(otherwise, avoid)
	}
	return netip.Prefix{}, false
}

// peekFree is free, but goes on where what it finds is to be avoided.
func (s *search) peekFree(length int, avoid func(netip.Prefix) bool) (netip.Prefix, bool) {
	index := slices.Index(s.sp.Lengths(), length)
	if s.sp.fresh != nil {
		if p, ok := s.peekFresh(index, length, avoid); ok {
			return p, true
		}
	} else if p, ok := s.probe(length); ok && !avoid(p.prefix()) {
		return p.prefix(), true
	}
	if p, ok := s.old(index, length); ok && !avoid(p.prefix()) {
		return p.prefix(), true
	}
	if p, ok := s.peekOver(length, avoid); ok {
		return p.prefix(), true
	}
	p, ok := s.stolen(length)
	return p.prefix(), ok && !avoid(p.prefix())
}

// peekOver gives the one whose lease ended first of those of which nobody took notice
// yet.
func (s *search) peekOver(length int, avoid func(netip.Prefix) bool) (best place, ok bool) {
	var first int64
	s.eachDue(func(spot *spot) {
		at := spot.place
		switch {
		case int(at.bits) != length || ok && spot.when >= first || !s.sp.Contains(at.prefix()):
		case s.forbidden(s.sp, at) || avoid(at.prefix()) || !s.canOffer(at, s.self, s.who, s.now):
		default:
			best, first, ok = at, spot.when, true
		}
	})
	return best, ok
}

// eachDue visits the spots that are due to be looked at, of which the lease may have
// ended, in no order.
func (s *search) eachDue(visit func(*spot)) {
	const most = 4096
	nano := nanos(s.now)
	for places, n := []int{0}, 0; len(places) > 0 && n < most; n++ {
		i := places[len(places)-1]
		places = places[:len(places)-1]
		if i >= s.due.len() || s.whenAt(i) > nano {
			continue // and so are those below it in the heap
		}
		visit(s.spots.at(*s.due.at(i)))
		places = append(places, 4*i+1, 4*i+2, 4*i+3, 4*i+4)
	}
}

// peekFresh looks for one that nobody has had, past those that are to be avoided,
// which are as many as one try has given.
func (s *search) peekFresh(index, length int, avoid func(netip.Prefix) bool) (netip.Prefix, bool) {
	const most = 256
	from := s.start()
	for range most {
		unit, ok := s.sp.fresh.Next(index, from%s.sp.Units())
		if !ok {
			return netip.Prefix{}, false
		}
		at, _ := placeOf(s.sp.Prefix(unit, length))
		if !avoid(at.prefix()) {
			return at.prefix(), true
		}
		from = unit + 1
	}
	return netip.Prefix{}, false
}
