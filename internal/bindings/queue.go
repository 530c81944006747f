package bindings

import (
	"sync/atomic"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/lease"
)

// Ticket is for changes that wait to be made durable: all up to Seq. The zero
// Ticket is for none.
type Ticket struct{ Epoch, Seq uint64 }

// IsZero says whether there is nothing to wait for.
func (t Ticket) IsZero() bool { return t == Ticket{} }

// changes are those that are not durable, in order. What was applied together
// has one number and is made durable together.
type changes struct {
	epoch   atomic.Uint64 // changes under the table's lock
	seq     uint64        // of the newest change ever
	durable uint64        // all changes up to it are
	items   []numbered
	head    int // of items: those before are durable
	taken   int // of items: those before were given to the committer
}

type numbered struct {
	lease.Change
	seq uint64
}

func (q *changes) waiting() int { return len(q.items) - q.head }

// compact gives memory back once half of it is of durable changes.
func (q *changes) compact() {
	if q.head < len(q.items)-q.head && q.head < cap(q.items)/2 {
		return
	}
	n := copy(q.items, q.items[q.head:])
	clear(q.items[n:])
	q.items = q.items[:n]
	q.taken -= q.head
	q.head = 0
}

// Epoch gives the number of the current epoch. Another one begins when changes
// are rolled back. Who has its number sees all that was rolled back before.
func (t *Table) Epoch() uint64 { return t.queue.epoch.Load() }

// enqueue has the changes, which were made, made durable.
func (t *Table) enqueue(group []lease.Change) Ticket {
	q := &t.queue
	q.seq++
	for _, c := range group {
		q.items = append(q.items, numbered{c, q.seq})
		if c.After != nil {
			t.records.at(t.findKey(&c.After.Key)).pending = q.seq
		}
	}
	t.signal()
	return Ticket{q.epoch.Load(), q.seq}
}

func (t *Table) signal() {
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

// Wake gives a channel that has a value when changes wait to be taken.
func (t *Table) Wake() <-chan struct{} { return t.wake }

// Pending gives the ticket of the newest change of a binding that is not yet
// durable. epoch is the one in which the caller began to read: when changes
// were rolled back since, the ticket is one that nothing will make good.
func (t *Table) Pending(epoch uint64, duid []byte, ia ident.IA) Ticket {
	t.mu.RLock()
	defer t.mu.RUnlock()
	if epoch != t.queue.epoch.Load() {
		return Ticket{epoch, t.queue.seq}
	}
	id := t.find(t.seeds.taker(duid, ia), duid, ia)
	if id == 0 || t.records.at(id).pending <= t.queue.durable {
		return Ticket{}
	}
	return Ticket{epoch, t.records.at(id).pending}
}

// Take appends the oldest changes that wait and were not taken, and gives the
// ticket of the last. It gives about limit of them, so that changes made
// together stay together, and the zero Ticket when there are none.
func (t *Table) Take(dst []lease.Change, limit int) ([]lease.Change, Ticket) {
	t.mu.Lock()
	defer t.mu.Unlock()
	q, start := &t.queue, len(dst)
	var last uint64
	for ; q.taken < len(q.items); q.taken++ {
		c := &q.items[q.taken]
		if len(dst)-start >= limit && c.seq != last {
			t.signal()
			break
		}
		dst, last = append(dst, c.Change), c.seq
	}
	if last == 0 {
		return dst, Ticket{}
	}
	return dst, Ticket{q.epoch.Load(), last}
}

// Committed says that all changes up to those of the ticket are durable.
func (t *Table) Committed(ticket Ticket) {
	t.mu.Lock()
	defer t.mu.Unlock()
	q := &t.queue
	if ticket.Epoch != q.epoch.Load() || ticket.Seq <= q.durable {
		return
	}
	q.durable = ticket.Seq
	for q.head < q.taken && q.items[q.head].seq <= ticket.Seq {
		q.items[q.head] = numbered{}
		q.head++
	}
	q.compact()
}

// RollBack undoes all changes that are not durable, taken or not, and begins
// another epoch.
func (t *Table) RollBack() {
	t.mu.Lock()
	defer t.mu.Unlock()
	q := &t.queue
	durable := map[lease.Key]*lease.Binding{}
	for i := len(q.items) - 1; i >= q.head; i-- {
		durable[q.items[i].key()] = q.items[i].Before
	}
	group := make([]lease.Change, 0, len(durable))
	for key, was := range durable {
		if is := t.record(&key); is != nil || was != nil {
			group = append(group, lease.Change{Before: is, After: was})
		}
	}
	t.replace(group, t.now())
	clear(q.items)
	q.items, q.head, q.taken = q.items[:0], 0, 0
	q.durable = q.seq
	q.epoch.Add(1)
}

func (n *numbered) key() lease.Key {
	if n.After == nil {
		return n.Before.Key
	}
	return n.After.Key
}

// record gives the record of a key, or nil.
func (t *Table) record(k *lease.Key) *lease.Binding {
	if id := t.findKey(k); id != 0 {
		return t.read(id)
	}
	return nil
}
