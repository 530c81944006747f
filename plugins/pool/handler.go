package pool

import (
	"context"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/quota"
	"github.com/stage6/stage6/internal/ranges"
	"github.com/stage6/stage6/pipeline"
)

// handler is one use of the plugin.
type handler struct {
	name             string
	preferred, valid time.Duration
	options          []*pipeline.Option
	parts            ranges.Parts
	quota            *quota.Quota
}

// Handle proposes an address for each IA_NA that is not decided.
func (h *handler) Handle(_ context.Context, x *pipeline.Exchange) (pipeline.Action, error) {
	if x.Link() == nil {
		return pipeline.Continue, nil
	}
	for _, ia := range x.IAs() {
		if ia.IA().Type == ident.NA && !ia.Decided() {
			h.serve(x, ia)
		}
	}
	h.quota.Note(x)
	return pipeline.Continue, nil
}

// serve proposes an address. Where the client has or names one that a later
// pool may have, it only suggests its own, and on Rebind, which any server may
// get, not even that: the address may be of another server's pool.
func (h *handler) serve(x *pipeline.Exchange, ia pipeline.IA) {
	elsewhere, known := h.elsewhere(x, ia)
	if elsewhere && (ia.Suggested() || x.Type() == dhcpv6.MessageTypeRebind && !known) {
		return
	}
	grant, ok := h.pick(x, ia)
	switch {
	case !ok:
	case elsewhere:
		ia.Suggest(grant)
	case ia.Propose(grant):
		for _, o := range h.options {
			x.SetPoolOption(o)
		}
	}
}

// pick holds an address on the client's link, if one is free for such a client.
func (h *handler) pick(x *pipeline.Exchange, ia pipeline.IA) (g pipeline.Grant, ok bool) {
	if h.quota.Refuses(x, ia) {
		return g, false
	}
	a, ok := h.parts.Pick(x, ia)
	return pipeline.Grant{Prefix: a, Preferred: h.preferred, Valid: h.valid, Pool: h.name}, ok
}

// elsewhere says whether the client has an address on its link that is not
// ours, or else names one, and whether it has any that it was leased here.
func (h *handler) elsewhere(x *pipeline.Exchange, ia pipeline.IA) (elsewhere, known bool) {
	if b := ia.Binding(); b != nil && b.Live(x.Now()) {
		for i := range b.Leases {
			if l := &b.Leases[i]; l.Live(x.Now()) {
				if h.parts.Has(x.Link(), l.Prefix) {
					return false, true
				}
				elsewhere = elsewhere || x.Link().Contains(l.Prefix)
			}
		}
		return elsewhere, true
	}
	for i := range ia.NumHints() {
		hint := ia.Hint(i).Prefix
		if h.parts.Has(x.Link(), hint) {
			return false, false
		}
		elsewhere = elsewhere || x.Link().Contains(hint)
	}
	return elsewhere, false
}

// Check names the ranges that serve nobody since they are on no link.
func (h *handler) Check(links pipeline.Links) []string { return h.parts.Check(links) }

// Inherit goes on with what is known of senders.
func (h *handler) Inherit(from pipeline.Handler) {
	if was, ok := from.(*handler); ok {
		h.quota.Inherit(was.quota)
	}
}
