package daemon

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/stage6/stage6/internal/server"
	"github.com/stage6/stage6/lease"
	"github.com/stage6/stage6/pipeline"
)

// maxUntold is how many changes wait for a plugin. With more it is told nothing any
// more.
const maxUntold = 1 << 17

// patience is how long the end waits for a plugin that is being told something.
const patience = time.Second

// teller tells one plugin what is leased, in a goroutine of its own, so that one
// that blocks keeps no reply waiting.
type teller struct {
	step *server.Step
	to   pipeline.Follower
	more chan struct{} // has an element when something waits

	mu      sync.Mutex
	waiting []lease.Change
	lost    bool // too much waited
}

func newTeller(step *server.Step, to pipeline.Follower) *teller {
	return &teller{step: step, to: to, more: make(chan struct{}, 1)}
}

// tell tells the plugin at once. A panic ends this call only.
func (t *teller) tell(changes []lease.Change) {
	_ = t.step.Contain(func() error { t.to.Follow(changes); return nil }) // the step tells of a panic
}

// add has changes be told, in their order.
func (t *teller) add(changes []lease.Change) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.lost:
	case len(t.waiting)+len(changes) > maxUntold:
		t.lost, t.waiting = true, nil
		t.step.Stuck(fmt.Errorf("it takes in no changes of leases: %d wait: it is told of none until the server is started again", maxUntold))
	default:
		t.waiting = append(t.waiting, changes...)
		select {
		case t.more <- struct{}{}:
		default:
		}
	}
}

// take gives what waits, and leaves memory in its place.
func (t *teller) take(memory []lease.Change) (changes []lease.Change) {
	t.mu.Lock()
	defer t.mu.Unlock()
	changes, t.waiting = t.waiting, memory
	return changes
}

// run tells the plugin until ctx ends. A plugin that blocks then is left alone.
func (t *teller) run(ctx context.Context) error {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		t.loop(ctx)
	}()
	<-ctx.Done()
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case <-ended:
	case <-late.C:
	}
	return nil
}

func (t *teller) loop(ctx context.Context) {
	var changes []lease.Change
	for {
		select {
		case <-ctx.Done():
			if last := t.take(nil); len(last) > 0 {
				t.tell(last)
			}
			return
		case <-t.more:
		}
		changes = t.take(changes[:0])
		t.tell(changes)
		clear(changes)
	}
}
