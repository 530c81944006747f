package bindings

import (
	"time"

	"github.com/stage6/stage6/lease"
)

// portion bounds what one call of Expire does, which keeps everybody else waiting: of
// so many leases a tenth of a millisecond or two.
const portion = 64

// Expire does not drop more bindings while so many changes are not durable, so that
// what clients change is not behind thousands of them on the way to the disk.
const maxForgotten = 1024

// Expired is a lease that ran out.
type Expired struct {
	Binding *lease.Binding
	Lease   *lease.Lease // of the binding
}

// Expire appends leases that ran out since they were last asked for, and says
// whether there are more. It also forgets some of the bindings that hold
// nothing, when there are too many or they are too old. Whoever has a table
// calls it about every second, and while there are more again after a short rest,
// in which others have the table and a processor.
func (t *Table) Expire(dst []Expired) (expired []Expired, more bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	t.advance(now, portion-len(t.ran))
	more = t.due.len() > 0 && t.whenAt(0) <= nanos(now)
	n := min(portion, len(t.ran))
	dst = append(dst, t.ran[:n]...)
	rest := copy(t.ran, t.ran[n:])
	clear(t.ran[rest:])
	t.ran = t.ran[:rest]
	t.forget(now)
	t.lapse(now)
	more = t.learnOn(learnAtOnce) || more
	return dst, more || rest > 0 || t.mayForget(now)
}

// lapse drops offers that are over.
func (t *Table) lapse(now time.Time) {
	for n := 0; n < portion && t.offered.first != 0 && t.lapsed(t.offered.first, now); n++ {
		t.dropOffer(t.offered.first)
	}
}

// forget drops bindings that hold nothing, in memory and, when that is
// durable, from the store.
func (t *Table) forget(now time.Time) {
	for n := 0; n < portion && t.mayForget(now); n++ {
		group := []lease.Change{{Before: t.before(t.ended.first)}}
		t.replace(group, now)
		t.enqueue(group)
	}
}

// mayForget says whether there are too many bindings that hold nothing, or the one
// that ended first is too old, and few enough changes wait.
func (t *Table) mayForget(now time.Time) bool {
	if t.ended.first == 0 || t.queue.waiting() >= min(maxForgotten, t.options.MaxPending/2) {
		return false
	}
	return t.nEnded > t.options.MaxRemembered || now.Sub(endOfBinding(t.look(t.ended.first))) >= t.options.RememberFor
}

// endOfBinding gives when the last of the leases of b ended, or when it was
// left without any.
func endOfBinding(b *lease.Binding) time.Time {
	var last time.Time
	for i := range b.Leases {
		if end := endOf(b, &b.Leases[i]); end.After(last) {
			last = end
		}
	}
	if last.IsZero() {
		return b.Updated
	}
	return last
}
