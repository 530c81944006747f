// Package dhcp6s reads dhcp6s.conf of the server of that name that Fedora and Red
// Hat Enterprise Linux had (dhcpv6 0.10 to 1.2), and writes hosts as it has them.
package dhcp6s

import (
	"bytes"
	"net/netip"
	"strconv"
	"time"

	"github.com/stage6/stage6/internal/migrate"
	"github.com/stage6/stage6/internal/migrate/braces"
)

// Format gives the format dhcp6s.
func Format() migrate.Format {
	return migrate.Format{Name: "dhcp6s", Title: "dhcp6s.conf of Fedora and Red Hat", Detect: detect, Import: importConfig, Export: export}
}

func detect(_ string, head []byte) int {
	for _, word := range []string{"iaidinfo", "prefer-life-time", "valid-life-time", "dns_servers", "server-preference", "use-ra-prefix"} {
		if bytes.Contains(head, []byte(word)) {
			return 80
		}
	}
	if bytes.Contains(head, []byte("link ")) && bytes.Contains(head, []byte("range ")) && bytes.Contains(head, []byte(" to ")) {
		return 50
	}
	return 0
}

// scope is what holds inside of some braces, unless what is inside of it says
// otherwise.
type scope struct {
	iface string
	link  string // the name of the link, if one is open
	times migrate.Lifetime
}

// importer collects the statements.
type importer struct {
	config    *migrate.Config
	report    *migrate.Report
	names     map[string]bool
	lifetimes map[string]migrate.Lifetime
	links     int // link statements
	ifaces    int
	prefixes  []delegated
}

// delegated is a prefix statement of a link or pool.
type delegated struct {
	prefix netip.Prefix
	link   string
	times  migrate.Lifetime
	origin migrate.Origin
}

func importConfig(sources []*migrate.Source, c *migrate.Config, r *migrate.Report) error {
	im := &importer{config: c, report: r, names: map[string]bool{}, lifetimes: map[string]migrate.Lifetime{}}
	var all []braces.Statement
	for _, s := range sources {
		list, err := braces.Parse(s)
		if err != nil {
			return err
		}
		all = append(all, list...)
	}
	im.count(all)
	top := scope{times: migrate.Lifetime{Preferred: migrate.Seconds(defaultPreferred), Valid: migrate.Seconds(defaultValid)}}
	im.block(all, top)
	im.putPrefixes()
	im.config.HostLifetimes(im.lifetimes)
	return nil
}

// Lifetimes of dhcp6s where none are written, in seconds.
const (
	defaultPreferred = 36000
	defaultValid     = 72000
)

// count counts links and interfaces: where there is one only, what it says needs
// no condition.
func (im *importer) count(list []braces.Statement) {
	for _, st := range list {
		switch st.Word(0) {
		case "interface":
			im.ifaces++
		case "link":
			im.links++
		}
		im.count(st.Block)
	}
}

// block takes statements inside of a scope. What a scope says about times counts
// for all in it, wherever it stands.
func (im *importer) block(list []braces.Statement, in scope) {
	for _, st := range list {
		im.time(st, &in.times)
	}
	im.putTimes(list, in)
	for _, st := range list {
		im.statement(st, in)
	}
}

// time takes a lifetime or timer into times, if the statement is one.
func (im *importer) time(st braces.Statement, times *migrate.Lifetime) bool {
	to := map[string]**time.Duration{
		"renew-time": &times.T1, "rebind-time": &times.T2, "prefer-life-time": &times.Preferred, "valid-life-time": &times.Valid,
	}[st.Word(0)]
	if to == nil {
		return false
	}
	d, err := migrate.ParseSeconds(st.Word(1))
	if err != nil {
		im.report.LeftOut(st.Origin, "%v", err)
		return true
	}
	*to, times.Origin = d, st.Origin
	return true
}

// putTimes makes lifetimes for the leases of a scope that has a pool, a range or
// hosts, with times of its own.
func (im *importer) putTimes(list []braces.Statement, in scope) {
	leases := false
	for _, st := range list {
		leases = leases || st.Starts("range") || st.Starts("pool") || st.Starts("host") || st.Starts("prefix")
	}
	if !leases {
		return
	}
	l := in.times
	l.When = im.where(in)
	if l.Origin.File == "" {
		l.Origin = list[0].Origin
		l.Origin.Line, l.Origin.Text = 0, ""
		im.report.Note(l.Origin, "no lifetimes are written: those that dhcp6s has by itself are %ds and %ds", defaultPreferred, defaultValid)
	}
	for _, x := range im.config.Lifetimes {
		if x.When == l.When {
			return
		}
	}
	im.config.Lifetimes = append([]migrate.Lifetime{l}, im.config.Lifetimes...)
}

// where gives the condition that a client is in a scope, or nothing where all are.
func (im *importer) where(in scope) string {
	switch {
	case in.link != "" && im.links > 1:
		return "link == " + strconv.Quote(in.link)
	case in.iface != "" && im.ifaces > 1:
		return "link == " + strconv.Quote(im.linkOf(in))
	}
	return ""
}

// linkOf names the link that a scope is about.
func (im *importer) linkOf(in scope) string {
	for _, l := range im.config.Links {
		if in.link == "" && l.Interface == in.iface {
			return l.Label()
		}
	}
	if in.link != "" {
		return in.link
	}
	return in.iface
}

func (im *importer) statement(st braces.Statement, in scope) {
	switch st.Word(0) {
	case "renew-time", "rebind-time", "prefer-life-time", "valid-life-time":
	case "interface":
		in.iface = st.Word(1)
		im.config.Listen = append(im.config.Listen, migrate.Listen{Interface: in.iface, Origin: st.Origin})
		im.block(st.Block, in)
	case "link":
		im.link(st, in)
	case "pool", "group":
		im.block(st.Block, in)
	case "host":
		im.host(st, in)
	case "range":
		im.poolRange(st, in)
	case "prefix":
		im.prefix(st, in)
	case "relay":
		// read with its link
	case "option":
		im.option(st, in)
	case "allow", "send":
		im.allow(st, in)
	case "server-preference":
		im.preference(st, in)
	case "use-ra-prefix":
		im.report.LeftOut(st.Origin, "addresses are told as they are: DHCPv6 has no prefix lengths for them, and clients take on-link prefixes from router advertisements in any case")
	default:
		im.report.LeftOut(st.Origin, "%q is no statement of dhcp6s that is known here", st.Word(0))
	}
}
