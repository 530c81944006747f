package bindings

import (
	"errors"
	"fmt"
	"time"

	"github.com/stage6/stage6/lease"
)

// ErrPending is why Apply changes nothing while the store is far behind.
var ErrPending = errors.New("too many changes are not yet durable")

// Apply replaces the records of some bindings, all or none, by copies of puts. They
// are visible at once and wait to be made durable. epoch is the one in which the caller began
// to read: when changes were rolled back since, nothing is changed. A
// *lease.ConflictError says which of puts were refused, because another binding
// holds what they lease, or somebody else was offered it and it is not
// reserved. What the leases that end with the call give up can be had in the
// same call. An ended lease of another binding is taken out of its record, and a
// record that has no other is dropped.
func (t *Table) Apply(epoch uint64, puts []*lease.Binding) (Ticket, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if epoch != t.queue.epoch.Load() {
		return Ticket{}, fmt.Errorf("changes were rolled back since epoch %d", epoch)
	}
	if n := t.queue.waiting(); n+len(puts) > t.options.MaxPending {
		return Ticket{}, fmt.Errorf("%w: %d, at most %d may be", ErrPending, n, t.options.MaxPending)
	}
	now := t.now()
	t.tick(now)
	a := application{table: t, now: now, group: t.group[:0], claims: t.claims[:0]}
	defer a.close()
	if err := a.open(puts); err != nil {
		return Ticket{}, err
	}
	if err := a.check(); err != nil {
		return Ticket{}, err
	}
	a.copy()
	a.evict()
	a.tidy()
	t.replace(a.group, now)
	return t.enqueue(a.group), nil
}

// application is one call of Apply.
type application struct {
	table  *Table
	now    time.Time
	group  []lease.Change
	claims []claim
	refuse []bool // by put; nil when none is
}

// claim is one lease of what is put.
type claim struct {
	place
	put, lease int
	weight     weight
	evicts     bool // an ended lease of another binding overlaps it
	taker      taker
}

// weight orders leases of overlapping prefixes.
type weight uint8

const (
	gone    weight = iota // taken out of the record
	dropped               // to be taken out
	over                  // ended: it gives way to anything
	rests                 // gives way to a live one of the same binding
	lives
)

func weigh(l *lease.Lease, now time.Time) weight {
	switch state, _ := judge(l, now); state {
	case leased:
		return lives
	case resting, declined:
		return rests
	}
	return over
}

// open lists the changes and their claims, and marks the records that change.
func (a *application) open(puts []*lease.Binding) error {
	t := a.table
	for i, b := range puts {
		c := lease.Change{After: b}
		who := t.seeds.takerOf(&b.Key)
		if id := t.findKey(&b.Key); id != 0 {
			r := t.records.at(id)
			if r.applied {
				return fmt.Errorf("binding %s stands twice", b.Key)
			}
			r.applied = true
			c.Before = t.before(id)
		}
		a.group = append(a.group, c)
		for j := range b.Leases {
			p, ok := placeOf(b.Leases[j].Prefix)
			if !ok {
				return fmt.Errorf("lease of %q: not an IPv6 prefix", b.Leases[j].Prefix)
			}
			t.learn(p.bits)
			a.claims = append(a.claims, claim{place: p, put: i, lease: j, weight: weigh(&b.Leases[j], a.now), taker: who})
		}
	}
	return nil
}

// copy takes copies of what is put, which outlive the memory of who puts it.
func (a *application) copy() {
	for i := range a.group {
		a.group[i].After = a.table.queued.next().copy(a.group[i].After)
	}
}

// before gives the binding of a record that is about to change.
func (t *Table) before(id uint32) *lease.Binding {
	return t.packer.unpack(t.queued.next(), t.runOf(id), t.hostOf(id), &t.texts)
}

// close takes the marks away and keeps the memory.
func (a *application) close() {
	t := a.table
	for i := range a.group {
		if b := a.group[i].Before; b != nil {
			if id := t.findKey(&b.Key); id != 0 {
				t.records.at(id).applied = false
			}
		}
	}
	clear(a.group)
	t.group, t.claims = a.group[:0], a.claims[:0]
}
