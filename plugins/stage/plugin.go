// Package stage is the plugin that tells where a machine is in its boot:
// firmware, loader, installer or its installed system.
package stage

import (
	"context"
	"fmt"

	"github.com/stage6/stage6/internal/strict"
	"github.com/stage6/stage6/pipeline"
	"github.com/stage6/stage6/stage"
)

// Plugin is the plugin. It needs no settings.
var Plugin = pipeline.DefineOnce("stage", newHandler)

// handler decides about stages. It is safe for concurrent use.
type handler struct {
	rules  []rule
	leases pipeline.Leases
	seen   *memory
}

// rule gives a stage to what matches.
type rule struct {
	stage stage.Stage
	when  *pipeline.Expression
}

func newHandler(c config, env pipeline.Env) (pipeline.Handler, error) {
	h := &handler{leases: env.Leases, seen: newMemory()}
	var errs []error
	for _, e := range c {
		when, err := env.Match.Compile(e.When.text)
		errs = append(errs, e.When.node.Wrap(err))
		h.rules = append(h.rules, rule{e.Stage, when})
	}
	return h, strict.Join(errs...)
}

// Handle sets the stage. It is decided when the client begins to speak, and
// stays with what it is offered and leased: firmware leaves out in its later
// messages what it was recognised by.
func (h *handler) Handle(_ context.Context, x *pipeline.Exchange) (pipeline.Action, error) {
	id := h.seen.hash(x.ClientID())
	if !begins(x) {
		if s := h.seen.get(id); s != stage.Unknown {
			x.SetStage(s)
			return pipeline.Continue, nil
		}
		if s := x.RecordedStage(); s != stage.Unknown {
			x.SetStage(s)
			return pipeline.Continue, nil
		}
	}
	s, err := h.decide(x, id)
	if err != nil {
		return pipeline.Continue, err
	}
	x.SetStage(s)
	h.seen.put(id, s, x.Now())
	return pipeline.Continue, nil
}

// decide works the stage out afresh: what the configuration says, what the
// client says, what its DUID was before, and the state of the host.
func (h *handler) decide(x *pipeline.Exchange, id uint64) (stage.Stage, error) {
	for i := range h.rules {
		ok, err := h.rules[i].when.Match(x)
		if err != nil {
			return stage.Unknown, fmt.Errorf("stage %s: %w", h.rules[i].stage, err)
		}
		if ok {
			return h.rules[i].stage, nil
		}
	}
	if s := byWire(x); s != stage.Unknown {
		return s, nil
	}
	if s := h.before(x, id); s != stage.Unknown {
		return s, nil
	}
	return byState(x), nil
}
