package server

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/stage6/stage6/internal/exchange"
	"github.com/stage6/stage6/internal/quiet"
	"github.com/stage6/stage6/pipeline"
)

// Step is one use of a plugin in the pipeline.
type Step struct {
	Name    string // for logs, counters and leases
	Handler pipeline.Handler
	When    *pipeline.Expression // nil: always
	Log     *logrus.Entry

	limit quiet.Limiter

	most    time.Duration // how long the handler may block; zero: it does not
	running atomic.Int32  // on how many exchanges a handler that blocks works
}

// park has the exchange be put aside and served in a goroutine of its own.
const park pipeline.Action = 0xff

// run calls the step, unless its condition does not hold.
func (p *Step) run(ctx context.Context, x *pipeline.Exchange, s *exchange.State) pipeline.Action {
	if p.When != nil {
		if ok, err := p.When.Match(x); err != nil || !ok {
			return p.unmatched(s, err)
		}
	}
	s.Plugin = p.Name
	if p.most > 0 {
		return p.runBlocking(ctx, x, s)
	}
	return p.handle(ctx, x, s)
}

// handle calls the handler.
func (p *Step) handle(ctx context.Context, x *pipeline.Exchange, s *exchange.State) pipeline.Action {
	action, err := p.Handler.Handle(ctx, x)
	if err != nil {
		p.report("error", err)
		s.DropReason = dropPluginError
		return pipeline.Drop
	}
	return action
}

// unmatched skips the step; a condition that cannot be worked out is an error
// of ours like one in the plugin.
func (p *Step) unmatched(s *exchange.State, err error) pipeline.Action {
	if err == nil {
		return pipeline.Continue
	}
	p.report("when", err)
	s.DropReason = dropPluginError
	return pipeline.Drop
}

// runSteps takes an exchange through the plugin list and gives the reason to
// drop it, or nothing. It parks those that reach a step which may block. What goes
// wrong in a step, an error or a panic, drops this one exchange.
func (g *Generation) runSteps(ctx context.Context, x *pipeline.Exchange, s *exchange.State) (parks bool, reason string) {
	var p *Step
	defer contain(&p, &reason)
	for _, p = range g.steps {
		switch p.run(ctx, x, s) {
		case pipeline.Answer:
			return false, ""
		case pipeline.Drop:
			return false, dropReason(s)
		case park:
			return true, ""
		}
	}
	return false, ""
}

// contain is deferred where plugins are called: a panic of the step p becomes
// the reason to drop the exchange.
func contain(p **Step, reason *string) {
	if r := recover(); r != nil {
		(*p).report("panic", fmt.Errorf("%v\n%s", r, debug.Stack()))
		*reason = dropPluginPanic
	}
}

// dropReason gives the reason of the step that dropped the exchange.
func dropReason(s *exchange.State) string {
	if s.DropReason == "" {
		return dropByPlugin
	}
	return s.DropReason
}
