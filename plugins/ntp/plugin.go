// Package ntp is the plugin that tells clients where they get the time: option
// 56 (RFC 5908), and option 31 (RFC 4075) for clients that know only that.
package ntp

import (
	"context"

	"github.com/stage6/stage6/pipeline"
)

// Plugin is the plugin.
var Plugin = pipeline.Define("ntp", func(c config, _ pipeline.Env) (pipeline.Handler, error) { return c, nil }).WithDryRun()

// Handle proposes the time sources. Option 31 goes with option 56: one is not
// to come from this use of the plugin and the other from another.
func (c config) Handle(_ context.Context, x *pipeline.Exchange) (pipeline.Action, error) {
	if x.SetOption(c.sources) && c.sntp != nil {
		x.SetOption(c.sntp)
	}
	return pipeline.Continue, nil
}
