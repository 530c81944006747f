package bindings

import (
	"time"

	"github.com/stage6/stage6/lease"
)

// portion bounds what one call of Expire does.
const portion = 256

// Expired is a lease that ran out.
type Expired struct {
	Binding *lease.Binding
	Lease   *lease.Lease // of the binding
}

// Expire appends leases that ran out since they were last asked for, and says
// whether there are more. It also forgets some of the bindings that hold
// nothing, when there are too many or they are too old. Whoever has a table
// calls it about every second, and again while there are more.
func (t *Table) Expire(dst []Expired) (expired []Expired, more bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	more = t.advance(now, portion) && len(t.due) > 0 && t.whenAt(0) <= nanos(now)
	n := min(portion, len(t.ran))
	dst = append(dst, t.ran[:n]...)
	rest := copy(t.ran, t.ran[n:])
	clear(t.ran[rest:])
	t.ran = t.ran[:rest]
	forgotten := t.forget(now)
	t.lapse(now)
	return dst, more || rest > 0 || forgotten == portion
}

// lapse drops offers that are over.
func (t *Table) lapse(now time.Time) {
	for n := 0; n < portion && t.offered.first != 0 && t.lapsed(t.offered.first, now); n++ {
		t.dropOffer(t.offered.first)
	}
}

// forget drops bindings that hold nothing, in memory and, when that is
// durable, from the store.
func (t *Table) forget(now time.Time) (n int) {
	for ; n < portion && t.ended.first != 0 && t.queue.waiting() < t.options.MaxPending/2; n++ {
		b := t.records.at(t.ended.first).b
		if t.nEnded <= t.options.MaxRemembered && now.Sub(endOfBinding(b)) < t.options.RememberFor {
			break
		}
		group := []lease.Change{{Before: b}}
		t.replace(group, now)
		t.enqueue(group)
	}
	return n
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
