package server

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/stage6/stage6/pipeline"
)

// Limits of calls where the plugin does not say.
const (
	defaultDeadline = 250 * time.Millisecond
	defaultCalls    = 16
)

// Bounds of what a plugin may say.
const (
	maxDeadline = 10 * time.Second
	maxCalls    = 1024
)

// breakTime is how long a plugin is left alone once too many of its calls have
// not returned.
const breakTime = time.Second

// calls bounds the calls of a handler that may block. It is safe for concurrent
// use.
type calls struct {
	block    atomic.Bool // whether the handler may block
	limits   pipeline.Limits
	running  atomic.Int64 // calls that have not returned, late ones too
	mu       sync.Mutex   // held for what is below
	broken   bool         // the breaker is open: the handler is not called
	probing  bool         // but for one call, which shows whether it works again
	brokenAt time.Time
}

// declare has the handler be one that may block, with limits.
func (c *calls) declare(l pipeline.Limits) {
	if l.Deadline <= 0 {
		l.Deadline = defaultDeadline
	}
	if l.Calls <= 0 {
		l.Calls = defaultCalls
	}
	l.Deadline, l.Calls = min(l.Deadline, maxDeadline), min(l.Calls, maxCalls)
	c.limits = l
	c.block.Store(true)
}

// isBroken says whether no call is to be tried now.
func (c *calls) isBroken(now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.isOpen(now)
}

func (c *calls) isOpen(now time.Time) bool {
	return c.broken && (c.probing || now.Sub(c.brokenAt) < breakTime)
}

// begin says whether a call may begin. The second result says that the breaker
// has opened.
func (c *calls) begin(now time.Time) (ok, opened bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.isOpen(now):
		return false, false
	case c.running.Load() >= int64(c.limits.Calls):
		opened, c.broken, c.brokenAt = !c.broken, true, now
		return false, opened
	}
	c.probing = c.broken
	c.running.Add(1)
	return true, false
}

// end tells how a call ended for who waited for it, and says whether the breaker
// has closed.
func (c *calls) end(now time.Time, inTime bool) (closed bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.probing {
		return false
	}
	c.probing, c.broken, c.brokenAt = false, !inTime, now
	return inTime
}

// outcome is what came of a call.
type outcome uint8

const (
	returned outcome = iota
	late             // it has not returned; what it holds is lost
	refused          // it was not begun
)

// call calls do in a goroutine of its own and waits for it until the deadline.
// changed tells when the breaker opens or closes.
func (c *calls) call(ctx context.Context, do func(context.Context), changed func(open bool)) outcome {
	ok, opened := c.begin(time.Now())
	if opened {
		changed(true)
	}
	if !ok {
		return refused
	}
	ctx, cancel := context.WithTimeout(ctx, c.limits.Deadline)
	defer cancel()
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer c.running.Add(-1)
		do(ctx)
	}()
	out := await(ctx, done)
	if c.end(time.Now(), out == returned) {
		changed(false)
	}
	return out
}

// await waits for done, or for the end of ctx, where done counts for more.
func await(ctx context.Context, done <-chan struct{}) outcome {
	select {
	case <-done:
		return returned
	case <-ctx.Done():
	}
	select {
	case <-done:
		return returned
	default:
		return late
	}
}
