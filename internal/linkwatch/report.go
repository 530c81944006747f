package linkwatch

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/mdlayher/ndp"

	"github.com/stage6/stage6/api"
)

// Report is what is known.
type Report struct {
	Links   []LinkReport      // by name
	Servers []api.OtherServer // by when they were noticed
}

// LinkReport is what is known of a link.
type LinkReport struct {
	Interface string
	Name      string
	Up        bool
	Watched   bool // and advertisements are listened to
	Served    []netip.Prefix
	Routers   []api.Router
	Problems  []api.LinkProblem
	live      int // routers that are not silent
}

// Report gives what is known.
func (w *Watch) Report() (r Report) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	for _, s := range w.links {
		r.Links = append(r.Links, w.reportLink(s, now))
	}
	slices.SortFunc(r.Links, func(a, b LinkReport) int { return strings.Compare(a.Name, b.Name) })
	for _, s := range w.servers {
		r.Servers = append(r.Servers, api.OtherServer{DUID: s.duid, Link: s.link, Address: s.address, Known: s.known, First: s.first, Last: s.last, Count: s.count})
	}
	slices.SortFunc(r.Servers, func(a, b api.OtherServer) int { return a.First.Compare(b.First) })
	return r
}

func (w *Watch) reportLink(s *linkState, now time.Time) LinkReport {
	l := LinkReport{
		Interface: s.Interface, Name: s.Name, Up: s.Up, Watched: s.Watched && w.Socket != nil,
		Served: slices.Clone(s.Served), live: len(s.live(now)),
	}
	for _, router := range s.routers {
		l.Routers = append(l.Routers, router.report(now))
	}
	slices.SortFunc(l.Routers, func(a, b api.Router) int { return a.Address.Compare(b.Address) })
	for _, name := range slices.Sorted(maps.Keys(s.told)) {
		t := s.told[name]
		l.Problems = append(l.Problems, api.LinkProblem{Name: name, Text: t.text, Since: t.since})
	}
	return l
}

func (r *router) report(now time.Time) api.Router {
	out := api.Router{
		Address: r.address, Own: r.own, Silent: r.silent(now),
		Managed: r.ra.ManagedConfiguration, Other: r.ra.OtherConfiguration,
		Lifetime: seconds(r.ra.RouterLifetime), Preference: strings.ToLower(r.ra.RouterSelectionPreference.String()),
		MTU: r.mtu, DNS: slices.Clone(r.dns), Prefixes: []api.AdvertisedPrefix{}, Seen: r.seen, Advertisements: r.count,
	}
	for _, p := range r.prefixes {
		out.Prefixes = append(out.Prefixes, reportPrefix(p))
	}
	slices.SortFunc(out.Prefixes, func(a, b api.AdvertisedPrefix) int {
		return cmp.Or(a.Prefix.Addr().Compare(b.Prefix.Addr()), cmp.Compare(a.Prefix.Bits(), b.Prefix.Bits()))
	})
	return out
}

func reportPrefix(p *ndp.PrefixInformation) api.AdvertisedPrefix {
	return api.AdvertisedPrefix{
		Prefix: announced(p), OnLink: p.OnLink, Autonomous: p.AutonomousAddressConfiguration,
		Preferred: seconds(p.PreferredLifetime), Valid: seconds(p.ValidLifetime),
	}
}

func seconds(d time.Duration) uint32 { return uint32(d / time.Second) }

// Health gives what is wrong now, a line each.
func (w *Watch) Health() (lines []string) {
	for _, l := range w.Report().Links {
		for _, p := range l.Problems {
			lines = append(lines, l.Name+": "+p.Text)
		}
	}
	return lines
}

// Advice says in a few words what the router advertisements of a link lack for its
// clients to be served, or nothing where they lack nothing or are not judged.
func (w *Watch) Advice(link string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.Socket == nil {
		return ""
	}
	now := time.Now()
	for _, s := range w.links {
		if s.Name == link && s.judged(w.want) {
			return s.advice(w.want.Managed, now)
		}
	}
	return ""
}

func (s *linkState) advice(leased bool, now time.Time) string {
	live := s.live(now)
	has := func(f func(*router) bool) bool { return slices.ContainsFunc(live, f) }
	switch {
	case len(live) == 0:
		return "no RA seen on " + s.Name
	case leased && !has(func(r *router) bool { return r.ra.ManagedConfiguration }):
		return "no RA with M seen on " + s.Name
	case !leased && !has(func(r *router) bool { return r.ra.ManagedConfiguration || r.ra.OtherConfiguration }):
		return "no RA with O seen on " + s.Name
	}
	return ""
}
