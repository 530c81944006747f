// Package ignore is the plugin that leaves clients unanswered.
package ignore

import (
	"context"

	"github.com/stage6/stage6/internal/strict"
	"github.com/stage6/stage6/pipeline"
)

// Plugin is the plugin.
var Plugin = pipeline.Define("ignore", newHandler).WithDryRun()

// reason is counted and logged.
const reason = "ignored"

// handler drops what any of the expressions matches, or everything if there
// are none.
type handler struct {
	any []*pipeline.Expression
}

func newHandler(c config, env pipeline.Env) (pipeline.Handler, error) {
	h := &handler{}
	var errs []error
	for _, e := range c.any {
		compiled, err := env.Match.Compile(e.text)
		errs = append(errs, e.node.Wrap(err))
		h.any = append(h.any, compiled)
	}
	return h, strict.Join(errs...)
}

// Handle drops the exchange or lets it go on.
func (h *handler) Handle(_ context.Context, x *pipeline.Exchange) (pipeline.Action, error) {
	if len(h.any) == 0 {
		return x.Drop(reason)
	}
	for _, e := range h.any {
		if ok, err := e.Match(x); err != nil {
			return pipeline.Continue, err
		} else if ok {
			return x.Drop(reason)
		}
	}
	return pipeline.Continue, nil
}
