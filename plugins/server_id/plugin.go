// Package serverid is the plugin that says what the server's own DUID is
// (RFC 9915 section 11), by which clients address it.
package serverid

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"time"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/lease"
	"github.com/stage6/stage6/pipeline"
)

// Plugin is the plugin. It configures the server and does nothing to an
// exchange.
var Plugin = pipeline.DefineOnce("server_id", newHandler).WithDryRun()

// handler finds the DUID when the server starts.
type handler struct {
	config config
	clock  func() time.Time
	random io.Reader
}

func newHandler(c config, env pipeline.Env) (pipeline.Handler, error) {
	return &handler{config: c, clock: env.Clock, random: rand.Reader}, nil
}

// Handle does nothing: the server itself writes the Server Identifier.
func (*handler) Handle(context.Context, *pipeline.Exchange) (pipeline.Action, error) {
	return pipeline.Continue, nil
}

// ServerID gives the DUID: the configured one, or the one that is kept in the
// store, made if there is none.
func (h *handler) ServerID(ctx context.Context, store lease.Store) (duid ident.DUID, err error) {
	switch h.config.from {
	case fixed:
		return h.config.duid, nil
	case dated:
		duid, err = h.keptLLT(ctx, store)
	default:
		duid, err = h.keptUUID(ctx, store)
	}
	if err != nil {
		return "", fmt.Errorf("server_id: %w", err)
	}
	return duid, nil
}
