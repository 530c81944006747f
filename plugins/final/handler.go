package final

import (
	"context"
	"fmt"
	"net/netip"

	"github.com/insomniacslk/dhcp/dhcpv6"
	"github.com/insomniacslk/dhcp/iana"
	"github.com/sirupsen/logrus"

	"github.com/stage6/stage6/event"
	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/reserve"
	"github.com/stage6/stage6/lease"
	"github.com/stage6/stage6/pipeline"
	"github.com/stage6/stage6/stage"
)

// Handle proposes what is reserved for a known machine when its installed
// system asks, and what else is in its blocks when its early stages do. From all
// others it is kept.
func (h *handler) Handle(_ context.Context, x *pipeline.Exchange) (pipeline.Action, error) {
	if x.Link() == nil {
		return pipeline.Continue, nil
	}
	h.protect(x)
	if x.Host() == nil {
		if h.refuses {
			h.refuseUnknown(x)
		}
		return pipeline.Continue, nil
	}
	f := reserve.OnLink(x)
	if x.Stage() != stage.Final {
		x.Note("what is reserved is for stage final")
		h.lend(x, f)
		return pipeline.Continue, nil
	}
	var space [reserve.Max]netip.Prefix
	for _, t := range [...]ident.IAType{ident.NA, ident.PD} {
		h.propose(x, f, t, reserve.Append(space[:0], f, x.Link(), t))
	}
	return pipeline.Continue, nil
}

// propose proposes what is reserved for the identity association that it is
// for, or refuses it with the reason.
func (h *handler) propose(x *pipeline.Exchange, f *host.Interface, t ident.IAType, reserved []netip.Prefix) {
	if len(reserved) == 0 {
		if t == ident.NA {
			x.Note("no address is reserved for the machine on this link")
		}
		return
	}
	ia, ok := reserve.Choose(x, f, t, reserved)
	if !ok {
		return
	}
	var space [2]pipeline.Grant // few hosts have more
	grants := space[:0]
	worst, of := free, netip.Prefix{}
	for _, p := range reserved {
		if reserve.IsBlock(p, t) {
			p = netip.PrefixFrom(p.Addr().Next(), p.Addr().BitLen())
		}
		g, v := h.claim(x, ia, p)
		if v >= superseded {
			worst, of = v, p
			continue
		}
		grants = append(grants, g)
	}
	if !ia.Propose(grants...) && worst > superseded {
		h.refuse(x, ia, of, worst)
	}
}

// claim holds a reservation for the identity association, or takes it from who
// has it.
func (h *handler) claim(x *pipeline.Exchange, ia pipeline.IA, p netip.Prefix) (pipeline.Grant, verdict) {
	g := pipeline.Grant{Prefix: p, Preferred: h.preferred, Valid: h.valid, Pool: h.name}
	holder := ia.Holder(p)
	v := h.judge(x, ia, p, holder)
	switch v {
	case free:
		if !ia.Hold(p) {
			return g, inUse
		}
	case contest:
		ia.Contest()
		g.From = holder
	case handover:
		g.From = holder
	}
	if g.From != nil && !x.IsDryRun() && x.Type() != dhcpv6.MessageTypeSolicit {
		h.moved.Inc()
	}
	return g, v
}

// reasons are the names of the verdicts in counters, and what clients and the
// log are told.
var reasons = map[verdict]struct{ name, text string }{
	conflict: {"conflict", "another installed system of the same machine goes on using it"},
	locked:   {"locked", "the machine is locked, and another client of it has it"},
	foreign:  {"foreign", "another machine has it"},
	doubtful: {"doubtful", "nothing that can be trusted says that the client is this machine"},
	inUse:    {"in-use", "it was found in use on the link"},
}

// textOf gives the text of a verdict, for a doubtful client with what would have
// told who it is.
func textOf(x *pipeline.Exchange, v verdict) string {
	if v == doubtful {
		return reasons[v].text + ": " + x.WhyUnknown()
	}
	return reasons[v].text
}

// refuse refuses what is reserved, which goes into the log.
func (h *handler) refuse(x *pipeline.Exchange, ia pipeline.IA, p netip.Prefix, v verdict) {
	if !x.IsDryRun() {
		h.refused.WithLabelValues(reasons[v].name).Inc()
		h.publish(x, ia, p, v)
		h.tell(x, ia, p, v)
	}
	ia.Refuse(unavailable(ia.IA().Type), fmt.Sprintf("%s: %s", shown(p), textOf(x, v)))
}

// unavailable is the status of an identity association that gets nothing.
func unavailable(t ident.IAType) iana.StatusCode {
	if t == ident.PD {
		return iana.StatusNoPrefixAvail
	}
	return iana.StatusNoAddrsAvail
}

// publish tells of a refusal, with who has what was asked for.
func (h *handler) publish(x *pipeline.Exchange, ia pipeline.IA, p netip.Prefix, v verdict) {
	e := event.Event{Kind: event.Denied, IA: ia.IA(), Prefix: p, Source: h.name, Reason: reasons[v].name, Text: reasons[v].text}
	if v == conflict {
		e.Kind = event.Conflict
	}
	if b := ia.Holder(p); b != nil {
		e.Other, e.OtherDUID = b.Host, b.DUID
	}
	h.events.PublishFor(x, e)
}

// tell logs a refusal, and names who has what was asked for.
func (h *handler) tell(x *pipeline.Exchange, ia pipeline.IA, p netip.Prefix, v verdict) {
	suppressed, ok := h.limit.Allow(x.Now())
	if !ok {
		return
	}
	fields := logrus.Fields{
		"host": x.Host().Name, "duid": x.DUID(), "link": x.Link().Name, "address": shown(p),
		"reason": reasons[v].name, "suppressed": suppressed,
	}
	if b := ia.Holder(p); b != nil {
		fields["holder"] = ownerOf(b)
	}
	h.log.WithFields(fields).Warn("not given what is reserved for the machine: " + textOf(x, v))
}

// ownerOf names who has a lease.
func ownerOf(b *lease.Binding) string {
	if b.Host != "" {
		return b.Host + " (" + b.DUID.String() + ")"
	}
	return b.DUID.String()
}

// shown leaves the length of an address out.
func shown(p netip.Prefix) string {
	if p.IsSingleIP() {
		return p.Addr().String()
	}
	return p.String()
}
