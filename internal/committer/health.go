package committer

import (
	"errors"
	"sync"
	"time"
)

// How long the store may take.
const (
	slowAfter = time.Second      // beyond it the store is slow
	hungAfter = 10 * time.Second // beyond it, it fails, whether it ever comes back or not
	calmFor   = 10 * time.Second // without anything slow the store is fast again
	lookEvery = time.Second      // at what runs
)

// errHung is why a store fails that does not come back.
var errHung = errors.New("the disk has not ended a sync for 10s")

// Pace is how fast a store is.
type Pace struct {
	Running time.Duration // how long what it does at the moment has taken; 0: nothing
	Slow    time.Duration // while it is slow, how long it needs; else 0
}

// health is whether the store works, and how fast. It is safe for concurrent use:
// while Run waits for the store somebody else looks how long.
type health struct {
	outage func(err error)
	slow   func(takes time.Duration)

	mu      sync.Mutex
	begun   time.Time // what runs; zero: nothing
	failing bool
	takes   time.Duration // while the store is slow, what took long lately; else 0
	late    time.Time     // when that was
}

// during has the store do something, and gives how long it took.
func (h *health) during(do func() error) (took time.Duration, err error) {
	h.mu.Lock()
	start := time.Now()
	h.begun = start
	h.mu.Unlock()
	err = do()
	took = time.Since(start)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.begun = time.Time{}
	if took > slowAfter {
		h.noteSlow(took)
	}
	return took, err
}

// noteSlow tells of the beginning of a time in which the store is slow. The caller
// holds h.mu.
func (h *health) noteSlow(took time.Duration) {
	first := h.takes == 0
	h.takes, h.late = took, time.Now()
	if first {
		h.slow(took)
	}
}

// look looks at what runs.
func (h *health) look() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.begun.IsZero() {
		return
	}
	took := time.Since(h.begun)
	if took > slowAfter {
		h.noteSlow(took)
	}
	if took > hungAfter && !h.failing {
		h.failing = true
		h.outage(errHung)
	}
}

// report tells of the beginning and the end of an outage, and of the end of a time
// in which the store was slow. It says whether somebody is to look at the store
// again though nobody has anything to commit.
func (h *health) report(err error) (again bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if failing := err != nil; failing != h.failing {
		h.failing = failing
		h.outage(err)
	}
	if h.takes > 0 && time.Since(h.late) >= calmFor {
		h.takes = 0
		h.slow(0)
	}
	return h.failing || h.takes > 0
}

// pace gives how fast the store is.
func (h *health) pace() Pace {
	h.mu.Lock()
	defer h.mu.Unlock()
	p := Pace{Slow: h.takes}
	if !h.begun.IsZero() {
		p.Running = time.Since(h.begun)
		if p.Slow > 0 {
			p.Slow = max(p.Slow, p.Running)
		}
	}
	return p
}

// watch looks at what runs until it is told to end.
func (h *health) watch() (end func()) {
	done := make(chan struct{})
	var ended sync.WaitGroup
	ended.Go(func() {
		tick := time.NewTicker(lookEvery)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				h.look()
			case <-done:
				return
			}
		}
	})
	return func() {
		close(done)
		ended.Wait()
	}
}
