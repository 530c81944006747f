package bindings

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/stage6/stage6/lease"
)

// Load fills an empty table from a store. It is an error, which names both, if
// two bindings hold overlapping prefixes. Where one of them has ended the other
// one keeps the prefix.
func (t *Table) Load(ctx context.Context, store lease.Store) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := store.Load(ctx, t.load); err != nil {
		return fmt.Errorf("load leases: %w", err)
	}
	t.sortEnded()
	for _, sp := range t.spaces {
		t.rebuild(sp)
	}
	return nil
}

func (t *Table) load(b *lease.Binding) error {
	if err := b.Check(); err != nil {
		return fmt.Errorf("binding %s: %w", b.Key, err)
	}
	if t.findKey(&b.Key) != 0 {
		return fmt.Errorf("binding %s stands twice in the store", b.Key)
	}
	now := t.now()
	a := application{table: t, now: now, group: t.group[:0], claims: t.claims[:0]}
	defer a.close()
	if err := a.open([]*lease.Binding{b}); err != nil {
		return err
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
			with := t.records.at(other.owner).b
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
	slices.SortFunc(ids, func(a, b uint32) int {
		return cmp.Or(endOfBinding(t.records.at(a).b).Compare(endOfBinding(t.records.at(b).b)), cmp.Compare(a, b))
	})
	for _, id := range ids {
		t.ended.remove(id, t.endedLinks)
		t.ended.pushBack(id, t.endedLinks)
	}
}
