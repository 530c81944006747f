package isc

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/stage6/stage6/internal/migrate"
)

// apply carries the settings of a scope over.
func (i *importer) apply(list []item, sc *scope) {
	var times []migrate.Lifetime
	for _, x := range list {
		when, err := sc.text(x)
		if err != nil {
			i.leftOut(x.s, "%v", err)
			continue
		}
		switch {
		case isTime(x.key):
			times = i.addTime(times, x, when)
		case strings.HasPrefix(x.key, "option "):
			i.applyOption(x, sc, when)
		default:
			i.applyStatement(x, sc, when)
		}
	}
	for _, l := range times {
		i.finishTimes(&l)
		i.ranked[sc.rank].lifetimes = append(i.ranked[sc.rank].lifetimes, l)
	}
}

func isTime(key string) bool {
	switch key {
	case "default-lease-time", "min-lease-time", "max-lease-time", "preferred-lifetime", "option dhcp-renewal-time", "option dhcp-rebinding-time":
		return true
	}
	return false
}

// addTime adds a time to those with the same condition. The first one counts.
func (i *importer) addTime(times []migrate.Lifetime, x item, when string) []migrate.Lifetime {
	at := 1
	if x.s.name() == "option" {
		at = 2
	}
	n, err := strconv.ParseUint(x.s.text(at), 0, 32)
	if err != nil {
		i.leftOut(x.s, "%q: want a number of seconds", x.s.text(at))
		return times
	}
	if n == 0 {
		i.leftOut(x.s, "0 lets clients choose: the server chooses here")
		return times
	}
	k := slices.IndexFunc(times, func(l migrate.Lifetime) bool { return l.When == when })
	if k < 0 {
		k, times = len(times), append(times, migrate.Lifetime{When: when, Origin: x.s.origin()})
	}
	l, d := &times[k], time.Duration(n)*time.Second
	into := map[string]**time.Duration{
		"default-lease-time": &l.Valid, "min-lease-time": &l.MinValid, "max-lease-time": &l.MaxValid, "preferred-lifetime": &l.Preferred,
		"option dhcp-renewal-time": &l.T1, "option dhcp-rebinding-time": &l.T2,
	}[x.key]
	if *into == nil {
		*into = &d
	}
	if x.key == "min-lease-time" && l.Valid != nil && d > *l.Valid {
		l.Origin = x.s.origin() // it is what is wrong
	}
	return times
}

// finishTimes works out the preferred lifetime, which is five eighths of the
// valid one where nobody says.
func (i *importer) finishTimes(l *migrate.Lifetime) {
	if l.Preferred != nil || l.Valid == nil {
		return
	}
	valid := *l.Valid
	if l.MinValid != nil {
		valid = max(valid, *l.MinValid)
	}
	preferred := (valid * 5 / 8).Truncate(time.Second)
	l.Preferred = &preferred
}

// inheritTimes gives lifetimes of some clients, which have bounds only, the
// lifetime that these bound: that for all. dhcpd keeps to the bounds first.
func (i *importer) inheritTimes() {
	base := migrate.Lifetime{Valid: migrate.Seconds(43200)}
	for _, l := range i.config.Lifetimes {
		if l.When == "" && l.Valid != nil {
			base = l
		}
	}
	for n := range i.config.Lifetimes {
		l := &i.config.Lifetimes[n]
		if l.Valid == nil && (l.MinValid != nil || l.MaxValid != nil) {
			valid := *base.Valid
			l.Valid = &valid
			i.finishTimes(l)
		}
	}
}

func (i *importer) applyOption(x item, sc *scope, when string) {
	s, name := x.s, x.s.word(1)
	words := s.rest(2)
	if len(words) > 0 && words[0].is("=") {
		words = words[1:]
	}
	d, ok := i.define(name)
	switch {
	case name == "host-name" && sc.host != nil:
		sc.host.Hostname = s.text(2)
		return
	case !ok && !strings.Contains(name, "."):
		i.leftOut(s, "an option of DHCPv4")
		return
	case !ok:
		i.leftOut(s, "an option that is not known: write it with its code, in the plugin option")
		return
	case s.name() == "append" || s.name() == "prepend":
		i.leftOut(s, "values are not added to others: write the whole list")
		return
	case s.name() == "default":
		i.report.Note(s.origin(), "taken as option: it is set where nothing more special is")
	}
	if sc.set[x.key] {
		return // something more special has set it for the host
	}
	i.addOption(x, d, words, sc, when)
}

// addOption adds an option to where it belongs.
func (i *importer) addOption(x item, d definition, words []token, sc *scope, when string) {
	s, e := x.s, &i.ranked[sc.rank]
	single := len(words) == 1 && words[0].quoted
	switch {
	case d.code == migrate.OptionPreference:
		i.preference(s, words, when)
		return
	case d.code == migrate.OptionBootfileURL && single && sc.host == nil && sc.pool == nil:
		e.boot = append(e.boot, migrate.Boot{URL: words[0].text, When: when, Origin: s.origin()})
		return
	}
	o, err := d.option(words, s.origin())
	if err != nil {
		i.leftOut(s, "%v", err)
		return
	}
	switch {
	case sc.host != nil && x.when == nil:
		sc.host.Options = append(sc.host.Options, o)
	case sc.pool != nil && x.when == nil:
		sc.pool.Options = append(sc.pool.Options, o)
	default:
		if sc.pool != nil {
			i.report.Changed(s.origin(), "it counts for all clients of the link now, not just for those of this pool")
		}
		o.When = when
		e.options = append(e.options, o)
	}
}

