package pool

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/link"
	"github.com/stage6/stage6/pipeline"
)

// handler is one use of the plugin.
type handler struct {
	name             string
	preferred, valid time.Duration
	options          []*pipeline.Option
	parts            []part
}

// part is one range.
type part struct {
	text  string       // as it is written
	cover netip.Prefix // contains all of it
	pool  *pipeline.Pool
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

// pick holds an address of a part on the client's link, if one is free.
func (h *handler) pick(x *pipeline.Exchange, ia pipeline.IA) (g pipeline.Grant, ok bool) {
	first := h.start(x, ia)
	for i := range h.parts {
		p := &h.parts[(first+i)%len(h.parts)]
		if !x.Link().Contains(p.cover) {
			continue
		}
		if a, ok := ia.Pick(p.pool, 0); ok {
			return pipeline.Grant{Prefix: a, Preferred: h.preferred, Valid: h.valid, Pool: h.name}, true
		}
	}
	return g, false
}

// elsewhere says whether the client has an address on its link that is not
// ours, or else names one, and whether it has any that it was leased here.
func (h *handler) elsewhere(x *pipeline.Exchange, ia pipeline.IA) (elsewhere, known bool) {
	if b := ia.Binding(); b != nil && b.Live(x.Now()) {
		for i := range b.Leases {
			if l := &b.Leases[i]; l.Live(x.Now()) {
				if h.find(x.Link(), l.Prefix) >= 0 {
					return false, true
				}
				elsewhere = elsewhere || x.Link().Contains(l.Prefix)
			}
		}
		return elsewhere, true
	}
	for i := range ia.NumHints() {
		hint := ia.Hint(i).Prefix
		if h.find(x.Link(), hint) >= 0 {
			return false, false
		}
		elsewhere = elsewhere || x.Link().Contains(hint)
	}
	return elsewhere, false
}

// start gives the part to begin with: where the client had an address or names
// one, else the first.
func (h *handler) start(x *pipeline.Exchange, ia pipeline.IA) int {
	if len(h.parts) == 1 {
		return 0
	}
	if b := ia.Binding(); b != nil {
		for i := range b.Leases {
			if at := h.find(x.Link(), b.Leases[i].Prefix); at >= 0 {
				return at
			}
		}
	}
	for i := range ia.NumHints() {
		if at := h.find(x.Link(), ia.Hint(i).Prefix); at >= 0 {
			return at
		}
	}
	return 0
}

// find gives the part of the link l that an address, as a /128, is in, or -1.
func (h *handler) find(l *link.Link, a netip.Prefix) int {
	for i := range h.parts {
		if p := &h.parts[i]; p.pool.Contains(a) && l.Contains(p.cover) {
			return i
		}
	}
	return -1
}

// Check names the ranges that serve nobody since they are on no link.
func (h *handler) Check(links pipeline.Links) (warnings []string) {
	for _, p := range h.parts {
		if !slices.ContainsFunc(links.Links(), func(l *link.Link) bool { return l.Contains(p.cover) }) {
			warnings = append(warnings, fmt.Sprintf("range %q is on no link and serves nobody%s", p.text, p.hint(links)))
		}
	}
	return warnings
}

// hint tells what would make a range serve somebody.
func (p *part) hint(links pipeline.Links) string {
	if l := links.ByAddress(p.cover.Addr()); l != nil {
		return fmt.Sprintf(": it reaches beyond the prefixes of link %s", l.Name)
	}
	return ": give its link the prefix under server6.links, or this machine an address of it"
}
