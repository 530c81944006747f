package validate

import (
	"fmt"
	"slices"
)

// Promise is an offer that a client took: a Solicit and the Advertise to it, and the
// Request and the Reply to that.
type Promise struct{ Solicit, Advertise, Request, Reply []byte }

// Kept checks whether a Reply has what the Advertise before it said: the options that
// the client asked for both times, and leases for the same IAs. The addresses may be
// others.
func (c Checker) Kept(p Promise) []Violation {
	var all [4]message
	for i, raw := range [][]byte{p.Solicit, p.Advertise, p.Request, p.Reply} {
		var err error
		if all[i], err = parse(raw); err != nil {
			return []Violation{unreadable("a message", err)}
		}
	}
	var found []Violation
	for _, what := range slices.Concat(brokenOptions(all), brokenLeases(all)) {
		found = append(found, Violation{"RFC 9915, 18.3.9", "an Advertise has what the Reply to the Request has", what})
	}
	return found
}

// brokenOptions looks at what a client asked for in both of its messages.
func brokenOptions(all [4]message) (out []string) {
	asked, offer, again, given := &all[0], &all[1], &all[2], &all[3]
	seen := map[uint16]bool{}
	for _, o := range slices.Concat(offer.options, given.options) {
		if seen[o.code] || !asked.asks(o.code) || !again.asks(o.code) {
			continue
		}
		seen[o.code] = true
		switch {
		case !offer.options.has(o.code):
			out = append(out, fmt.Sprintf("option %d is in the Reply only", o.code))
		case !given.options.has(o.code):
			out = append(out, fmt.Sprintf("option %d is in the Advertise only", o.code))
		}
	}
	return out
}

// brokenLeases looks at IAs in which something was offered.
func brokenLeases(all [4]message) (out []string) {
	given := all[3].ias
	for _, a := range all[1].ias {
		i := slices.IndexFunc(given, a.same)
		if len(a.leases) > 0 && i >= 0 && len(given[i].leases) == 0 {
			out = append(out, fmt.Sprintf("something was offered for %v, and nothing given", a))
		}
	}
	return out
}
