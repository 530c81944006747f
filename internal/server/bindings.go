package server

import (
	"net/netip"
	"slices"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv6"
	"github.com/insomniacslk/dhcp/iana"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/bindings"
	"github.com/stage6/stage6/internal/exchange"
	"github.com/stage6/stage6/internal/wire"
	"github.com/stage6/stage6/lease"
)

// retransmission is how long after a Release or Decline the same message is
// taken for a repetition and answered alike (RFC 9915 section 7.6: the client
// gives up after five tries, about half a minute).
const retransmission = time.Minute

// grant lists the bindings that the proposals make.
func (w *Worker) grant(s *exchange.State) {
	for i := range s.IAs {
		ia := &s.IAs[i]
		if ia.Silent || ia.Status != iana.StatusSuccess {
			continue
		}
		if len(ia.Grants) > 0 || ia.Binding != nil {
			w.puts = append(w.puts, newBinding(s, ia))
		}
	}
	for i := range s.IAs {
		w.takeFromOthers(s, &s.IAs[i])
	}
}

// takeFromOthers changes the records that give way to what is granted.
func (w *Worker) takeFromOthers(s *exchange.State, ia *exchange.IA) {
	if len(ia.Grants) == 0 || ia.Silent {
		return
	}
	for i := range ia.Grants {
		g := &ia.Grants[i]
		if g.From == nil {
			continue
		}
		giveWay(w.changed(g.From), g.Prefix, s.Time)
	}
	for _, r := range ia.Retired {
		b := w.changed(r)
		for i := range b.Leases {
			if l := &b.Leases[i]; l.Live(s.Time) {
				l.State, l.Until = lease.Released, restingUntil(l, s.Time)
			}
		}
	}
}

// giveWay takes a lease out of a record, which stays, so that what it says of its
// client is known yet. One that only rests ends, and the record with it if there is
// no other.
func giveWay(b *lease.Binding, p netip.Prefix, now time.Time) {
	if l := b.Lease(p); l != nil && !l.Live(now) {
		l.Until = now
		return
	}
	b.Leases = slices.DeleteFunc(b.Leases, func(l lease.Lease) bool { return l.Prefix == p })
}

// restingUntil is when a lease that is taken away would have ended; one
// without end is looked at as if it had just been granted for a day.
func restingUntil(l *lease.Lease, now time.Time) time.Time {
	if l.Until.IsZero() {
		return now.Add(24 * time.Hour)
	}
	return l.Until
}

// changed gives the record among those to be put that takes the place of b.
func (w *Worker) changed(b *lease.Binding) *lease.Binding {
	for _, p := range w.puts {
		if p.Key == b.Key {
			return p
		}
	}
	c := w.s.Room.Copy(b)
	w.puts = append(w.puts, c)
	return c
}

// newBinding makes the record that follows from an identity association: what
// is granted now, and what of the old record still rests.
func newBinding(s *exchange.State, ia *exchange.IA) *lease.Binding {
	b := s.Room.Binding()
	*b = lease.Binding{Leases: b.Leases, Key: lease.Key{IA: ia.IA}, Created: s.Time, Updated: s.Time, MAC: s.MAC, Stage: s.Stage, Hostname: s.Hostname, Contested: ia.Contested || ia.Binding != nil && ia.Binding.Contested}
	if ia.Type == ident.PD {
		b.Via = s.Via
	}
	if s.Link != nil {
		b.Link = s.Link.Name
	}
	if s.Host.Host != nil {
		b.Host, b.Interface = s.Host.Host.Name, s.Host.Interface.Name
		b.Vouched = s.HostTrusted() || wasVouched(ia.Binding, b.Host)
	}
	for i := range ia.Grants {
		b.Leases = append(b.Leases, newLease(&ia.Grants[i], s.Time))
	}
	if old := ia.Binding; old != nil {
		b.DUID, b.Created = old.DUID, old.Created
		b.Leases = append(b.Leases, resting(old, s.Time)...)
		b.Leases = append(b.Leases, leftBehind(old, ia, s)...)
	} else {
		b.DUID = ident.DUID(s.Table.Text(s.Msg.ClientID))
	}
	return b
}

// wasVouched says whether the record that is replaced is that of a host for a
// good reason, which an answer without one does not take away.
func wasVouched(old *lease.Binding, host string) bool {
	return old != nil && old.Vouched && old.Host == host
}

func newLease(g *exchange.Grant, now time.Time) lease.Lease {
	l := lease.Lease{Prefix: g.Prefix, State: lease.Active, Preferred: g.Preferred, Valid: g.Valid, Pool: g.Pool, Rest: g.Rest}
	if g.Valid < lease.Infinity {
		l.Until = now.Add(g.Valid)
	}
	return l
}

// resting gives the leases of b that nobody may have yet.
func resting(b *lease.Binding, now time.Time) (out []lease.Lease) {
	for _, l := range b.Leases {
		if l.State != lease.Active && l.Held(now) {
			out = append(out, l)
		}
	}
	return out
}

