package daemon

import (
	"errors"
	"net/netip"
	"slices"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/internal/assembly"
	"github.com/stage6/stage6/internal/config"
	"github.com/stage6/stage6/internal/icmp6"
	"github.com/stage6/stage6/internal/linkwatch"
	"github.com/stage6/stage6/internal/managed"
	"github.com/stage6/stage6/internal/quiet"
	"github.com/stage6/stage6/link"
)

// newWatch makes the watch of the links. Without the right to listen to router
// advertisements the server does without.
func (s *service) newWatch(g *generation) *linkwatch.Watch {
	settings := g.file.Server6.LinkWatch
	log := quiet.NewLog(s.log).Logger().WithField("room", "linkwatch")
	o := linkwatch.Options{Log: log, Publish: s.events.Publish, Interval: settings.Probe}
	if !settings.Off {
		s.advertisements = openAdvertisements(log)
		s.inquirer = openInquirer(settings.Probe, log)
	}
	if s.advertisements != nil {
		o.Socket = s.advertisements
	}
	if s.inquirer != nil {
		o.Probe = s.inquirer
	}
	return linkwatch.New(o, watchRules(g))
}

// openAdvertisements opens the socket that router advertisements come to, or says
// why there is none.
func openAdvertisements(log *logrus.Entry) *icmp6.Socket {
	socket, err := icmp6.OpenForHosts()
	if err != nil {
		log.WithError(err).Warn("router advertisements are not listened to: nobody will tell of one that is missing or wrong; to do without write linkwatch: false under server6")
		return nil
	}
	return socket
}

// openInquirer opens the socket by which other servers are looked for, if that is
// asked for.
func openInquirer(interval time.Duration, log *logrus.Entry) *linkwatch.Inquirer {
	if interval == 0 {
		return nil
	}
	inquirer, err := linkwatch.OpenInquirer()
	if err != nil {
		log.WithError(err).Warn("other servers are not looked for: is there a DHCPv6 client on this machine? to do without leave linkwatch: probe out")
		return nil
	}
	return inquirer
}

// watchRules gives what a generation takes for right.
func watchRules(g *generation) linkwatch.Rules {
	w := g.file.Server6.LinkWatch
	r := linkwatch.Rules{Wait: w.Wait, Solicit: w.Solicit, Own: g.id, Known: g.file.Server6.KnownServers}
	for _, p := range w.Ignore {
		r.Ignore = append(r.Ignore, string(p))
	}
	return r
}

// announceLinks tells those who follow the links of this machine what they are:
// the watch and plugins.
func (s *service) announceLinks(g *generation, interfaces []assembly.Interface, links *link.Table) {
	want := managed.Of(pluginNames(g.file.Server6.Plugins))
	reserved := reservedAddresses(g)
	var watched []linkwatch.Link
	var served []*link.Link
	for _, i := range interfaces {
		if !listensOn(g.file.Server6.Listen, i.Name) {
			continue
		}
		l := links.ByInterface(i.Index)
		w := linkwatch.Link{Index: i.Index, Interface: i.Name, Name: l.Name, Up: i.Up}
		w.Watched = len(l.Prefixes) > 0 && watches(g.file.Server6, i.Name)
		w.Served = s.leasedOf(l, reserved)
		watched = append(watched, w)
		if len(w.Served) > 0 || !want.Managed && len(l.Prefixes) > 0 {
			served = append(served, l)
		}
	}
	s.watch.SetLinks(watched, want)
	g.parts.FollowLinks(served)
}

// leasedOf gives the prefixes of a link that addresses are leased of: those of
// pools, and those where reserved says so.
func (s *service) leasedOf(l *link.Link, reserved func(netip.Prefix) bool) (out []netip.Prefix) {
	for _, p := range l.Prefixes {
		if s.table.LeasesOf(p) || reserved(p) {
			out = append(out, p)
		}
	}
	return out
}

// reservedAddresses says whether known hosts have addresses of a prefix. Host parts
// are of each.
func reservedAddresses(g *generation) func(netip.Prefix) bool {
	all, parts := g.parts.Hosts.Reserved(), len(g.parts.Hosts.HostParts()) > 0
	return func(p netip.Prefix) bool {
		return parts || slices.ContainsFunc(all, func(r netip.Prefix) bool { return r.IsSingleIP() && p.Contains(r.Addr()) })
	}
}

// listensOn says whether what clients send to the group of servers on an interface
// is heard.
func listensOn(listens config.Listens, name string) bool {
	return slices.ContainsFunc(listens, func(l config.Listen) bool {
		return l.Addr.IsLinkLocalMulticast() && (l.Zone == "" || l.Zone == name)
	})
}

// watches says whether the link of an interface is to be watched.
func watches(s config.Server6, name string) bool {
	for _, l := range s.Links {
		if l.Interface == name && l.LinkWatch != nil {
			return *l.LinkWatch
		}
	}
	return !s.LinkWatch.Off
}

// pluginNames gives the names of the plugins of a configuration.
func pluginNames(items config.Items) (out []string) {
	for i := range items {
		out = append(out, items[i].Plugin)
	}
	return out
}

// Links tells which links there are, and what is known of their routers.
func (s *service) Links() api.LinkList {
	report := s.watch.Report()
	list := api.LinkList{Links: []api.Link{}, Servers: report.Servers, Watched: s.advertisements != nil}
	if list.Servers == nil {
		list.Servers = []api.OtherServer{}
	}
	for _, l := range s.server.Links().Links() {
		list.Links = append(list.Links, apiLink(l, report))
	}
	return list
}

// apiLink joins a link with what is known of its routers.
func apiLink(l *link.Link, report linkwatch.Report) api.Link {
	out := api.Link{Name: l.Name, Interface: l.Interface, Prefixes: slices.Clone(l.Prefixes), Served: []netip.Prefix{}, Routers: []api.Router{}, Problems: []api.LinkProblem{}}
	i := slices.IndexFunc(report.Links, func(r linkwatch.LinkReport) bool { return l.Interface != "" && r.Interface == l.Interface })
	if out.Prefixes == nil {
		out.Prefixes = []netip.Prefix{}
	}
	if i >= 0 {
		r := report.Links[i]
		out.Watched, out.Up = r.Watched, r.Up
		out.Served = append(out.Served, r.Served...)
		out.Routers = append(out.Routers, r.Routers...)
		out.Problems = append(out.Problems, r.Problems...)
	}
	return out
}

// closeWatch closes what the links are watched and advertised by.
func (s *service) closeWatch() error {
	var errs []error
	if s.advertisements != nil {
		errs = append(errs, s.advertisements.Close())
	}
	if s.inquirer != nil {
		errs = append(errs, s.inquirer.Close())
	}
	if s.routers != nil {
		errs = append(errs, s.routers.socket.Close())
	}
	return errors.Join(errs...)
}
