package server

import (
	"net/netip"

	"github.com/insomniacslk/dhcp/dhcpv6"
	"github.com/insomniacslk/dhcp/iana"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/exchange"
	"github.com/stage6/stage6/link"
)

// assigns says whether a message asks for leases that plugins may propose.
func assigns(t dhcpv6.MessageType) bool {
	switch t {
	case dhcpv6.MessageTypeSolicit, dhcpv6.MessageTypeRequest, dhcpv6.MessageTypeRenew, dhcpv6.MessageTypeRebind:
		return true
	}
	return false
}

// prepare decides what is not for plugins to decide, before they are asked.
func (w *Worker) prepare(g *Generation) {
	s := w.s
	if !assigns(s.Type()) {
		return
	}
	s.LoadIAs()
	for i := range s.IAs {
		if ia := &s.IAs[i]; s.Type() == dhcpv6.MessageTypeRequest && offLink(s.Link, ia) {
			// RFC 9915 section 18.3.2.
			ia.Refuse(byServer, iana.StatusNotOnLink, "an address is not on this link")
		}
	}
	w.refuseBorrowed(g)
}

// judges says whether it is known what is on the link: not where no link
// matches, and not on one without prefixes, as when an interface has just lost
// its addresses.
func judges(l *link.Link) bool { return l != nil && len(l.Prefixes) > 0 }

// offLink says whether the client names an address of an IA_NA that is not
// on-link.
func offLink(l *link.Link, ia *exchange.IA) bool {
	for i := range ia.Hints {
		if isOffLink(l, ia.Type, ia.Hints[i].Prefix) {
			return true
		}
	}
	return false
}

// isOffLink is offLink for one address. Delegated prefixes are never on-link,
// and :: is no address but the wish for any.
func isOffLink(l *link.Link, t ident.IAType, p netip.Prefix) bool {
	return judges(l) && t == ident.NA && !p.Addr().IsUnspecified() && !l.Contains(p)
}
