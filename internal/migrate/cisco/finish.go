package cisco

import (
	"bufio"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/stage6/stage6/internal/migrate"
)

// finish makes the configuration of what the lines said.
func (im *importer) finish() {
	served := 0
	for _, i := range im.interfaces {
		if i.server != "" {
			served++
			im.oneInterface(i)
		}
	}
	for _, p := range im.pools {
		im.pool(p, served)
	}
	for _, l := range im.locals {
		if !l.used {
			im.report.LeftOut(l.origin, "no ipv6 dhcp pool delegates from it")
		}
	}
	im.config.HostLifetimes(im.lifetimes)
}

// oneInterface makes a link of an interface that is served.
func (im *importer) oneInterface(i *iface) {
	im.report.Changed(i.served, "%s is an interface of the router: the server listens on all of its own; to have it listen on one, write '[ff02::1:2%%NAME]' under listen", i.name)
	if len(i.addresses) == 0 && i.rapidCommit {
		im.config.RapidCommit = migrate.Setting{Value: "true", Origin: i.served}
	}
	if len(i.addresses) > 0 {
		l := migrate.Link{Name: i.name, RapidCommit: i.rapidCommit, Origin: i.origin}
		for _, a := range i.addresses {
			l.Prefixes = append(l.Prefixes, a.Masked())
		}
		im.config.Links = append(im.config.Links, l)
	}
	if i.preference != "" {
		n, err := number(i.preference, 255)
		if err != nil {
			im.report.LeftOut(i.served, "a preference is 0 to 255")
			return
		}
		im.config.Steps = append(im.config.Steps, migrate.Step{Plugin: "preference", Value: n, When: im.on(i), Origin: i.served})
	}
}

// on gives the condition that a client is on the link of an interface, or nothing
// where that is not known.
func (im *importer) on(i *iface) string {
	if len(im.servedInterfaces()) < 2 || len(i.addresses) == 0 {
		return ""
	}
	return "link == " + strconv.Quote(i.name)
}

func (im *importer) servedInterfaces() (out []*iface) {
	for _, i := range im.interfaces {
		if i.server != "" {
			out = append(out, i)
		}
	}
	return out
}

// links names the links on which a pool serves; none is all.
func (im *importer) links(p *pool) (out []string) {
	for _, i := range im.servedInterfaces() {
		if i.server == p.name && len(i.addresses) > 0 {
			out = append(out, i.name)
		}
	}
	if len(p.links) > 0 {
		out = append(out, p.name)
	}
	return out
}

// where gives the condition that a client is where a pool serves.
func (im *importer) where(p *pool) string {
	links := im.links(p)
	switch {
	case len(im.pools) < 2 || len(links) == 0:
		return ""
	case len(links) == 1:
		return "link == " + strconv.Quote(links[0])
	}
	quoted := make([]string, len(links))
	for i, l := range links {
		quoted[i] = strconv.Quote(l)
	}
	return "link in [" + strings.Join(quoted, ", ") + "]"
}

func (im *importer) pool(p *pool, served int) {
	used := slices.ContainsFunc(im.interfaces, func(i *iface) bool { return i.server == p.name || i.server == "automatic" }) || len(p.links) > 0
	if !used && served > 0 {
		im.report.LeftOut(p.origin, "no interface serves the pool %s", p.name)
		im.useLocals(p)
		return
	}
	if len(p.links) > 0 {
		im.config.Links = append(im.config.Links, migrate.Link{Name: p.name, Prefixes: p.links, Origin: p.origin})
	}
	where := im.where(p)
	if where == "" && len(im.pools) > 1 {
		im.report.Changed(p.origin, "its interfaces have no addresses in this configuration, so that the pool serves every link: name the links, and write link for the prefixes of each, when for its options")
	}
	for _, o := range p.options {
		im.poolOption(o, where)
	}
	for i, h := range p.static {
		h.Name = migrate.HostName(im.names, h.Name)
		im.config.Hosts = append(im.config.Hosts, h)
		im.lifetimes[h.Name] = p.times[i]
	}
	im.addresses(p)
	im.delegations(p)
}

