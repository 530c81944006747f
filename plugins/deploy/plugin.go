// Package deploy is the plugin that lends addresses to machines while they are
// booted and installed: for a short time, not too many to one machine, and with
// a rest before anybody else gets one that was given back.
package deploy

import (
	"context"
	"time"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/ranges"
	"github.com/stage6/stage6/lease"
	"github.com/stage6/stage6/pipeline"
)

// Plugin is the plugin.
var Plugin = pipeline.Define("deploy", newHandler)

// handler is one use of the plugin.
type handler struct {
	name           string
	parts          ranges.Parts
	known, unknown bool // which machines are served
	lifetime, rest time.Duration
	perHost        int
	leases         pipeline.Leases
}

func newHandler(c config, env pipeline.Env) (pipeline.Handler, error) {
	parts, err := c.Make(env.Name, env.Pools)
	return &handler{
		name: env.Name, parts: parts, known: c.known, unknown: c.unknown,
		lifetime: c.Lifetime, rest: c.Quarantine, perHost: c.PerHost, leases: env.Leases,
	}, err
}

// Handle proposes an address for each IA_NA that is not decided.
func (h *handler) Handle(_ context.Context, x *pipeline.Exchange) (pipeline.Action, error) {
	if x.Link() == nil || !h.serves(x) {
		return pipeline.Continue, nil
	}
	for _, ia := range x.IAs() {
		if ia.IA().Type == ident.NA && !ia.Decided() {
			h.lend(x, ia)
		}
	}
	return pipeline.Continue, nil
}

// serves says whether machines such as the client's are served.
func (h *handler) serves(x *pipeline.Exchange) bool {
	if x.Host() == nil {
		return h.unknown
	}
	return h.known
}

// lend proposes an address. When the machine has as many as it may have, that
// of its binding which was silent for longest ends.
func (h *handler) lend(x *pipeline.Exchange, ia pipeline.IA) {
	a, ok := h.parts.Pick(x, ia)
	if !ok {
		return
	}
	if x.Host() != nil && !h.has(x, ia.Binding()) {
		if oldest := h.surplus(x); oldest != nil {
			ia.Retire(oldest)
		}
	}
	ia.Propose(pipeline.Grant{Prefix: a, Preferred: h.lifetime, Valid: h.lifetime, Pool: h.name, Rest: h.rest})
}

// has says whether the binding has a live address of ours.
func (h *handler) has(x *pipeline.Exchange, b *lease.Binding) bool {
	if b == nil {
		return false
	}
	for i := range b.Leases {
		if l := &b.Leases[i]; l.Live(x.Now()) && h.parts.Has(x.Link(), l.Prefix) {
			return true
		}
	}
	return false
}

// usual is how many bindings a machine has at most, in practice.
const usual = 16

// surplus gives the binding of the machine that has to end before it can have
// one more, or nil.
func (h *handler) surplus(x *pipeline.Exchange) (oldest *lease.Binding) {
	n := 0
	for _, b := range h.leases.ByHost(make([]*lease.Binding, 0, usual), x.Host().Name) {
		if !h.has(x, b) {
			continue
		}
		n++
		if oldest == nil || b.Updated.Before(oldest.Updated) {
			oldest = b
		}
	}
	if n < h.perHost {
		return nil
	}
	return oldest
}

// Check names the ranges that serve nobody since they are on no link.
func (h *handler) Check(links pipeline.Links) []string { return h.parts.Check(links) }
