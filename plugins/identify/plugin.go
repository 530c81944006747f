// Package identify is the plugin that says who a client is: it asks a list of
// sources of identity, in the order of preference.
//
// Each source adds evidence with its trust. The first link-layer address that
// is found is the client's, by which its host is looked up.
package identify

import (
	"context"

	"github.com/stage6/stage6/pipeline"
)

// Plugin is the plugin. It configures the server's step before the links and
// plugins, and does nothing to an exchange later.
var Plugin = pipeline.DefineOnce("identify", newHandler)

// handler is the sources in the order of preference.
type handler struct {
	sources []source
}

func newHandler(c config, _ pipeline.Env) (pipeline.Handler, error) {
	return &handler{sources: c.sources}, nil
}

// Needs gives what the sources need of the machine.
func (h *handler) Needs() (out []pipeline.Need) {
	for i := range h.sources {
		out = append(out, h.sources[i].needs...)
	}
	return out
}

// Identify asks every source, also after one has answered: that sources
// disagree is worth knowing.
func (h *handler) Identify(x *pipeline.Exchange) {
	for i := range h.sources {
		if e, ok := h.sources[i].find(x); ok {
			e.Source = h.sources[i].name
			x.AddEvidence(e)
		}
	}
}

// Handle does nothing: the server calls Identify earlier.
func (*handler) Handle(context.Context, *pipeline.Exchange) (pipeline.Action, error) {
	return pipeline.Continue, nil
}