// leftBehind gives the leases of b that live and are not granted again, which nobody
// may have yet: the client has them until it hears the Reply, which may be lost.
//
// A Renew or Rebind is sent again then, twice within a minute (RFC 9915 section 7.6),
// and the lease rests for as long. A Solicit with Rapid Commit may come twice or late, and
// find that the client is at another stage by now: the Reply to the first one is what
// the client goes by, the second one takes nothing from it, and the lease rests until it
// would have ended. So may a Request that names the lease. Who sends one that does not has
// let go of what it had, and what is reserved goes to its host, which an operator named,
// without a rest after a Renew.
func leftBehind(b *lease.Binding, ia *exchange.IA, s *exchange.State) (out []lease.Lease) {
	isRequest := s.Type() == dhcpv6.MessageTypeRequest
	isAnew := isRequest || s.Type() == dhcpv6.MessageTypeSolicit
	for _, l := range b.Leases {
		granted := slices.ContainsFunc(ia.Grants, func(g exchange.Grant) bool { return g.Prefix == l.Prefix })
		if !l.Live(s.Time) || granted || !isAnew && s.Table.IsReserved(l.Prefix) {
			continue
		}
		if isRequest && !slices.ContainsFunc(ia.Hints, func(h wire.Hint) bool { return h.Prefix == l.Prefix }) {
			continue
		}
		end := restingUntil(&l, s.Time)
		if again := s.Time.Add(retransmission); !isAnew && again.Before(end) {
			end = again
		}
		l.State, l.Until = lease.Released, end
		out = append(out, l)
	}
	return out
}

// release ends the leases that the client gives back (RFC 9915 section
// 18.3.6).
func (w *Worker) release(g *Generation, s *exchange.State) bindings.Ticket {
	return w.giveUp(g, s, func(l *lease.Lease) { l.State, l.Until = lease.Released, restUntil(l, s.Time) }, lease.Released)
}

// restUntil is until when nobody gets what is given back now.
func restUntil(l *lease.Lease, now time.Time) time.Time {
	if l.Rest == 0 {
		return time.Time{}
	}
	return now.Add(l.Rest)
}

// giveUp changes the leases that the client names with end. For identity
// associations without a binding the reply will say NoBinding, the others it
// does not name.
func (w *Worker) giveUp(g *Generation, s *exchange.State, end func(*lease.Lease), state lease.State) (t bindings.Ticket) {
	s.LoadIAs()
	message := w.srv.farewells.note(s)
	for i := range s.IAs {
		ia := &s.IAs[i]
		ia.Decided, ia.By = true, byServer
		if g.isBorrowed(s, ia) {
			w.tellBorrowed(ia)
			ia.Binding = nil // it is not the client's
		}
		if ia.Binding != nil && ia.Binding.Live(s.Time) && w.srv.farewells.precedes(message, ia.Binding, s.Time) {
			ia.Silent = true // a late copy: what lives was given since
			continue
		}
		if p := w.giveUpIA(s, ia, end, state); p.Seq > t.Seq {
			t = p
		}
	}
	return t
}

// giveUpIA is giveUp for one identity association. What the reply says of a
// record that is not yet durable waits for that: the ticket is the record's.
func (w *Worker) giveUpIA(s *exchange.State, ia *exchange.IA, end func(*lease.Lease), state lease.State) (t bindings.Ticket) {
	if state == lease.Declined && ia.Type == ident.PD {
		ia.Silent = true // only addresses can be in use by somebody else
		return t
	}
	known, next := ended(s, ia, end, state)
	if !known {
		ia.Status, ia.Reason = iana.StatusNoBinding, "no binding"
		return t
	}
	ia.Silent = true
	if next == nil {
		return s.Table.Pending(w.epoch, s.Msg.ClientID, ia.IA)
	}
	w.puts = append(w.puts, next)
	return t
}

// ended gives the record of ia after the leases that the client names are
// ended, or nil when nothing changes, and whether ia is known at all. A
// message that comes again shortly after is of a known one.
func ended(s *exchange.State, ia *exchange.IA, end func(*lease.Lease), state lease.State) (known bool, next *lease.Binding) {
	old, now := ia.Binding, s.Time
	if old == nil {
		return false, nil
	}
	known = old.Live(now)
	for i := range ia.Hints {
		l := old.Lease(ia.Hints[i].Prefix)
		switch {
		case l == nil:
		case l.Live(now):
			if next == nil {
				next = s.Room.Copy(old)
				next.Updated = now
			}
			end(next.Lease(l.Prefix))
		case l.State == state && now.Sub(old.Updated) < retransmission:
			known = true
		}
	}
	return known, next
}

// confirm judges whether the client's addresses are on its link, and gives the
// reason to stay silent when it cannot (RFC 9915 section 18.3.3).
func confirm(s *exchange.State) string {
	s.LoadIAs()
	named := false
	s.Confirmed = iana.StatusSuccess
	for i := range s.IAs {
		for _, h := range s.IAs[i].Hints {
			named = named || isAddress(&s.IAs[i], h.Prefix)
			if isOffLink(s.Link, s.IAs[i].Type, h.Prefix) {
				s.Confirmed = iana.StatusNotOnLink
			}
		}
	}
	if !named || !judges(s.Link) {
		return dropConfirmUnjudged
	}
	return ""
}

func isAddress(ia *exchange.IA, p netip.Prefix) bool {
	return ia.Type == ident.NA && !p.Addr().IsUnspecified()
}
