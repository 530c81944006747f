// Package option is the plugin that sets options of any code.
package option

import (
	"context"

	"github.com/stage6/stage6/internal/optiontext"
	"github.com/stage6/stage6/internal/strict"
	"github.com/stage6/stage6/pipeline"
)

// Plugin is the plugin.
var Plugin = pipeline.Define("option", func(c config, _ pipeline.Env) (pipeline.Handler, error) { return c, nil }).WithDryRun()

// config is the settings. A list, or a map without key options, is that of
// Options.
type config struct {
	Options optiontext.Values `config:"required"`
	Replace bool              // what earlier plugins proposed
}

// DecodeNode reads options, or all settings.
func (c *config) DecodeNode(n strict.Node) error {
	if n.Get("options").Kind() == strict.Null && n.Get("replace").Kind() == strict.Null {
		return strict.Decode(n, &c.Options)
	}
	type settings config
	return strict.Decode(n, (*settings)(c))
}

// Handle proposes the options.
func (c config) Handle(_ context.Context, x *pipeline.Exchange) (pipeline.Action, error) {
	for _, o := range c.Options {
		if c.Replace {
			x.ReplaceOption(o)
		} else {
			x.SetOption(o)
		}
	}
	return pipeline.Continue, nil
}
