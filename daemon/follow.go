package daemon

import (
	"slices"
	"sync"

	"github.com/stage6/stage6/internal/events"
	"github.com/stage6/stage6/lease"
	"github.com/stage6/stage6/pipeline"
)

// pageSize is how many bindings followers are told of at a time at the start.
const pageSize = 1024

// tellers are whom changes of leases are told. They are safe for concurrent use.
type tellers struct {
	mu  sync.Mutex
	all []*teller
}

func (t *tellers) add(more []*teller) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.all = append(t.all, more...)
}

func (t *tellers) remove(some []*teller) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.all = slices.DeleteFunc(t.all, func(one *teller) bool { return slices.Contains(some, one) })
}

func (t *tellers) tell(changes []lease.Change) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, one := range t.all {
		one.add(changes)
	}
}

// durable gives whom to tell of changes that are durable.
func (s *service) durable() func([]lease.Change) {
	follower := events.NewFollower(s.events)
	s.eachPage(func(changes []lease.Change) {
		for i := range changes {
			follower.Learn(changes[i].After)
		}
	})
	return func(changes []lease.Change) {
		follower.Follow(changes)
		s.told.tell(changes)
	}
}

// follow tells the plugins of a generation that follow what is leased of all that
// there is. What changes meanwhile they are told after it, some of it twice.
func (s *service) follow(g *generation) {
	for _, step := range g.parts.Steps {
		if f, ok := step.Handler.(pipeline.Follower); ok {
			g.tellers = append(g.tellers, newTeller(step, f))
		}
	}
	if len(g.tellers) == 0 {
		return
	}
	s.told.add(g.tellers)
	s.eachPage(func(changes []lease.Change) {
		for _, t := range g.tellers {
			t.tell(changes)
		}
	})
}

// eachPage calls tell with the creation of all bindings, a page at a time.
func (s *service) eachPage(tell func([]lease.Change)) {
	bindings, next := s.table.Page(nil, 0, pageSize)
	for {
		changes := make([]lease.Change, len(bindings))
		for i, b := range bindings {
			changes[i].After = b
		}
		tell(changes)
		if next == 0 {
			return
		}
		bindings, next = s.table.Page(bindings[:0], next, pageSize)
	}
}
