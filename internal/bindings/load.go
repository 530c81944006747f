package bindings

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/stage6/stage6/lease"
)

// Load fills an empty table from a store. It is an error, which names both, if
// two bindings hold overlapping prefixes. Where one of them has ended the other
// one keeps the prefix.
func (t *Table) Load(ctx context.Context, store lease.Store) error {
	t.pools.Lock()
	defer t.pools.Unlock()
	if err := t.loadLocked(ctx, store); err != nil {
		return fmt.Errorf("load leases: %w", err)
	}
	t.loading = true
	defer func() { t.loading = false }()
	t.renew(slices.Clone(t.spaces))
	return nil
}

// loadLocked takes all in with nobody else at the table.
func (t *Table) loadLocked(ctx context.Context, store lease.Store) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.loadAll(ctx, store); err != nil {
		return err
	}
	t.sortEnded()
	return nil
}

// loadAll takes bindings in while the store reads those that follow.
func (t *Table) loadAll(ctx context.Context, store lease.Store) error {
	both, ctx := errgroup.WithContext(ctx)
	batches := make(chan []*lease.Binding, 4)
	both.Go(func() error {
		defer close(batches)
		return feed(ctx, store, batches)
	})
	both.Go(func() error {
		for batch := range batches {
			for _, b := range batch {
				if err := t.load(b); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return both.Wait()
}

// feed hands on what a store keeps, in batches.
func feed(ctx context.Context, store lease.Store, to chan<- []*lease.Binding) error {
	const size = 256
	var batch []*lease.Binding
	flush := func() error {
		select {
		case to <- batch:
			batch = make([]*lease.Binding, 0, size)
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	err := store.Load(ctx, func(b *lease.Binding) error {
		if batch = append(batch, b); len(batch) < size {
			return nil
		}
		return flush()
	})
	return errors.Join(err, flush())
}

func (t *Table) load(b *lease.Binding) error {
	if err := b.Check(); err != nil {
		return fmt.Errorf("binding %s: %w", b.Key, err)
	}
	now := t.now()
	a := application{table: t, now: now, group: t.group[:0], claims: t.claims[:0]}
	defer a.close()
	if err := a.open([]*lease.Binding{b}); err != nil {
		return err
	}
	if a.group[0].Before != nil {
		return fmt.Errorf("binding %s stands twice in the store", b.Key)
	}
	if err := a.check(); err != nil {
		return t.clash(&a)
	}
	a.evict()
	a.tidy()
	t.replace(a.group, now)
	if kept := a.group[0].After; kept != b {
		t.enqueue([]lease.Change{{Before: b, After: kept}})
	}
	return nil
}

// clash names the two bindings that hold what overlaps.
func (t *Table) clash(a *application) error {
	b := a.group[0].After
	for i := range a.claims {
		c := &a.claims[i]
		var other *spot
		a.overlapped(c, func(c *claim, s *spot) bool {
			if c.weight >= rests && a.bars(c, s) {
				other = s
			}
			return other != nil
		})
		if other != nil {
			with := t.read(other.owner)
			return fmt.Errorf("%s of binding %s overlaps %s of binding %s: two clients hold the same; delete one of them", c.prefix(), b.Key, other.prefix(), with.Key)
		}
	}
	return fmt.Errorf("binding %s: two of its leases overlap", b.Key)
}

// sortEnded brings the records that hold nothing in the order of their ends.
func (t *Table) sortEnded() {
	var ids []uint32
	for id := t.ended.first; id != 0; id = t.records.at(id).ended.next {
		ids = append(ids, id)
	}
	all := make([]ending, 0, len(ids))
	for _, id := range ids {
		all = append(all, ending{endOfBinding(t.read(id)), id})
	}
	sortEndings(all)
	for _, e := range all {
		t.ended.remove(e.id, t.endedLinks)
		t.ended.pushBack(e.id, t.endedLinks)
	}
}

// ending is when the leases of a record, or the lease of a spot, ended.
type ending struct {
	at time.Time
	id uint32
}

// sortEndings sorts by when they ended.
func sortEndings(all []ending) {
	slices.SortFunc(all, func(a, b ending) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.id, b.id)) })
}
