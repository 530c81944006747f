package server

import (
	"errors"
	"slices"

	"github.com/insomniacslk/dhcp/dhcpv6"
	"github.com/insomniacslk/dhcp/iana"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/bindings"
	"github.com/stage6/stage6/internal/exchange"
)

// byServer is who decided where no plugin did.
const byServer = "server"

// settle turns what was proposed into what is answered, and into changes of
// bindings where the message commits any. It gives the ticket of the changes,
// or the reason for no reply.
func (w *Worker) settle(g *Generation) (t bindings.Ticket, reason string) {
	w.puts = w.puts[:0]
	s := w.s
	switch s.Type() {
	case dhcpv6.MessageTypeConfirm:
		return t, confirm(s)
	case dhcpv6.MessageTypeRelease:
		t = w.release(g, s)
	case dhcpv6.MessageTypeDecline:
		t = w.decline(g, s)
	case dhcpv6.MessageTypeInformationRequest:
		return t, ""
	default:
		if reason := g.settleIAs(s); reason != "" {
			return t, reason
		}
		w.tellDenied()
		if !commits(s) {
			return t, ""
		}
		w.grant(s)
	}
	if len(w.puts) == 0 {
		return t, ""
	}
	if s.Dry != nil {
		s.Dry.Put(w.puts)
		return t, ""
	}
	t, err := w.srv.table.Apply(w.epoch, w.puts)
	switch {
	case errors.Is(err, bindings.ErrPending):
		return t, DropStoreQueueFull
	case err != nil:
		return t, dropClaimLost
	}
	return t, ""
}

// commits says whether the leases of the message are granted rather than
// offered: always but for a Solicit, and for that where client and link do
// Rapid Commit and something can be given (RFC 9915 section 18.3.1).
func commits(s *exchange.State) bool {
	return s.Type() != dhcpv6.MessageTypeSolicit || rapid(s)
}

// rapid says whether a Solicit is answered by a Reply with Rapid Commit.
func rapid(s *exchange.State) bool {
	if s.Type() != dhcpv6.MessageTypeSolicit || !s.Msg.RapidCommit || s.Link == nil || !s.Link.RapidCommit {
		return false
	}
	return slices.ContainsFunc(s.IAs, func(ia exchange.IA) bool { return len(ia.Grants) > 0 })
}

// settleIAs decides each identity association that no plugin has decided, and
// the lifetimes of what was proposed. It gives the reason for no reply.
func (g *Generation) settleIAs(s *exchange.State) string {
	silent := 0
	for i := range s.IAs {
		ia := &s.IAs[i]
		if len(ia.Grants) == 0 && !ia.Decided {
			settleUndecided(s, ia)
		}
		if ia.Silent {
			silent++
		}
		withdraw(s, ia)
		for j := range ia.Grants {
			g.resolveLifetimes(s, ia, &ia.Grants[j])
		}
	}
	if silent > 0 && silent == len(s.IAs) {
		return dropUnjudged(s.Type())
	}
	return ""
}

// settleUndecided decides an identity association for which nobody proposed
// anything.
func settleUndecided(s *exchange.State, ia *exchange.IA) {
	ia.Decided, ia.By = true, byServer
	switch s.Type() {
	case dhcpv6.MessageTypeRenew, dhcpv6.MessageTypeRebind:
		settleUnrenewed(s, ia)
	default:
		ia.Status, ia.Reason = iana.StatusNoAddrsAvail, "no address available"
		if ia.Type == ident.PD {
			ia.Status, ia.Reason = iana.StatusNoPrefixAvail, "no prefix available"
		}
		if s.Link == nil {
			ia.Reason = "no link matches"
		}
	}
}

// settleUnrenewed decides an identity association of a Renew or Rebind for
// which nobody proposed anything. What is ours, or is not on-link, is
// withdrawn; what is not known has no binding (RFC 9915 sections 18.3.4 and
// 18.3.5). While the link cannot be judged nothing is taken from a client, and a
// Rebind, which any server may get, is not answered.
func settleUnrenewed(s *exchange.State, ia *exchange.IA) {
	known := ia.Binding != nil && ia.Binding.Live(s.Time)
	switch {
	case !judges(s.Link) && (known || s.Type() == dhcpv6.MessageTypeRebind):
		ia.Silent = true
	case !known && !offLink(s.Link, ia):
		ia.Status, ia.Reason = iana.StatusNoBinding, "no binding"
	}
}

// withdraw lists what the client shall stop using: on Renew and Rebind, what
// it named or was leased and is not granted again.
func withdraw(s *exchange.State, ia *exchange.IA) {
	if t := s.Type(); t != dhcpv6.MessageTypeRenew && t != dhcpv6.MessageTypeRebind {
		return
	}
	if ia.Status != iana.StatusSuccess || ia.Silent {
		return
	}
	for i := range ia.Hints {
		ia.Withdraw(ia.Hints[i].Prefix)
	}
	if ia.Binding == nil {
		return
	}
	for i := range ia.Binding.Leases {
		if l := &ia.Binding.Leases[i]; l.Live(s.Time) {
			ia.Withdraw(l.Prefix)
		}
	}
}
