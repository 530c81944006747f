// Package deploy is the plugin that lends addresses to machines while they are
// booted and installed: for a short time, not too many to one machine, and with
// a rest before anybody else gets one that was given back.
package deploy

import (
	"context"
	"net/netip"
	"slices"
	"time"

	"github.com/stage6/stage6/event"
	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/ranges"
	"github.com/stage6/stage6/lease"
	"github.com/stage6/stage6/pipeline"
)

// Plugin is the plugin.
var Plugin = pipeline.Define("deploy", newHandler).WithDryRun()

// handler is one use of the plugin.
type handler struct {
	name           string
	parts          ranges.Parts
	known, unknown bool // which machines are served
	lifetime, rest time.Duration
	perHost        int
	hosts          *host.Registry
}

func newHandler(c config, env pipeline.Env) (pipeline.Handler, error) {
	parts, err := c.Make(env.Name, env.Pools)
	return &handler{
		name: env.Name, parts: parts, known: c.known, unknown: c.unknown,
		lifetime: c.Lifetime, rest: c.Quarantine, perHost: c.PerHost, hosts: env.Hosts,
	}, err
}

// Handle proposes an address for each IA_NA that is not decided.
func (h *handler) Handle(_ context.Context, x *pipeline.Exchange) (pipeline.Action, error) {
	if x.Link() == nil || !h.serves(x) {
		x.Note(h.unserved())
		return pipeline.Continue, nil
	}
	m := h.machineOf(x)
	for _, ia := range x.IAs() {
		if ia.IA().Type == ident.NA && !ia.Decided() {
			h.lend(x, ia, m)
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

// unserved says, for who asks, whom it does not serve.
func (h *handler) unserved() string {
	switch {
	case h.known && h.unknown:
		return "it serves nobody where no link matches"
	case h.known:
		return "it is for known machines only"
	}
	return "it is for unknown machines only"
}

// lend proposes an address. When the machine, which is nil where it is not known,
// has as many as it may have, that of its binding which was silent for longest
// ends.
func (h *handler) lend(x *pipeline.Exchange, ia pipeline.IA, m *machine) {
	more := m != nil && !h.has(x, ia.Binding())
	if more && m.served >= h.perHost {
		ia.Note("the machine has as many addresses as per_host allows")
		return
	}
	if m == nil && h.keeps(x, ia) {
		ia.Withhold(event.Withheld)
		ia.Note("what is left is kept for known machines")
		return
	}
	a, from, ok := h.choose(x, ia, m)
	if !ok {
		return
	}
	if more {
		m.makeRoom(ia, h.perHost)
	}
	ia.Propose(pipeline.Grant{Prefix: a, Preferred: h.lifetime, Valid: h.lifetime, Pool: h.name, Rest: h.rest, From: from})
}

// forAll is the part of a range that unknown machines, who can be made up without
// end, may have where it serves known ones, too.
const forAll = 0.75

// keeps says whether what is left is kept from an unknown machine.
func (h *handler) keeps(x *pipeline.Exchange, ia pipeline.IA) bool {
	return h.known && h.hosts.Len() > 0 && !h.had(x, ia.Binding()) && h.parts.Filled(x, forAll)
}

// choose gives an address, and who had it where it is one that the machine had:
// when as many rest as it may have, or nothing else is left. Else a machine that
// boots again and again, each time as another client, would have them all.
func (h *handler) choose(x *pipeline.Exchange, ia pipeline.IA, m *machine) (a netip.Prefix, from *lease.Binding, ok bool) {
	if m != nil && m.restless(h.perHost) && !h.had(x, ia.Binding()) {
		return m.again()
	}
	if a, ok = h.parts.Pick(x, ia); ok || m == nil {
		return a, nil, ok
	}
	return m.again()
}

// had says whether the binding has an address of ours, live or given back, that
// it may have again.
func (h *handler) had(x *pipeline.Exchange, b *lease.Binding) bool {
	return b != nil && slices.ContainsFunc(b.Leases, func(l lease.Lease) bool {
		return l.State != lease.Declined && l.Held(x.Now()) && h.parts.Has(x.Link(), l.Prefix)
	})
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

// Check names the ranges that serve nobody since they are on no link.
func (h *handler) Check(links pipeline.Links) []string { return h.parts.Check(links) }
