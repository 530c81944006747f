package bindings

import (
	"math"
	"time"

	"github.com/stage6/stage6/lease"
)

// spot is a prefix that stands in a record, or is offered, or both.
type spot struct {
	place
	state   state
	shown   view   // what the indexes know
	listed  uint32 // the number of the space in whose list of remembered ones it is, or 0
	owner   uint32 // the record with a lease of it, or 0
	offer   uint32 // the offer of it, or 0
	heap    uint32 // where it stands in Table.due, from 1; 0 is not
	listing links
	when    int64 // not after the end of its lease, in nanoseconds since 1970
}

// state is what has become of the lease of a spot.
type state uint8

const (
	vacant     state = iota // there is none
	leased                  // live
	resting                 // released, and nobody's until later
	declined                // in use by somebody else, and nobody's until later
	remembered              // ended; somebody else may have the prefix
)

// view is what the other indexes must know of a spot.
type view struct {
	state   state
	offered bool
}

func (s *spot) view() view { return view{s.state, s.offer != 0} }

func (v view) present() bool { return v != view{} }
func (v view) blocked() bool { return v.state.blocks() || v.offered }

// blocks says whether nobody else can have the prefix.
func (s state) blocks() bool { return s == leased || s == resting || s == declined }

// judge gives the state of a lease, and when it changes by itself, or 0.
func judge(l *lease.Lease, now time.Time) (state, int64) {
	switch {
	case !l.Held(now):
		return remembered, 0
	case l.State == lease.Declined:
		return declined, nanos(l.Until)
	case l.State != lease.Active:
		return resting, nanos(l.Until)
	case l.Until.IsZero():
		return leased, 0
	}
	return leased, nanos(l.Until)
}

// nanos gives a time in nanoseconds since 1970, the far future as the last.
func nanos(t time.Time) int64 {
	const most = math.MaxInt64 / int64(time.Second)
	if t.Unix() >= most {
		return math.MaxInt64
	}
	return t.UnixNano()
}

// endOf gives when a lease of b ended or will end.
func endOf(b *lease.Binding, l *lease.Lease) time.Time {
	if l.State == lease.Released && l.Until.Before(b.Updated) {
		return b.Updated
	}
	return l.Until
}

// spotAt gives the number of the spot of a place, or 0.
func (t *Table) spotAt(p place) uint32 {
	return t.byPlace.find(t.seeds.place(p), func(id uint32) bool { return t.spots.at(id).place == p })
}

// makeSpot gives the number of the spot of a place, new if need be. A new one
// is in no other index until it is shown.
func (t *Table) makeSpot(p place) uint32 {
	if id := t.spotAt(p); id != 0 {
		return id
	}
	t.learn(p.bits)
	id := t.spots.add()
	t.spots.at(id).place = p
	t.byPlace.add(id)
	t.lengths.count[p.bits]++
	return id
}

func count(b bool) int32 {
	if b {
		return 1
	}
	return 0
}

// eachSpot calls do with every spot.
func (t *Table) eachSpot(do func(id uint32, s *spot)) {
	for id := uint32(1); id <= t.spots.last; id++ {
		if s := t.spots.at(id); s.bits != 0 {
			do(id, s)
		}
	}
}

// show brings the other indexes up to what has become of a spot, which is gone
// afterwards when nothing has.
func (t *Table) show(id uint32) {
	s := t.spots.at(id)
	if s.bits == 0 {
		return
	}
	was, is := s.shown, s.view()
	if was == is && is.present() {
		return
	}
	sp := t.spaceOf(s.place)
	t.tallyOf(s.bits).count(was, -1)
	t.tallyOf(s.bits).count(is, 1)
	if sp != nil {
		sp.see(s.place, was, is)
	}
	s.shown = is
	if !is.state.blocks() {
		t.unschedule(s)
	}
	t.lengths.add(id, s.place, count(is.present())-count(was.present()), count(is.blocked())-count(was.blocked()))
	t.list(id, s, sp)
	p := s.place
	if !is.present() {
		t.dropSpot(id, s)
	}
	if was.present() != is.present() || was.blocked() != is.blocked() {
		t.redraw(p)
	}
	if t.building != nil {
		t.building.show(id, p, was, is)
	}
}

// list puts a spot at the end of the list of what its space remembers, or takes it out.
func (t *Table) list(id uint32, s *spot, sp *space) { t.listBy((*list).pushBack, id, s, sp) }

// listBy is list with the end of the list where the spot is put.
func (t *Table) listBy(push func(*list, uint32, func(uint32) *links), id uint32, s *spot, sp *space) {
	if s.listed != 0 && (sp == nil || s.listed != sp.number) {
		s.listed, s.listing = 0, links{} // of a list that nobody has any more
	}
	want := sp != nil && s.shown == view{state: remembered} && !t.forbidden(sp, s.place)
	switch listed := s.listed != 0; {
	case want && !listed:
		s.listed = sp.number
		push(sp.remembers(s.bits), id, t.listing)
	case !want && listed:
		s.listed = 0
		sp.remembers(s.bits).remove(id, t.listing)
	}
}

func (t *Table) listing(id uint32) *links { return &t.spots.at(id).listing }

func (t *Table) dropSpot(id uint32, s *spot) {
	t.byPlace.remove(id)
	t.lengths.count[s.bits]--
	t.spots.release(id)
}
