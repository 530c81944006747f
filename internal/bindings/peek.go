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
		if l := t.records.at(self).b.Lease(p); l != nil && l.Live(now) {
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

// peekFree is free, but takes no notice of what has ended, and goes on where what it
// finds is to be avoided.
func (s *search) peekFree(length int, avoid func(netip.Prefix) bool) (netip.Prefix, bool) {
	index := slices.Index(s.sp.Lengths(), length)
	if s.sp.fresh != nil {
		if p, ok := s.peekFresh(index, length, avoid); ok {
			return p, true
		}
	} else if p, ok := s.probe(length); ok && !avoid(p.prefix()) {
		return p.prefix(), true
	}
	for _, find := range []func() (place, bool){func() (place, bool) { return s.old(index, length) }, func() (place, bool) { return s.stolen(length) }} {
		if p, ok := find(); ok && !avoid(p.prefix()) {
			return p.prefix(), true
		}
	}
	return netip.Prefix{}, false
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
