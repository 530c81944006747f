package committer

import (
	"context"
	"time"

	"github.com/stage6/stage6/internal/bindings"
)

// maxChanges bounds one commit, and with it how long the first of its replies
// waits for the others.
const maxChanges = 4096

// A store that fails is asked again after probeInterval, with probeSize octets,
// which is more than a few changes have: a disk with room for one lease only is
// full.
const (
	probeInterval = 5 * time.Second
	probeSize     = 4096
)

// Run commits until ctx ends, then what still waits. It gives nil.
func (c *Committer[T]) Run(ctx context.Context) error {
	lasting := context.WithoutCancel(ctx)
	defer c.health.watch()()
	for {
		ending := ctx.Err() != nil // before the last look for changes, not after it
		for c.commit(lasting) {
		}
		c.settle()
		if ending {
			c.end()
			return nil
		}
		select {
		case <-c.table.Wake():
			c.holds.wait()
		case <-c.poke:
		case <-c.retry:
			c.probe(lasting)
		case <-ctx.Done():
		}
	}
}

// probeName is that of the small value that a probe writes and removes.
const probeName = "probe"

// probe looks whether the store works again, with a value of probeSize octets.
func (c *Committer[T]) probe(ctx context.Context) {
	_, err := c.health.during(func() error { return c.store.Put(ctx, probeName, make([]byte, probeSize)) })
	if err == nil {
		_, err = c.health.during(func() error { return c.store.Delete(ctx, probeName) })
	}
	c.report(err)
}

// commit makes one batch of changes durable, or undoes it, and settles the
// items that waited for that. It says whether there was any.
func (c *Committer[T]) commit(ctx context.Context) bool {
	changes, ticket := c.table.Take(c.changes[:0], maxChanges)
	c.changes = changes
	if len(changes) == 0 {
		return false
	}
	took, err := c.health.during(func() error { return c.store.Commit(ctx, changes) })
	if err != nil {
		c.rollBack(err)
	} else {
		c.follow(changes)
		c.advance(ticket, uint64(len(changes)))
	}
	c.committed(len(changes), took, err)
	clear(changes) // what they point to lives no longer than it must
	c.report(err)
	c.settle()
	return true
}

func (c *Committer[T]) advance(t bindings.Ticket, changes uint64) {
	c.table.Committed(t)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now.commit(t)
	c.stats.Commits++
	c.stats.Changes += changes
	c.stats.Largest = max(c.stats.Largest, changes)
	c.tell()
}

func (c *Committer[T]) rollBack(cause error) {
	c.table.RollBack()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now.rollBack(c.table.Epoch(), cause)
	c.stats.Failures++
	c.tell()
}

// report tells what changes in the health of the store. While that is not good the
// store is looked at again and again: else it would go on being told of until the
// next client comes.
func (c *Committer[T]) report(err error) {
	c.retry = nil
	if c.health.report(err) {
		c.retry = time.After(probeInterval)
	}
}

// settle gives the items whose fate is known to done.
func (c *Committer[T]) settle() {
	cause := c.sort()
	if len(c.durable) > 0 {
		c.done(c.durable, nil)
	}
	if len(c.dropped) > 0 {
		c.done(c.dropped, cause)
	}
	c.durable, c.dropped = emptied(c.durable), emptied(c.dropped)
}

// sort takes the items whose fate is known out of the queue.
func (c *Committer[T]) sort() (cause error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	rest := c.waiting[:0]
	for _, e := range c.waiting {
		switch c.now.fate(e.ticket) {
		case kept:
			c.durable = append(c.durable, e.item)
		case undone:
			c.dropped = append(c.dropped, e.item)
		default:
			rest = append(rest, e)
		}
	}
	clear(c.waiting[len(rest):])
	c.waiting = rest
	c.stats.Items += uint64(len(c.durable))
	return c.now.cause
}

// end refuses further items and drops those whose changes never came.
func (c *Committer[T]) end() {
	c.mu.Lock()
	c.ended = true
	for _, e := range c.waiting {
		c.dropped = append(c.dropped, e.item)
	}
	c.waiting = nil
	c.tell()
	c.mu.Unlock()
	if len(c.dropped) > 0 {
		c.done(c.dropped, ErrEnded)
	}
}

func emptied[T any](items []T) []T {
	clear(items)
	return items[:0]
}