func (i *importer) preference(s *statement, words []token, when string) {
	n, err := strconv.ParseUint(join(words), 0, 8)
	if err != nil {
		i.leftOut(s, "%q: want a preference from 0 to 255", join(words))
		return
	}
	i.config.Steps = append(i.config.Steps, migrate.Step{Plugin: "preference", Value: int(n), When: when, Origin: s.origin()})
}

// applyStatement carries over what is neither an option nor a time.
func (i *importer) applyStatement(x item, sc *scope, when string) {
	switch s := x.s; s.name() {
	case "allow", "deny", "ignore":
		i.permission(s, sc, when)
	case "server-duid":
		i.serverDUID(s)
	case "interface":
		// addNetwork has read it
	case "hardware", "host-identifier", "fixed-address6", "fixed-prefix6", "ddns-hostname":
		if sc.host == nil {
			i.leftOut(s, "it says something about a host only")
		}
	case "rapid-commit":
		i.leftOut(s, "rapid_commit of a link or of server6 lets clients have it")
	default:
		i.leftOut(s, "%s", reason(s))
	}
}

// permission reads allow, deny and ignore of the whole, of a subnet or of a
// host. What pools have to say about them is read with pools.
func (i *importer) permission(s *statement, sc *scope, when string) {
	what := strings.ReplaceAll(join(s.rest(1)), " ", "-")
	switch what {
	case "unknown-clients":
		if s.name() == "ignore" {
			i.config.Steps = append(i.config.Steps, migrate.Step{Plugin: "ignore", Value: all(when, `host == ""`), Origin: s.origin()})
		} // pools look for deny
	case "booting", "bootp":
		if s.name() != "allow" && sc.host != nil {
			i.config.Steps = append(i.config.Steps, migrate.Step{Plugin: "ignore", Value: when, Origin: s.origin()})
		}
	case "known-clients", "duplicates", "declines", "client-updates", "leasequery", "leasequery;":
		if s.name() != "allow" {
			i.leftOut(s, "%s", reason(s))
		}
	default:
		i.leftOut(s, "%s", reason(s))
	}
}

// reason says why something has no counterpart, as far as that is known.
func reason(s *statement) string {
	name := s.name()
	switch {
	case strings.HasPrefix(name, "ddns-") || name == "update-static-leases" || name == "update-optimization" || name == "do-forward-updates" || name == "key" || name == "zone":
		return "stage6 makes no entries in the DNS: an event (stage6 watch) tells who tracks them of leases and names"
	case strings.HasPrefix(name, "log-"), name == "log":
		return "stage6 logs to its error output: see log in its configuration"
	case strings.HasPrefix(name, "dhcpv6-") && strings.HasSuffix(name, "-name"), strings.HasSuffix(name, "-file-name"):
		return "files are in other places here: leases in the configuration"
	case strings.HasPrefix(name, "ldap-"):
		return "machines are not read from LDAP: write them into a file for the plugin hosts"
	case strings.HasPrefix(name, "omapi-"):
		return "stage6 has an API of its own: api in its configuration"
	}
	switch name {
	case "option":
		return "suboptions of a vendor are written as vendor_opts of the plugin option"
	case "subnet", "range", "pool", "fixed-address", "next-server", "filename", "server-name", "failover", "routers", "one-lease-per-client", "ping-check", "ping-timeout", "bootp-lease-length", "server-identifier", "get-lease-hostnames", "use-lease-addr-for-default-route", "always-broadcast", "always-reply-rfc1048", "min-secs", "stash-agent-options":
		return "it is for DHCPv4, which stage6 does not serve"
	case "authoritative", "not":
		return "a DHCPv6 server needs no such statement"
	case "dhcpv6-set-tee-times":
		return "T1 and T2 are always sent: half and four fifths of the preferred lifetime, unless lifetimes says something else"
	case "use-host-decl-names":
		return "a host has the name that it is declared with in any case"
	case "prefix-length-mode":
		return "a client that asks for a length which is not served gets the nearest"
	case "limit-addrs-per-ia", "limit-prefs-per-ia":
		return "an identity association has one lease of a pool"
	case "delayed-ack", "max-ack-delay":
		return "leases that come at the same time are always written together"
	case "switch":
		return "write the cases as tags or conditions (when)"
	case "on", "set", "unset", "execute", "define", "return":
		return "nothing is computed or run while a message is answered: an event (stage6 watch) tells of leases"
	}
	return strconv.Quote(s.text(0)) + " has no counterpart"
}
