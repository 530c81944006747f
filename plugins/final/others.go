package final

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/insomniacslk/dhcp/dhcpv6"
	"github.com/insomniacslk/dhcp/iana"
	"github.com/sirupsen/logrus"

	"github.com/stage6/stage6/event"
	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/lease"
	"github.com/stage6/stage6/pipeline"
	"github.com/stage6/stage6/stage"
)

// protect keeps what is reserved for other machines from the client. An identity
// association under which another machine has it is refused as a whole, since
// what is granted to it would end that machine's lease. A client that only asks
// for it may get something else.
func (h *handler) protect(x *pipeline.Exchange) {
	for _, ia := range x.IAs() {
		if p, owner := h.borrowed(x, ia); owner != nil {
			h.refuseBorrowed(x, ia, p, owner)
			continue
		}
		for i := range ia.NumHints() {
			p := ia.Hint(i).Prefix
			if owner := h.other(x, p); owner != nil {
				h.tellOther(x, p, owner, "asks for what is reserved for another machine", ia.Holder(p))
			}
		}
	}
}

// other gives the host for which p is reserved, where the client is not that.
func (h *handler) other(x *pipeline.Exchange, p netip.Prefix) *host.Host {
	owner := h.hosts.Owner(p)
	if owner == nil || x.Host() != nil && x.Host().Name == owner.Name {
		return nil
	}
	return owner
}

// borrowed finds out whether the client uses the DUID and IAID under which the
// installed system of another machine has what is reserved for it. That it is
// not that machine has to be said by something that it cannot have made up.
func (h *handler) borrowed(x *pipeline.Exchange, ia pipeline.IA) (netip.Prefix, *host.Host) {
	b := ia.Binding()
	if b == nil || b.Stage != stage.Final || !isSeen(x) {
		return netip.Prefix{}, nil
	}
	for i := range b.Leases {
		if l := &b.Leases[i]; l.Live(x.Now()) {
			if owner := h.other(x, l.Prefix); owner != nil && owner.Name == b.Host {
				return l.Prefix, owner
			}
		}
	}
	return netip.Prefix{}, nil
}

// isSeen says whether a trusted source says anything of the client.
func isSeen(x *pipeline.Exchange) bool {
	return slices.ContainsFunc(x.Evidence(), func(e ident.Evidence) bool { return e.Trusted })
}

// refuseBorrowed refuses an identity association of another machine's.
func (h *handler) refuseBorrowed(x *pipeline.Exchange, ia pipeline.IA, p netip.Prefix, owner *host.Host) {
	h.tellOther(x, p, owner, "asks with the DUID and IAID of another machine", ia.Binding())
	ia.Refuse(refusal(x.Type(), ia.IA().Type), fmt.Sprintf("%s: %s", shown(p), reasons[foreign].text))
}

// refusal gives the status for a client of another machine's. One that renews is
// sent back to asking (RFC 9915 section 18.3.4).
func refusal(m dhcpv6.MessageType, t ident.IAType) iana.StatusCode {
	if m == dhcpv6.MessageTypeRenew || m == dhcpv6.MessageTypeRebind {
		return iana.StatusNoBinding
	}
	return unavailable(t)
}

// publishOther tells that a client wants what is another machine's.
func (h *handler) publishOther(x *pipeline.Exchange, p netip.Prefix, owner *host.Host, what string, holder *lease.Binding) {
	e := event.Event{Kind: event.Denied, Prefix: p, Source: h.name, Other: owner.Name, Reason: reasons[foreign].name, Text: what}
	if holder != nil {
		e.OtherDUID = holder.DUID
	}
	h.events.PublishFor(x, e)
}

// tellOther counts and logs that a client wants what is another machine's, and
// names that.
func (h *handler) tellOther(x *pipeline.Exchange, p netip.Prefix, owner *host.Host, what string, holder *lease.Binding) {
	h.refused.WithLabelValues(reasons[foreign].name).Inc()
	h.publishOther(x, p, owner, what, holder)
	suppressed, ok := h.strangers.Allow(x.Now())
	if !ok {
		return
	}
	fields := logrus.Fields{
		"duid": x.DUID(), "link": x.Link().Name, "address": shown(p),
		"owner": owner.Name, "suppressed": suppressed,
	}
	if mac := x.MAC(); !mac.IsZero() {
		fields["mac"] = mac
	}
	if x.Host() != nil {
		fields["host"] = x.Host().Name
	}
	if holder != nil {
		fields["holder"] = ownerOf(holder)
	}
	h.log.WithFields(fields).Warn("a client " + what)
}
