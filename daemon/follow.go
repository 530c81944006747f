package daemon

import (
	"github.com/stage6/stage6/internal/events"
	"github.com/stage6/stage6/lease"
	"github.com/stage6/stage6/pipeline"
)

// pageSize is how many bindings followers are told of at a time at the start.
const pageSize = 1024

// follow tells those who follow what is leased of all that there is, and gives
// whom to tell of changes.
func (s *service) follow() func([]lease.Change) {
	told := events.NewFollower(s.events)
	g := s.now()
	for _, step := range g.parts.Steps {
		if f, ok := step.Handler.(pipeline.Follower); ok {
			g.tellers = append(g.tellers, newTeller(step, f))
		}
	}
	s.eachPage(func(changes []lease.Change) {
		for i := range changes {
			told.Learn(changes[i].After)
		}
		for _, t := range g.tellers {
			t.tell(changes)
		}
	})
	return func(changes []lease.Change) {
		told.Follow(changes)
		for _, t := range g.tellers {
			t.add(changes)
		}
	}
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
