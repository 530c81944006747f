package dnsmasq

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/stage6/stage6/internal/migrate"
)

// advertised is what is advertised on one link.
type advertised struct {
	link       string
	managed    bool // addresses are to be had
	other      bool // options are
	autonomous bool // hosts make addresses of their own
	offLink    bool
	origin     migrate.Origin
}

// raParam is a line ra-param: for an interface, or a pattern of some.
type raParam struct {
	iface, mtu, preference string
	interval, lifetime     int // seconds; -1: not said
	origin                 migrate.Origin
}

// Router advertisements of dnsmasq, in seconds: the longest time between two, and
// for how many of those this machine is a router.
const (
	raInterval  = 600
	raLifetimes = 3
)

// putRouters makes router advertisements of enable-ra and of the modes of ranges.
func (im *importer) putRouters() {
	enabled, params := im.readRouters()
	var links []*advertised
	for i := range im.ranges {
		if d := &im.ranges[i]; !d.anywhere() && (enabled.File != "" || d.advertises()) {
			links = im.advertise(links, d)
		}
	}
	if len(links) == 0 {
		if enabled.File != "" {
			im.report.LeftOut(enabled, "no dhcp-range says what to advertise")
		}
		return
	}
	step := migrate.Step{Plugin: "ra", Origin: cmp.Or(enabled, links[0].origin)}
	var list []migrate.Map
	for _, a := range links {
		list = append(list, im.routerMap(a, params, len(im.config.Links) > 1 || len(links) > 1))
	}
	if step.Value = list; len(list) == 1 {
		step.Value = list[0]
	}
	im.config.Steps = append(im.config.Steps, step)
	im.report.Note(step.Origin, "this machine is a default router, as dnsmasq tells; take lifetime out where it is none. It needs CAP_NET_RAW")
}

// advertises says whether a range has its prefix advertised by itself.
func (d *dhcpRange) advertises() bool {
	return slices.ContainsFunc(d.modes, func(m string) bool { return m != "static" && m != "off-link" })
}

// readRouters takes the lines enable-ra and ra-param.
func (im *importer) readRouters() (enabled migrate.Origin, params []raParam) {
	for _, l := range im.ra {
		if l.key == "enable-ra" {
			enabled = l.origin
			continue
		}
		p, err := parseRAParam(l)
		if err != nil {
			im.report.LeftOut(l.origin, "cannot be read: %v", err)
			continue
		}
		params = append(params, p)
	}
	return enabled, params
}

// parseRAParam reads INTERFACE,[mtu:N,][high|low,]INTERVAL[,LIFETIME].
func parseRAParam(l line) (raParam, error) {
	parts := fields(l.value)
	p := raParam{interval: -1, lifetime: -1, origin: l.origin}
	if len(parts) < 2 {
		return p, fmt.Errorf("want an interface and an interval")
	}
	p.iface = show(parts[0])
	for _, part := range parts[1:] {
		mtu, isMTU := strings.CutPrefix(part, "mtu:")
		n, err := strconv.Atoi(part)
		switch {
		case isMTU:
			p.mtu = show(mtu)
		case part == "high" || part == "low":
			p.preference = part
		case err != nil || n < 0 || n > 0xffff:
			return p, fmt.Errorf("%q is no time in seconds", show(part))
		case p.interval < 0:
			p.interval = n
		default:
			p.lifetime = n
		}
	}
	return p, nil
}

// advertise adds a range to what is advertised on its link.
func (im *importer) advertise(links []*advertised, d *dhcpRange) []*advertised {
	name := d.constructor
	if name == "" {
		name = im.linkName(d)
	}
	i := slices.IndexFunc(links, func(a *advertised) bool { return a.link == name })
	if i < 0 {
		i, links = len(links), append(links, &advertised{link: name, origin: d.origin})
	}
	a := links[i]
	a.managed = a.managed || d.leases() || d.has("static")
	a.other = a.other || !d.has("ra-only")
	a.autonomous = a.autonomous || d.has("slaac") || d.has("ra-only") || d.has("ra-names") || d.has("ra-stateless")
	a.offLink = a.offLink || d.has("off-link")
	for _, mode := range []string{"ra-names", "ra-advrouter"} {
		if d.has(mode) {
			im.report.Changed(d.origin, "%s is left out: %s", mode, map[string]string{
				"ra-names": "names in DNS are up to the DNS server", "ra-advrouter": "it is for mobile IPv6",
			}[mode])
		}
	}
	return links
}

// routerMap gives the settings of the plugin ra for a link. Several links are
// named.
func (im *importer) routerMap(a *advertised, params []raParam, named bool) (m migrate.Map) {
	add := func(key string, v any, o migrate.Origin) {
		m = append(m, migrate.Member{Key: key, Value: v, Origin: o})
	}
	none := migrate.Origin{}
	if named {
		add("links", a.link, a.origin)
	}
	if !a.managed {
		add("managed", false, none)
	}
	if !a.other {
		add("other", false, none)
	}
	if a.autonomous {
		add("autonomous", true, none)
	}
	if a.offLink {
		add("on_link", false, none)
	}
	p := im.paramFor(a, params)
	if p.mtu != "" {
		if n, err := strconv.Atoi(p.mtu); err == nil {
			add("mtu", n, p.origin)
		} else if p.mtu != "off" {
			im.report.Changed(p.origin, "the MTU %s is left out: write a number", p.mtu)
		}
	}
	if p.preference != "" {
		add("preference", p.preference, p.origin)
	}
	m = append(m, routerTimes(p)...)
	for _, o := range im.config.Options {
		switch {
		case o.When != "":
		case o.Key == "dns_servers":
			add("dns", o.Value, o.Origin)
		case o.Key == "domain_list":
			add("search", o.Value, o.Origin)
		}
	}
	return m
}

// routerTimes gives interval and lifetime, within the bounds of the plugin ra.
func routerTimes(p raParam) (m migrate.Map) {
	interval := raInterval
	if p.interval > 0 {
		interval = min(max(p.interval, 4), 1800)
		m = append(m, migrate.Member{Key: "interval", Value: fmt.Sprintf("%ds", interval), Origin: p.origin})
	}
	lifetime := raLifetimes * interval
	if p.lifetime >= 0 {
		lifetime = p.lifetime
	}
	if lifetime > 0 {
		m = append(m, migrate.Member{Key: "lifetime", Value: fmt.Sprintf("%ds", min(max(lifetime, interval), 9000))})
	}
	return m
}

// paramFor gives what ra-param says for a link: for its interface, or, where there
// is one interface only, for that.
func (im *importer) paramFor(a *advertised, params []raParam) raParam {
	for _, p := range params {
		start, wild := strings.CutSuffix(p.iface, "*")
		if p.iface == a.link || wild && strings.HasPrefix(a.link, start) || len(params) == 1 && len(im.interfaces) < 2 {
			return p
		}
	}
	return raParam{interval: -1, lifetime: -1}
}
