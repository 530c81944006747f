// Package nbp is the plugin that tells clients which program they boot from the
// network: options 59 and 60 (RFC 5970).
package nbp

import (
	"context"

	"github.com/stage6/stage6/pipeline"
)

// Plugin is the plugin.
var Plugin = pipeline.Define("nbp", func(c config, _ pipeline.Env) (pipeline.Handler, error) { return c, nil }).WithDryRun()

// Handle proposes the program and, where that stands, its parameters. The server
// keeps them from firmware that cannot bear them.
func (c config) Handle(_ context.Context, x *pipeline.Exchange) (pipeline.Action, error) {
	if x.SetOption(c.url) && c.params != nil {
		x.SetOption(c.params)
	}
	return pipeline.Continue, nil
}
