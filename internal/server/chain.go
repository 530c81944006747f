package server

import (
	"context"
	"fmt"
	"runtime/debug"

	"github.com/sirupsen/logrus"

	"github.com/stage6/stage6/internal/exchange"
	"github.com/stage6/stage6/pipeline"
)

// Step is one use of a plugin in the pipeline.
type Step struct {
	Name    string // for logs, counters and leases
	Handler pipeline.Handler
	When    *pipeline.Expression // nil: always
	Log     *logrus.Entry

	limit limiter
}

// run calls the step, unless its condition does not hold, and contains what
// goes wrong in it: an error or a panic drops this one exchange.
func (p *Step) run(ctx context.Context, x *pipeline.Exchange, s *exchange.State) (action pipeline.Action) {
	defer func() {
		if r := recover(); r != nil {
			action, s.DropReason = pipeline.Drop, dropPluginPanic
			p.report("panic", fmt.Errorf("%v\n%s", r, debug.Stack()))
		}
	}()
	if p.When != nil {
		if ok, err := p.When.Match(x); err != nil || !ok {
			return p.unmatched(s, err)
		}
	}
	s.Plugin = p.Name
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
// drop it, or nothing.
func (g *Generation) runSteps(ctx context.Context, x *pipeline.Exchange, s *exchange.State) string {
	for i := range g.steps {
		switch g.steps[i].run(ctx, x, s) {
		case pipeline.Answer:
			return ""
		case pipeline.Drop:
			if s.DropReason == "" {
				return dropByPlugin
			}
			return s.DropReason
		}
	}
	return ""
}
