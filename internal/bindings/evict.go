package bindings

import (
	"slices"
	"time"

	"github.com/stage6/stage6/lease"
)

// evict takes the ended lease of a spot out of its record, and the record away
// when it has no other.
func (t *Table) evict(spot uint32, now time.Time) {
	s := t.spots.at(spot)
	c := lease.Change{Before: t.before(s.owner)}
	if len(c.Before.Leases) > 1 {
		after, p := *c.Before, s.prefix()
		after.Leases = slices.DeleteFunc(slices.Clone(after.Leases), func(l lease.Lease) bool { return l.Prefix == p })
		c.After = &after
	}
	group := []lease.Change{c}
	t.replace(group, now)
	t.enqueue(group)
}