// poolOption adds an option, and a boot file to the table of those.
func (im *importer) poolOption(o migrate.Option, where string) {
	o.When = where
	if url, ok := o.Value.(string); ok && o.Key == "bootfile_url" {
		im.report.Note(o.Origin, "iPXE is told the same URL as the firmware that loads it: write an entry with stage: loader before it")
		im.config.Boot = append(im.config.Boot, migrate.Boot{URL: migrate.LiteralURL(url), When: where, Origin: o.Origin})
		return
	}
	im.config.Options = append(im.config.Options, o)
}

// addresses makes pools of prefixes, without the router's own addresses.
func (im *importer) addresses(p *pool) {
	for _, a := range p.addresses {
		out := migrate.Pool{Name: poolName(im.config.Pools, p.name), Ranges: []string{a.prefix.String()}, Preferred: a.times.Preferred, Valid: a.times.Valid, Origin: a.origin}
		for _, i := range im.interfaces {
			for _, own := range i.addresses {
				if a.prefix.Contains(own.Addr()) {
					out.Exclude = append(out.Exclude, own.Addr().String())
				}
			}
		}
		im.config.Pools = append(im.config.Pools, out)
	}
}

// poolName gives a pool the name that it has, once.
func poolName(pools []migrate.Pool, name string) string {
	if slices.ContainsFunc(pools, func(p migrate.Pool) bool { return p.Name == name }) {
		return ""
	}
	return name
}

func (im *importer) useLocals(p *pool) {
	for _, d := range p.delegates {
		if l := im.local(d.pool); l != nil {
			l.used = true
		}
	}
}

func (im *importer) local(name string) *localPool {
	for _, l := range im.locals {
		if l.name == name {
			return l
		}
	}
	return nil
}

// delegations makes pools of prefixes, and the routes that IOS makes by itself.
func (im *importer) delegations(p *pool) {
	for _, d := range p.delegates {
		l := im.local(d.pool)
		if l == nil {
			im.report.LeftOut(d.origin, "there is no ipv6 local pool %s", d.pool)
			continue
		}
		links := im.links(p)
		if l.used && len(links) > 0 && len(im.pools) > 1 {
			im.report.Changed(d.origin, "another pool delegates from %s, too: both do", d.pool)
		}
		l.used = true
		out := migrate.Prefix{Pools: []netip.Prefix{l.prefix}, Length: l.length, Preferred: d.times.Preferred, Valid: d.times.Valid, Origin: l.origin}
		if len(im.pools) > 1 && len(links) == 1 {
			out.Link = links[0]
		}
		im.config.Prefixes = append(im.config.Prefixes, out)
	}
	if len(p.delegates)+len(p.static) > 0 {
		im.routes(p)
	}
}

func (im *importer) routes(p *pool) {
	if slices.ContainsFunc(im.config.Steps, func(s migrate.Step) bool { return s.Plugin == "route" }) {
		return
	}
	im.config.Steps = append(im.config.Steps, migrate.Step{Plugin: "route", Value: "kernel", Origin: p.origin})
	im.report.Note(p.origin, "IOS makes routes to what it delegates, and so does route: kernel, where this machine is the router; it needs CAP_NET_ADMIN. Elsewhere take it out")
}

// holds is what a static binding has room for.
const holds = migrate.HoldsDUIDs | migrate.HoldsIAIDs | migrate.HoldsPrefixes

// export writes the prefixes of hosts as static bindings.
func export(w io.Writer, hosts []migrate.Host, r *migrate.Report) error {
	out := bufio.NewWriter(w)
	fmt.Fprintln(out, "ipv6 dhcp pool stage6")
	for _, h := range hosts {
		h = h.Fit("cisco", holds, r)
		if len(h.Prefixes) > 0 && len(h.DUIDs)+len(h.Clients) == 0 {
			r.LeftOut(h.Origin, "%s: IOS knows clients by DUID only, and this has none", h.Name)
		}
		for _, p := range h.Prefixes {
			for _, d := range h.DUIDs {
				fmt.Fprintf(out, " prefix-delegation %s %s\n", p, iosDUID(d))
			}
			for _, c := range h.Clients {
				fmt.Fprintf(out, " prefix-delegation %s %s iaid %d\n", p, iosDUID(c.DUID), c.IAID)
			}
		}
	}
	fmt.Fprintln(out, "!")
	return out.Flush()
}

func iosDUID(d string) string { return strings.ToUpper(strings.ReplaceAll(d, ":", "")) }
