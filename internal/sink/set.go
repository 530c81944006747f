package sink

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/stage6/stage6/internal/events"
)

// Plan is a sink as a configuration wants it.
type Plan struct {
	Options
	Target string // a file or URL: the sink of before that has it goes on with what waits
	Manner string // two plans of one target and manner have the same destination
	Open   func() (Destination, error)
}

// Set is the sinks of a server, which can be replaced while it runs. It is safe for
// concurrent use, but for changes, of which one comes after the other. A nil set has
// no sinks.
type Set struct {
	events *events.Log
	tasks  sync.WaitGroup

	mu      sync.Mutex
	ctx     context.Context // of what runs; nil before
	members []*member
}

// member is a sink of a set, with the plan that it is of.
type member struct {
	*Sink
	plan Plan
	end  context.CancelFunc // nil while it does not run
}

// NewSet makes a set without sinks, of the events of a log.
func NewSet(log *events.Log) *Set { return &Set{events: log} }

// Run hands events on until ctx ends, and a while longer what waits then. It gives
// nil.
func (all *Set) Run(ctx context.Context) error {
	all.mu.Lock()
	all.ctx = ctx
	for _, m := range all.members {
		all.start(m)
	}
	all.mu.Unlock()
	<-ctx.Done()
	all.tasks.Wait()
	return nil
}

// start has a sink run, if the set does. What is taken out of the set is closed when
// nothing waits for it any more, and no later than FlushTime after that. The caller
// holds all.mu.
func (all *Set) start(m *member) {
	if all.ctx == nil {
		return
	}
	var ctx context.Context
	ctx, m.end = context.WithCancel(all.ctx)
	all.tasks.Go(func() {
		_ = m.Run(ctx) // gives nil
		if all.has(m) {
			return
		}
		if err := m.Close(); err != nil {
			m.log().WithError(err).Warn("where events went was not closed well")
		}
	})
}

func (all *Set) has(m *member) bool {
	all.mu.Lock()
	defer all.mu.Unlock()
	return slices.Contains(all.members, m)
}

// sinks gives those that are not taken out.
func (all *Set) sinks() (out []*Sink) {
	if all == nil {
		return nil
	}
	all.mu.Lock()
	defer all.mu.Unlock()
	for _, m := range all.members {
		out = append(out, m.Sink)
	}
	return out
}

// Close lets go of the destinations.
func (all *Set) Close() error {
	var errs []error
	for _, s := range all.sinks() {
		errs = append(errs, s.Close())
	}
	return errors.Join(errs...)
}
