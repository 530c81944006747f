// Package committer makes changes of leases durable beside the packet readers:
// one sync for all that wait, and further changes gather while it runs (group
// commit).
package committer

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/stage6/stage6/internal/bindings"
	"github.com/stage6/stage6/lease"
)

// defaultWaiting is Options.MaxWaiting for zero.
const defaultWaiting = 4096

// ErrEnded says that Run has ended, so that nothing becomes durable any more.
var ErrEnded = errors.New("the committer has ended")

// errStale is why a ticket of before the first epoch is undone.
var errStale = errors.New("change of an earlier epoch")

// Options say how a committer works.
type Options struct {
	// MaxWaiting is how many items may wait at a time; zero means 4096.
	MaxWaiting int
	// Outage, if not nil, is told by Run of the first commit that fails after
	// one that did not, and, with nil, when the store works again, which Run
	// finds out by itself where nobody has anything to commit. A commit that has not
	// ended for ten seconds counts as one that fails, though it may work yet.
	Outage func(err error)
	// Slow, if not nil, is told how long the store takes when that is more than a
	// second for the first time, and 0 when it has not been for ten seconds, which
	// Run finds out likewise.
	Slow func(takes time.Duration)
	// Committed, if not nil, is told by Run of each commit: how many changes were in
	// it, how long it took, and its error.
	Committed func(changes int, took time.Duration, err error)
	// Durable, if not nil, is told by Run of the changes of each commit that
	// works, before anybody who waits for them. The slice is its until it
	// returns.
	Durable func([]lease.Change)
}

// Stats count since the start.
type Stats struct {
	Commits  uint64 // that worked
	Changes  uint64 // in those
	Items    uint64 // given to done without an error
	Refused  uint64 // by Submit
	Failures uint64 // commits that did not work
	Largest  uint64 // changes in the largest commit
}

// table is what a committer needs of a *bindings.Table.
type table interface {
	Epoch() uint64
	Take(dst []lease.Change, limit int) ([]lease.Change, bindings.Ticket)
	Committed(bindings.Ticket)
	RollBack()
	Wake() <-chan struct{}
}

// Committer makes the changes of a table durable, and holds items, such as
// replies, until those that they tell of are. It is safe for concurrent use,
// but for Run.
type Committer[T any] struct {
	table      table
	store      lease.Store
	done       func(items []T, err error)
	health     health
	committed  func(int, time.Duration, error)
	follow     func([]lease.Change)
	maxWaiting int
	poke       chan struct{} // an item was submitted that need not wait
	holds      holds

	// Of the goroutine of Run.
	changes          []lease.Change
	durable, dropped []T
	retry            <-chan time.Time // when to look how the store is; nil unless it fails or is slow

	mu      sync.Mutex
	now     progress
	waiting []entry[T] // in order of submission
	news    chan struct{}
	ended   bool
	stats   Stats
}

type entry[T any] struct {
	ticket bindings.Ticket
	item   T
}

// New makes a committer of a table's changes. Run calls done with items whose
// changes are durable, or, with an error, with items whose changes are undone:
// in order of submission, from one goroutine. The slice is done's only until
// it returns.
func New[T any](table *bindings.Table, store lease.Store, done func(items []T, err error), o Options) *Committer[T] {
	return newCommitter(table, store, done, o)
}

func newCommitter[T any](table table, store lease.Store, done func([]T, error), o Options) *Committer[T] {
	c := &Committer[T]{
		table: table, store: store, done: done,
		health: health{outage: o.Outage, slow: o.Slow}, committed: o.Committed, follow: o.Durable, maxWaiting: o.MaxWaiting,
		poke: make(chan struct{}, 1), holds: holds{free: make(chan struct{}, 1)},
		now: progress{durable: bindings.Ticket{Epoch: table.Epoch()}, cause: errStale},
	}
	if o.Outage == nil {
		c.health.outage = func(error) {}
	}
	if o.Slow == nil {
		c.health.slow = func(time.Duration) {}
	}
	if c.committed == nil {
		c.committed = func(int, time.Duration, error) {}
	}
	if c.follow == nil {
		c.follow = func([]lease.Change) {}
	}
	if c.maxWaiting == 0 {
		c.maxWaiting = defaultWaiting
	}
	return c
}

// Submit hands over an item that may be used when the change of a ticket is
// durable. It never blocks. It refuses, with false, when too many wait or Run
// has ended.
func (c *Committer[T]) Submit(t bindings.Ticket, item T) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended || len(c.waiting) >= c.maxWaiting {
		c.stats.Refused++
		return false
	}
	c.waiting = append(c.waiting, entry[T]{t, item})
	if c.now.fate(t) != open {
		select {
		case c.poke <- struct{}{}:
		default: // Run is about to look anyway
		}
	}
	return true
}

// Wait waits until the change of a ticket is durable. It gives an error when
// the change was undone, ctx ends or Run has ended.
func (c *Committer[T]) Wait(ctx context.Context, t bindings.Ticket) error {
	for {
		news, err := c.look(t)
		if news == nil {
			return err
		}
		select {
		case <-news:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// look tells what became of a ticket: nil, or why its change was undone. While
// that is open it gives a channel that is closed when there is something new.
func (c *Committer[T]) look(t bindings.Ticket) (news <-chan struct{}, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch c.now.fate(t) {
	case kept:
		return nil, nil
	case undone:
		return nil, c.now.cause
	}
	if c.ended {
		return nil, ErrEnded
	}
	if c.news == nil {
		c.news = make(chan struct{})
	}
	return c.news, nil
}

// tell wakes those in Wait. The caller holds c.mu.
func (c *Committer[T]) tell() {
	if c.news != nil {
		close(c.news)
		c.news = nil
	}
}

// Pace gives how fast the store is.
func (c *Committer[T]) Pace() Pace { return c.health.pace() }

// Stats gives the counts.
func (c *Committer[T]) Stats() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stats
}
