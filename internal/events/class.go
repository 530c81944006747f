package events

import (
	"time"

	"github.com/stage6/stage6/event"
)

// bounds say how many events of a kind are kept and taken.
type bounds struct {
	kept  int           // of a kind
	burst int           // taken at once
	every time.Duration // afterwards, one in this time
}

var (
	knownBounds    = bounds{kept: 1024, burst: 1024, every: 5 * time.Millisecond}
	strangerBounds = bounds{kept: 256, burst: 128, every: 50 * time.Millisecond}
)

// class is a part of the log, with bounds of its own.
type class struct {
	bounds bounds
	rings  [event.Kinds]ring
	recent recent
}

func newClass(b bounds) class { return class{bounds: b, recent: make(recent, recentSize)} }

// ring keeps the last events of a kind.
type ring struct {
	events     []event.Event // grows up to what is kept
	next       int           // the oldest, once it is full
	evicted    uint64        // the number of the last event that is no longer kept
	full       time.Time     // when as many as a burst may come again
	suppressed uint64        // since the last event that was kept
}

// allow says whether one more event may be taken at a time.
func (r *ring) allow(now time.Time, b bounds) bool {
	if r.full.Before(now) {
		r.full = now
	}
	if r.full.Sub(now) >= time.Duration(b.burst)*b.every {
		r.suppressed++
		return false
	}
	r.full = r.full.Add(b.every)
	return true
}

func (r *ring) add(e event.Event, kept int) {
	if len(r.events) < kept {
		r.events = append(r.events, e)
		return
	}
	r.evicted = r.events[r.next].Seq
	r.events[r.next] = e
	r.next = (r.next + 1) % kept
}

// since gives the index of the first event with a number above n, from the
// oldest on, which is the length of the ring if there is none.
func (r *ring) since(n uint64) int {
	i := len(r.events)
	for i > 0 && r.at(i-1).Seq > n {
		i--
	}
	return i
}

// at gives an event, from the oldest on.
func (r *ring) at(i int) *event.Event { return &r.events[(r.next+i)%len(r.events)] }
