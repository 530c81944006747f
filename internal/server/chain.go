package server

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/sirupsen/logrus"

	"github.com/stage6/stage6/internal/exchange"
	"github.com/stage6/stage6/pipeline"
)

// Step is one use of a plugin in the pipeline.
type Step struct {
	Name    string // for logs, counters and leases
	Plugin  string // the plugin's own name
	DryRuns bool   // it can be tried; see pipeline.Plugin.WithDryRun
	untried bool   // it cannot be, and this is a try
	Handler pipeline.Handler
	When    *pipeline.Expression // nil: always
	Log     *logrus.Entry
	Events  pipeline.Events
	// Unlogged counts the lines that the plugin wanted in the log and that were too
	// many; nil where nobody counts them.
	Unlogged func() uint64
	// Faults counts what it does wrong; nil where it has just begun to.
	Faults *Faults

	number uint16 // its place in the generation, from 1
	calls  calls
}

// runSteps takes an exchange through the plugin list. It gives what the exchange
// waits for, where a plugin may block, or the reason to drop it, or nothing. What
// goes wrong in a step, an error or a panic, drops this one exchange.
func (w *Worker) runSteps(ctx context.Context, g *Generation) (wait *Wait, reason string) {
	var p *Step
	defer contain(&p, &reason)
	for _, p = range g.steps {
		if !w.enter(p) {
			return nil, ""
		}
		v := w.run(ctx, p)
		if w.lost {
			return v.wait, v.reason
		}
		if v.goesOn() {
			w.s.Step(p.number, v.skipped)
			continue
		}
		w.s.Step(p.number, v.end())
		if v.wait != nil || v.reason != "" || v.action == pipeline.Answer {
			return v.wait, v.reason
		}
	}
	return nil, ""
}

// run calls a step, unless its condition does not hold.
func (w *Worker) run(ctx context.Context, p *Step) verdict {
	if p.When != nil {
		if ok, err := p.When.Match(&w.x); err != nil || !ok {
			return p.unmatched(err)
		}
	}
	if p.untried {
		return verdict{skipped: exchange.Untried}
	}
	w.s.Plugin = p.Name
	if p.calls.block.Load() {
		return w.runBlocking(ctx, p)
	}
	action, err := w.handle(ctx, p)
	if err == nil && action == pipeline.Continue {
		return verdict{}
	}
	return p.judge(action, err, w.s)
}

// judge makes a verdict of what the plugin gave.
func (p *Step) judge(action pipeline.Action, err error, s *exchange.State) verdict {
	switch {
	case err != nil:
		return p.failed(err)
	case action == pipeline.Drop:
		return verdict{reason: dropReason(s)}
	}
	return verdict{action: action}
}

// failed drops an exchange for an error of the plugin's.
func (p *Step) failed(err error) verdict {
	var panicked *panicError
	if errors.As(err, &panicked) {
		p.fail(faultPanic, err)
		return verdict{reason: dropPluginPanic}
	}
	p.fail(faultError, err)
	return verdict{reason: dropPluginError}
}

// unmatched skips the step; a condition that cannot be worked out is an error
// of ours like one in the plugin.
func (p *Step) unmatched(err error) verdict {
	if err == nil {
		return verdict{skipped: exchange.Unmatched}
	}
	p.fail(faultCondition, err)
	return verdict{reason: dropPluginError}
}

// contain is deferred where plugins are called: a panic of the step p becomes
// the reason to drop the exchange.
func contain(p **Step, reason *string) {
	if r := recover(); r != nil {
		(*p).fail(faultPanic, &panicError{r, debug.Stack()})
		*reason = dropPluginPanic
	}
}

// contained calls the step's handler; a panic is an error.
func (p *Step) contained(ctx context.Context, x *pipeline.Exchange) (action pipeline.Action, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = &panicError{r, debug.Stack()}
		}
	}()
	if i, ok := p.Handler.(pipeline.Identifier); ok {
		i.Identify(x)
		return pipeline.Continue, nil
	}
	return p.Handler.Handle(ctx, x)
}

// panicError is a panic of a plugin's.
type panicError struct {
	value any
	stack []byte
}

func (p *panicError) Error() string { return fmt.Sprintf("%v\n%s", p.value, p.stack) }

// dropReason gives the reason of the step that dropped the exchange.
func dropReason(s *exchange.State) string {
	if s.DropReason == "" {
		return dropByPlugin
	}
	return s.DropReason
}
