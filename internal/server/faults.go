package server

import (
	"runtime/debug"
	"strings"
	"sync/atomic"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/stage6/stage6/event"
	"github.com/stage6/stage6/internal/quiet"
)

// fault is a way in which a plugin fails.
type fault uint8

const (
	faultError     fault = iota // it gave an error
	faultPanic                  // it panicked
	faultCondition              // its condition could not be worked out
	faultSlow                   // it took longer than it may
	faultStuck                  // it blocked without saying that it may
	faultBroken                 // too many of its calls had not returned
	faultBusy                   // it was not called, since it had too much to do
	numFaults
)

// name gives the fault's name in the log, in events and in metrics.
func (f fault) name() string {
	return [numFaults]string{"error", "panic", "when", "slow", "stuck", "broken", "busy"}[f]
}

// line gives what the log says of the fault.
func (f fault) line() string {
	switch f {
	case faultStuck:
		return "plugin blocks"
	case faultSlow:
		return "plugin is slow: the exchange goes on without it or is dropped"
	case faultBroken:
		return "plugin does not come back"
	}
	return "plugin failed"
}

// tally counts the faults of one kind.
type tally struct {
	count atomic.Uint64
	limit quiet.Limiter
}

// Faults counts what a use of a plugin does wrong, and how long its calls take, over
// reloads. The zero value is ready for use; it is safe for concurrent use.
type Faults struct {
	of    [numFaults]tally
	times timing
}

// fail counts that the step failed, and tells it unless it did so lately.
func (p *Step) fail(f fault, err error) {
	p.Faults.of[f].count.Add(1)
	suppressed, ok := p.Faults.of[f].limit.Allow(time.Now())
	if !ok {
		return
	}
	p.Log.WithFields(logrus.Fields{"what": f.name(), "suppressed": suppressed}).WithError(err).Error(f.line())
	first, _, _ := strings.Cut(err.Error(), "\n")
	p.Events.Publish(event.Event{Kind: event.PluginFailed, Source: p.Name, Reason: f.name(), Text: first})
}

// Stuck tells that the plugin blocks in what it does beside the exchanges.
func (p *Step) Stuck(err error) { p.fail(faultStuck, err) }

// Contain calls do, which is something that the plugin does beside the exchanges. A
// panic is told, and ends it without an error.
func (p *Step) Contain(do func() error) error {
	defer func() {
		if r := recover(); r != nil {
			p.fail(faultPanic, &panicError{r, debug.Stack()})
		}
	}()
	return do()
}
