package final

import (
	"net/netip"

	"github.com/insomniacslk/dhcp/dhcpv6"
	"github.com/insomniacslk/dhcp/iana"
	"github.com/sirupsen/logrus"

	"github.com/stage6/stage6/event"
	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/lease"
	"github.com/stage6/stage6/pipeline"
)

// protect tells of clients that ask for what is reserved for other machines, and
// may get something else.
func (h *handler) protect(x *pipeline.Exchange) {
	for _, ia := range x.IAs() {
		if ia.Decided() {
			continue
		}
		for i := range ia.NumHints() {
			p := ia.Hint(i).Prefix
			if owner := h.other(x, p); owner != nil {
				h.tellOther(x, p, owner, ia.Holder(p))
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

// refusal gives the status for a client of another machine's. One that renews is
// sent back to asking (RFC 9915 section 18.3.4).
func refusal(m dhcpv6.MessageType, t ident.IAType) iana.StatusCode {
	if m == dhcpv6.MessageTypeRenew || m == dhcpv6.MessageTypeRebind {
		return iana.StatusNoBinding
	}
	return unavailable(t)
}

// wantsOthers is what a client does.
const wantsOthers = "asks for what is reserved for another machine"

// publishOther tells that a client wants what is another machine's.
func (h *handler) publishOther(x *pipeline.Exchange, p netip.Prefix, owner *host.Host, holder *lease.Binding) {
	e := event.Event{Kind: event.Denied, Prefix: p, Source: h.name, Other: owner.Name, Reason: reasons[foreign].name, Text: wantsOthers}
	if holder != nil {
		e.OtherDUID = holder.DUID
	}
	h.events.PublishFor(x, e)
}

// tellOther counts and logs that a client wants what is another machine's, and
// names that.
func (h *handler) tellOther(x *pipeline.Exchange, p netip.Prefix, owner *host.Host, holder *lease.Binding) {
	if x.IsDryRun() {
		return
	}
	h.refused.WithLabelValues(reasons[foreign].name).Inc()
	h.publishOther(x, p, owner, holder)
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
	h.log.WithFields(fields).Warn("a client " + wantsOthers)
}
