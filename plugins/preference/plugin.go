// Package preference is the plugin that sets how much clients should prefer
// this server to others (RFC 9915 section 21.8).
package preference

import (
	"context"

	"github.com/stage6/stage6/pipeline"
)

// Plugin is the plugin.
var Plugin = pipeline.Define("preference", newHandler).WithDryRun()

// config is the preference: 0 is the least, the same as none, and with 255
// clients take the offer at once (RFC 9915 section 18.2.1).
type config uint8

func newHandler(c config, _ pipeline.Env) (pipeline.Handler, error) {
	return pipeline.HandlerFunc(func(_ context.Context, x *pipeline.Exchange) (pipeline.Action, error) {
		x.SetPreference(uint8(c))
		return pipeline.Continue, nil
	}), nil
}
