package inventory

import (
	"cmp"
	"sync"
	"time"

	"github.com/stage6/stage6/ident"
)

// maxMachines is how many machines are remembered.
const maxMachines = 10000

// cache remembers the tags of machines. It is safe for concurrent use.
type cache struct {
	keep  time.Duration
	clock func() time.Time

	mu      sync.Mutex
	entries map[ident.MAC]entry
}

type entry struct {
	tags []string
	till time.Time
}

func newCache(keep time.Duration, clock func() time.Time) *cache {
	return &cache{keep: cmp.Or(keep, time.Minute), clock: clock, entries: map[ident.MAC]entry{}}
}

// get gives the tags of a machine, if they are known and not too old.
func (c *cache) get(mac ident.MAC) ([]string, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.entries[mac]
	return e.tags, ok && c.clock().Before(e.till)
}

// put remembers the tags of a machine. When there are too many machines, all are
// forgotten: MACs can be made up, and memory is bounded.
func (c *cache) put(mac ident.MAC, tags []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.entries) >= maxMachines {
		clear(c.entries)
	}
	c.entries[mac] = entry{tags, c.clock().Add(c.keep)}
}
