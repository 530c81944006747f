package server

import (
	"slices"

	"github.com/stage6/stage6/internal/bindings"
	"github.com/stage6/stage6/internal/exchange"
	"github.com/stage6/stage6/lease"
)

// maxDeclined is how many addresses rest because one identity association
// declined them. A client that declines more is broken or hostile (RFC 9915
// section 23): without a bound it could take a whole pool out of service, and
// its record would grow with every message.
const maxDeclined = 16

// decline lets the addresses rest that the client found in use (RFC 9915
// section 18.3.7).
func (w *Worker) decline(g *Generation, s *exchange.State) bindings.Ticket {
	until := s.Time.Add(g.settings.DeclineQuarantine)
	t := w.giveUp(g, s, func(l *lease.Lease) { l.State, l.Until = lease.Declined, until }, lease.Declined)
	for _, b := range w.puts {
		b.Leases = lastDeclined(b.Leases)
	}
	return t
}

// lastDeclined takes out of a record what was declined first, when that is too
// much.
func lastDeclined(leases []lease.Lease) []lease.Lease {
	declined := 0
	for i := range leases {
		if leases[i].State == lease.Declined {
			declined++
		}
	}
	for ; declined > maxDeclined; declined-- {
		i := firstDeclined(leases)
		leases = slices.Delete(leases, i, i+1)
	}
	return leases
}

// firstDeclined gives the index of what was declined first, or -1. Of one
// moment the first is the last in the record, where what is granted comes first.
func firstDeclined(leases []lease.Lease) int {
	first := -1
	for i := range leases {
		if l := &leases[i]; l.State == lease.Declined && (first < 0 || !l.Until.After(leases[first].Until)) {
			first = i
		}
	}
	return first
}
