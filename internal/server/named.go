package server

import (
	"maps"
	"sync"
	"sync/atomic"
)

// named counts under names, of which there are few: each new one copies the map,
// so that counting under a known one is a look-up without a lock. The zero value is
// ready for use; it is safe for concurrent use.
type named struct {
	counts atomic.Pointer[map[string]*atomic.Uint64]
	adding sync.Mutex // held by who adds a name
}

// add counts n more under a name, which is known from then on.
func (c *named) add(name string, n uint64) { c.of(name).Add(n) }

// of gives the counter of a name, which is known from then on.
func (c *named) of(name string) *atomic.Uint64 {
	if counts := c.counts.Load(); counts != nil {
		if at, ok := (*counts)[name]; ok {
			return at
		}
	}
	return c.know(name)
}

func (c *named) know(name string) *atomic.Uint64 {
	c.adding.Lock()
	defer c.adding.Unlock()
	next := map[string]*atomic.Uint64{}
	if counts := c.counts.Load(); counts != nil {
		maps.Copy(next, *counts)
	}
	at, ok := next[name]
	if !ok {
		at = new(atomic.Uint64)
		next[name] = at
		c.counts.Store(&next)
	}
	return at
}

// each calls yield with every name that is known.
func (c *named) each(yield func(name string, n uint64)) {
	if counts := c.counts.Load(); counts != nil {
		for name, at := range *counts {
			yield(name, at.Load())
		}
	}
}
