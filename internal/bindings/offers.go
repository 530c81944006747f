package bindings

import (
	"net/netip"
	"time"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/lease"
)

// stealAfter is the age from which an offer goes to somebody else when a pool
// has nothing else left, and stealBehind how many newer ones it has when it goes
// before. They are only for the moment in which a grant is worked on, of a few
// exchanges at a time: were they more, whoever Solicits under many names faster
// than a pool has addresses would keep them from those who Request one.
const (
	stealAfter  = time.Millisecond
	stealBehind = 16
)

// offer keeps a spot for a client for a short while. Offers are not stored.
type offer struct {
	taker taker
	at    int64 // nanoseconds since 1970
	space *space
	spot  uint32
	all   links // in Table.offered
	mine  links // in space.offers
}

func (t *Table) allOffers(id uint32) *links   { return &t.offers.at(id).all }
func (t *Table) spaceOffers(id uint32) *links { return &t.offers.at(id).mine }

// Offer keeps p for the identity association for a short while, and says
// whether it may have it: nobody else holds p or anything that overlaps it, and
// it is not offered to somebody else. Who asks for a reserved prefix that is
// only offered to somebody else gets it.
func (t *Table) Offer(duid []byte, ia ident.IA, p netip.Prefix) bool {
	at, ok := placeOf(p)
	if !ok {
		return false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	t.tick(now)
	if !t.learnFew(at.bits) {
		return false
	}
	who := t.seeds.taker(duid, ia)
	if id := t.offerOf(at, who); id != 0 {
		t.renewOffer(id, now)
		return true
	}
	self := t.find(who, duid, ia)
	if self != 0 {
		if l, ok := t.leaseOf(self, p); ok && l.Live(now) {
			return true
		}
	}
	if !t.canOffer(at, self, who, now) {
		return false
	}
	t.makeOffer(at, who, now)
	return true
}

// offerOf gives the number of the offer of exactly that place to who, or 0.
// Nothing can stand against it: what is blocked overlaps nothing else.
func (t *Table) offerOf(p place, who taker) uint32 {
	if spotID := t.spotAt(p); spotID != 0 {
		if id := t.spots.at(spotID).offer; id != 0 && t.offers.at(id).taker == who {
			return id
		}
	}
	return 0
}

// canOffer says whether nothing stands against offering a place.
func (t *Table) canOffer(p place, self uint32, who taker, now time.Time) bool {
	_, reserved := t.reserved.prefixes[p]
	against := func(s *spot) bool {
		if s.offer != 0 && t.offers.at(s.offer).taker != who && !(reserved && s.place == p) && !t.lapsed(s.offer, now) {
			return true
		}
		if s.offer != 0 && s.place != p {
			return true // its own, but of another length
		}
		return t.bars(s, p, self, now)
	}
	return t.above(p, against) == 0 && t.lengths.inside(p).blocked == 0
}

// bars says whether the lease of a spot that p lies in keeps p from self: it
// is held, and not self's own that was given back.
func (t *Table) bars(s *spot, p place, self uint32, now time.Time) bool {
	if s.owner == 0 || !t.held(s, now) {
		return false
	}
	if s.owner != self || s.place != p {
		return true
	}
	l, _ := t.leaseOf(self, s.prefix())
	return l.State != lease.Released
}

// makeOffer offers a place that can be.
func (t *Table) makeOffer(p place, who taker, now time.Time) {
	spotID := t.makeSpot(p)
	s := t.spots.at(spotID)
	if s.offer != 0 {
		if t.offers.at(s.offer).taker == who {
			t.renewOffer(s.offer, now)
			return
		}
		t.dropOffer(s.offer)
		spotID = t.makeSpot(p)
	}
	if t.nOffered >= t.options.MaxOffers {
		t.dropOffer(t.offered.first)
	}
	id := t.offers.add()
	*t.offers.at(id) = offer{taker: who, at: nanos(now), spot: spotID, space: t.spaceOf(p)}
	t.byTaker.add(id)
	t.nOffered++
	t.enlist(id)
	t.spots.at(spotID).offer = id
	t.show(spotID)
}

func (t *Table) enlist(id uint32) {
	t.offered.pushBack(id, t.allOffers)
	if sp := t.offers.at(id).space; sp != nil {
		sp.offers.pushBack(id, t.spaceOffers)
	}
}

func (t *Table) delist(id uint32) {
	t.offered.remove(id, t.allOffers)
	if sp := t.offers.at(id).space; sp != nil {
		sp.offers.remove(id, t.spaceOffers)
	}
}

func (t *Table) renewOffer(id uint32, now time.Time) {
	t.delist(id)
	t.offers.at(id).at = nanos(now)
	t.enlist(id)
}

func (t *Table) dropOffer(id uint32) {
	o := t.offers.at(id)
	t.byTaker.remove(id)
	t.delist(id)
	t.nOffered--
	spotID := o.spot
	t.offers.release(id)
	t.spots.at(spotID).offer = 0
	t.show(spotID)
}

// lapsed says whether an offer is over.
func (t *Table) lapsed(id uint32, now time.Time) bool {
	return nanos(now)-t.offers.at(id).at >= int64(t.options.OfferTime)
}

// tick takes notice of what has ended by now, a little at a time: somewhat more than
// one exchange adds.
func (t *Table) tick(now time.Time) {
	const most = 8
	t.advance(now, most)
	for n := 0; n < most && t.offered.first != 0 && t.lapsed(t.offered.first, now); n++ {
		t.dropOffer(t.offered.first)
	}
}

// dropOffersAt drops all offers that overlap p.
func (t *Table) dropOffersAt(p place) {
	if t.nOffered == 0 {
		return
	}
	offered := func(s *spot) bool { return s.offer != 0 }
	for id := t.above(p, offered); id != 0; id = t.above(p, offered) {
		t.dropOffer(t.spots.at(id).offer)
	}
	if t.lengths.inside(p).blocked == 0 {
		return
	}
	for _, id := range t.inside(p) {
		if o := t.spots.at(id).offer; o != 0 {
			t.dropOffer(o)
		}
	}
}
