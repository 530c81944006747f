// Package lifetimes is the plugin that says for how long leases are granted
// and when clients renew them.
package lifetimes

import (
	"context"

	"github.com/stage6/stage6/pipeline"
)

// Plugin is the plugin.
var Plugin = pipeline.Define("lifetimes", newHandler).WithDryRun()

func newHandler(c config, _ pipeline.Env) (pipeline.Handler, error) {
	l := pipeline.Lifetimes(c)
	return pipeline.HandlerFunc(func(_ context.Context, x *pipeline.Exchange) (pipeline.Action, error) {
		x.SetLifetimes(l)
		return pipeline.Continue, nil
	}), nil
}
