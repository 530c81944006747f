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

// How long the calls of a handler that was found blocking must all return in time
// until it is called as others are again, since what was found may have been a
// machine with too much to do: first, and at most, being twice as long each time.
const (
	firstTrial = 10 * time.Second
	maxTrial   = time.Hour
)

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
	trial    time.Duration // how long the last one is; 0: the handler said itself that it may block
	lateAt   time.Time     // when it was found blocking, or a call did not return in time
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

// blame has a handler that was found blocking be one that may block, for as long as
// its trial takes.
func (c *calls) blame(l pipeline.Limits, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.block.Load():
	case c.trial == 0: // limits stay as they are for those who read them
		c.declare(l)
		c.trial = firstTrial
	default:
		c.trial = min(2*c.trial, maxTrial)
		c.block.Store(true)
	}
	c.lateAt = now
}

// acquit ends the trial of a handler whose calls returned in time all the while, and
// says whether it did.
func (c *calls) acquit(now time.Time, inTime bool) bool {
	if !inTime {
		c.lateAt = now
		return false
	}
	return c.trial > 0 && !c.broken && now.Sub(c.lateAt) >= c.trial && c.block.CompareAndSwap(true, false)
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

// end tells how a call ended for who waited for it, and says whether the handler
// works again: the breaker has closed, or its trial is over.
func (c *calls) end(now time.Time, inTime bool) (works bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.probing {
		c.probing, c.broken, c.brokenAt, works = false, !inTime, now, inTime
	}
	return c.acquit(now, inTime) || works
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
