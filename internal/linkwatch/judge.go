package linkwatch

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/mdlayher/ndp"

	"github.com/stage6/stage6/event"
	"github.com/stage6/stage6/internal/managed"
)

// problem is what is wrong with the router advertisements of a link.
type problem struct{ name, text string }

// judged says whether it matters what routers say on a link: whether clients
// there are served.
func (s *linkState) judged(want managed.Flags) bool {
	return s.Watched && s.Up && (len(s.Served) > 0 || !want.Managed && want.Other)
}

// problems compares what routers say with what the configuration serves.
func (s *linkState) problems(want managed.Flags, wait time.Duration, now time.Time) (out []problem) {
	add := func(name, text string) {
		if text != "" {
			out = append(out, problem{name, text})
		}
	}
	if !s.judged(want) {
		return nil
	}
	add(event.RouterSilent, silentText(s.routers, now))
	live := s.live(now)
	if len(live) == 0 {
		add(event.NoRouter, s.noRouterText(wait, now))
		return out
	}
	add(event.NoDefaultRouter, noDefaultText(live))
	s.judgeFlags(add, want, live)
	if want.Managed {
		for _, p := range s.Served {
			judgePrefix(add, p, live)
		}
	}
	add(event.RoutersDisagree, contradictionText(live))
	return out
}

func (s *linkState) noRouterText(wait time.Duration, now time.Time) string {
	if len(s.routers) > 0 || now.Sub(s.since) < wait {
		return "" // those that went silent are told of
	}
	return "no router advertisement was seen: without one most clients neither ask for addresses nor know which addresses are on-link; have the router of the link send them, or add the plugin ra"
}

func silentText(routers []*router, now time.Time) string {
	var names []string
	for _, r := range routers {
		if r.silent(now) {
			names = append(names, fmt.Sprintf("%s (last heard %s)", r.name(), r.seen.Format(time.RFC3339)))
		}
	}
	if names == nil {
		return ""
	}
	return "a router has been silent for longer than its advertisements are valid: " + several(names)
}

// noDefaultText is about the routers of others: one of ours is as it was
// configured.
func noDefaultText(live []*router) string {
	var never, ceased []string
	for _, r := range live {
		switch {
		case r.ra.RouterLifetime > 0:
			return ""
		case r.wasDefault:
			ceased = append(ceased, r.name())
		case !r.own:
			never = append(never, r.name())
		}
	}
	switch {
	case ceased != nil:
		return several(ceased) + " is a default router no more (router lifetime 0): clients have no way off the link"
	case never != nil:
		return several(never) + " advertises itself with router lifetime 0: clients have no way off the link; where they need none, list no-default-router under linkwatch: ignore"
	}
	return ""
}

// judgeFlags looks at the M and O flags, of which one router that sets them is
// enough: a contradiction is another problem.
func (s *linkState) judgeFlags(add func(name, text string), want managed.Flags, live []*router) {
	m := slices.ContainsFunc(live, func(r *router) bool { return r.ra.ManagedConfiguration })
	o := slices.ContainsFunc(live, func(r *router) bool { return r.ra.OtherConfiguration })
	who := several(names(live))
	switch {
	case want.Managed && !m:
		add(event.ManagedMissing, "no router advertisement with the M flag was seen, though addresses are leased: most clients do not ask for them; set it at "+who+" (radvd: AdvManagedFlag on)")
	case !want.Managed && want.Other && !m && !o && !want.Unsure:
		add(event.OtherMissing, "no router advertisement with the O flag was seen, though options are served: clients do not ask for them; set it at "+who+" (radvd: AdvOtherConfigFlag on)")
	case m && !want.Managed && !want.Unsure:
		add(event.ManagedInVain, who+" sets the M flag, but no plugin of the configuration leases addresses: clients ask in vain and may wait; clear the flag, or add a pool or hosts")
	}
}

// judgePrefix looks at what is said of a prefix that addresses are leased of.
func judgePrefix(add func(name, text string), p netip.Prefix, live []*router) {
	var found, onLink, valid bool
	var slaac []string
	for _, r := range live {
		for _, o := range r.prefixes {
			if a := announced(o); !a.Overlaps(p) {
				continue
			} else if a.Bits() <= p.Bits() {
				found = true
				onLink = onLink || o.OnLink
				valid = valid || o.OnLink && o.ValidLifetime > 0
			}
			if o.AutonomousAddressConfiguration && o.ValidLifetime > 0 && o.PreferredLifetime > 0 {
				slaac = append(slaac, r.name())
			}
		}
	}
	switch who := several(names(live)); {
	case !found:
		add(event.PrefixNotOnLink, fmt.Sprintf("addresses of %s are leased, but no router advertises that prefix: clients do not know that it is on-link, and send what is for their neighbours to a router, if they have one; have %s advertise it with the L flag", p, who))
	case !onLink:
		add(event.PrefixNotOnLink, fmt.Sprintf("addresses of %s are leased, but it is advertised without the L flag: clients do not know that it is on-link; set it at %s (radvd: AdvOnLink on)", p, who))
	case !valid:
		add(event.PrefixEnded, fmt.Sprintf("the prefix %s is advertised with a valid lifetime of 0: clients take it for not on-link any more", p))
	}
	if slaac != nil {
		add(event.PrefixAutonomous, fmt.Sprintf("addresses of %s are leased, but %s sets the A flag, too: clients make addresses of their own beside, and may prefer them; clear the flag (radvd: AdvAutonomous off), or list prefix-autonomous under linkwatch: ignore if that is meant", p, several(slaac)))
	}
}

// contradictionText compares routers as RFC 4861 section 6.2.7 says.
func contradictionText(live []*router) string {
	first := live[0]
	for _, r := range live[1:] {
		if what := differ(first, r); what != "" {
			return fmt.Sprintf("%s and %s contradict each other about %s: what clients do depends on which they hear last", first.name(), r.name(), what)
		}
	}
	return ""
}

func differ(a, b *router) string {
	switch {
	case a.ra.ManagedConfiguration != b.ra.ManagedConfiguration:
		return "the M flag"
	case a.ra.OtherConfiguration != b.ra.OtherConfiguration && !a.ra.ManagedConfiguration:
		return "the O flag" // it says nothing beside M
	case a.mtu != 0 && b.mtu != 0 && a.mtu != b.mtu:
		return fmt.Sprintf("the MTU, %d or %d", a.mtu, b.mtu)
	}
	for _, p := range a.prefixes {
		for _, q := range b.prefixes {
			if what := differOf(p, q); what != "" {
				return fmt.Sprintf("the %s of %s", what, announced(p))
			}
		}
	}
	return ""
}

func differOf(p, q *ndp.PrefixInformation) string {
	switch {
	case announced(p) != announced(q):
		return ""
	case p.OnLink != q.OnLink:
		return "L flag"
	case p.AutonomousAddressConfiguration != q.AutonomousAddressConfiguration:
		return "A flag"
	case (p.ValidLifetime == 0) != (q.ValidLifetime == 0):
		return "valid lifetime"
	}
	return ""
}

func names(routers []*router) (out []string) {
	for _, r := range routers {
		out = append(out, r.name())
	}
	return out
}

// several joins names, of which the first ones are enough.
func several(names []string) string {
	const enough = 3
	if len(names) > enough {
		return fmt.Sprintf("%s and %d others", strings.Join(names[:enough], ", "), len(names)-enough)
	}
	return strings.Join(names, " and ")
}
