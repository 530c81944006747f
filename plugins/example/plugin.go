// Package example is the plugin that writes into the log which messages come in,
// and an example of a plugin.
package example

import (
	"context"

	"github.com/sirupsen/logrus"

	"github.com/stage6/stage6/internal/quiet"
	"github.com/stage6/stage6/internal/strict"
	"github.com/stage6/stage6/pipeline"
)

// Plugin is the plugin. Its name is the key that a configuration has for it; the
// constructor gets the settings, decoded, and what there is of the server.
var Plugin = pipeline.Define("example", newHandler)

// config is the settings: there are none.
type config struct{}

// DecodeNode accepts nothing, and {}.
func (*config) DecodeNode(n strict.Node) error {
	if text, err := n.Text(); n.Kind() == strict.Single && (err != nil || text != "") {
		return n.Err("got %q, but the plugin has no settings, write: example: {}", text)
	}
	if n.Kind() == strict.List || len(n.Pairs()) > 0 {
		return n.Err("the plugin has no settings, write: example: {}")
	}
	return nil
}

// handler is one use of the plugin. It is used by several goroutines at once.
type handler struct {
	env   pipeline.Env
	limit quiet.Limiter
}

func newHandler(_ config, env pipeline.Env) (pipeline.Handler, error) { return &handler{env: env}, nil }

// Handle is called for each message that reaches the plugin. This one only looks:
// it writes a line, one in a while unless the log is to have everything, and has
// the next plugin go on.
func (h *handler) Handle(_ context.Context, x *pipeline.Exchange) (pipeline.Action, error) {
	if h.env.Log.Logger.IsLevelEnabled(logrus.DebugLevel) {
		h.env.Log.WithFields(fields(x)).Debug("message received")
		return pipeline.Continue, nil
	}
	if suppressed, ok := h.limit.Allow(h.env.Clock()); ok {
		h.env.Log.WithFields(fields(x)).WithField("suppressed", suppressed).Info("message received")
	}
	return pipeline.Continue, nil
}

// fields says what the message is.
func fields(x *pipeline.Exchange) logrus.Fields {
	f := logrus.Fields{
		"type": x.Type(), "transaction": x.TransactionID(), "duid": x.DUID(), "mac": x.MAC(),
		"from": x.Peer(), "relays": x.NumRelays(), "requested": append([]uint16(nil), x.RequestedCodes()...),
	}
	for _, ia := range x.IAs() {
		f[ia.IA().String()] = ia.NumHints()
	}
	return f
}
