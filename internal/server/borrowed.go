package server

import (
	"slices"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv6"
	"github.com/insomniacslk/dhcp/iana"

	"github.com/stage6/stage6/event"
	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/exchange"
	"github.com/stage6/stage6/lease"
)

// byIdentity is who decided about a client that is not who it says.
const byIdentity = "identify"

// refuseBorrowed refuses the identity associations of another machine's. What
// was granted to them would end that machine's leases.
func (w *Worker) refuseBorrowed(g *Generation) {
	s := w.s
	for i := range s.IAs {
		if ia := &s.IAs[i]; g.isBorrowed(s, ia) {
			ia.Refuse(byIdentity, noneFor(s.Type(), ia.Type), "another machine has leases under this DUID and IAID")
			w.tellBorrowed(ia)
		}
	}
}

// noneFor gives the status of an identity association that gets nothing. A
// client that renews is sent back to asking (RFC 9915 section 18.3.4).
func noneFor(m dhcpv6.MessageType, t ident.IAType) iana.StatusCode {
	switch {
	case m == dhcpv6.MessageTypeRenew || m == dhcpv6.MessageTypeRebind:
		return iana.StatusNoBinding
	case t == ident.PD:
		return iana.StatusNoPrefixAvail
	}
	return iana.StatusNoAddrsAvail
}

// tellBorrowed tells who has the leases of an identity association.
func (w *Worker) tellBorrowed(ia *exchange.IA) {
	b := ia.Binding
	e := event.Event{
		Kind: event.Denied, IA: ia.IA, Source: byIdentity, Other: b.Host, OtherDUID: b.DUID,
		Reason: event.Borrowed, Text: "uses the DUID and IAID of another machine",
	}
	for i := range b.Leases {
		if b.Leases[i].Live(w.s.Time) {
			e.Prefix = b.Leases[i].Prefix
			break
		}
	}
	w.srv.events.PublishFor(&w.x, e)
}

// isBorrowed says whether the client uses the DUID and IAID of another machine,
// which anybody on the link can have read: a trusted source said which host the
// record is of, and a trusted source says now that the client is not that. What
// the record gave back may still be used by who had it, and so rests. A client
// with the MAC of the record is the machine of the record, which was given
// another name or the place of another host in the list.
func (g *Generation) isBorrowed(s *exchange.State, ia *exchange.IA) bool {
	b := ia.Binding
	if b == nil || !b.Vouched || !holds(b, s.Time) || hasTrustedMAC(s, b.MAC) {
		return false
	}
	owner, ok := g.hosts.Lookup(b.Host)
	return ok && g.isAnother(s, owner.Host)
}

// hasTrustedMAC says whether a trusted source gives the client that MAC.
func hasTrustedMAC(s *exchange.State, mac ident.MAC) bool {
	return slices.ContainsFunc(s.Evidence, func(e ident.Evidence) bool {
		return e.Trusted && e.Kind == ident.EvidenceMAC && e.MAC == mac
	})
}

// holds says whether the binding keeps anything from others.
func holds(b *lease.Binding, now time.Time) bool {
	return slices.ContainsFunc(b.Leases, func(l lease.Lease) bool { return l.Held(now) })
}

// isAnother says whether a trusted source says that the client is not the host:
// it is another one, or has none of its MACs.
func (g *Generation) isAnother(s *exchange.State, h *host.Host) bool {
	for i := range s.Evidence {
		e := &s.Evidence[i]
		if !e.Trusted {
			continue
		}
		m, known := g.hosts.ByEvidence(e)
		if known && m.Host.Name != h.Name || !known && e.Kind == ident.EvidenceMAC && listsMACs(h) {
			return true
		}
	}
	return false
}
