package kea

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/stage6/stage6/internal/migrate"
)

// importer carries a configuration of Kea's over.
type importer struct {
	config   *migrate.Config
	report   *migrate.Report
	root     *value // of Dhcp6
	defs     []definition
	classes  []*class
	networks []*network
	hosts    []*migrate.Host
	byID     map[string]*migrate.Host
	names    map[string]bool
	flexID   string // the form of a port that flex-id stands for, or nothing
	linkOpts []migrate.Option
	linkBoot []migrate.Boot
}

// read carries over what Kea's files say.
func read(sources []*migrate.Source, c *migrate.Config, r *migrate.Report) error {
	for _, s := range sources {
		if duid, at, ok := serverIDFile(s); ok {
			c.ServerID = migrate.Setting{Value: duid, Origin: at}
			continue
		}
		if bytes.HasPrefix(s.Data, []byte(leaseHeader)) {
			r.Note(s.At(1), "leases: take them over with stage6 import leases, while stage6 does not run")
			continue
		}
		v, err := parse(s)
		if err != nil {
			return err
		}
		if err := readRoot(s, v, c, r); err != nil {
			return err
		}
	}
	if c.ServerID.Value == "" {
		r.Note(migrate.Origin{}, "the server makes a DUID of its own: so that clients of the old server go on renewing, name its file kea-dhcp6-serverid here, too, or write its DUID as server_id")
	}
	return nil
}

func readRoot(s *migrate.Source, v *value, c *migrate.Config, r *migrate.Report) error {
	root := v.get("Dhcp6")
	if root == nil || root.kind != '{' {
		if v.get("Dhcp4") != nil {
			return s.Errorf(1, "only DHCPv4 (Dhcp4) is configured here: want a file with Dhcp6")
		}
		return s.Errorf(1, "there is no map Dhcp6 here: want a configuration of kea-dhcp6")
	}
	i := &importer{config: c, report: r, root: root, names: map[string]bool{}, byID: map[string]*migrate.Host{}}
	i.run()
	for _, m := range v.members {
		if m.key != "Dhcp6" {
			i.leftOut(m, map[string]string{
				"Dhcp4": "it is for DHCPv4, which stage6 does not serve", "Logging": whyLogging,
				"Control-agent": "stage6 has an API of its own", "DhcpDdns": whyDDNS,
			}[m.key])
		}
	}
	return nil
}

func (i *importer) run() {
	i.readDefinitions()
	i.readHooks()
	i.readInterfaces()
	i.readNetworks()
	i.readClasses()
	i.readServer()
	for _, n := range i.networks {
		i.readNetwork(n)
	}
	for _, key := range []string{"reservations-global", "reservations-in-subnet", "ip-reservations-unique"} {
		i.root.get(key) // hosts are always looked for everywhere, by all of their identifiers
	}
	for _, v := range i.root.get("reservations").list() {
		i.readReservation(v, nil)
	}
	i.finishOptions()
	i.finishHosts()
	i.readIdentity()
	i.sweep(i.root)
}

func (i *importer) leftOut(m *member, why string) {
	if why == "" {
		why = fmt.Sprintf("%q has no counterpart", m.key)
	}
	i.report.LeftOut(m.at.origin(), "%s", why)
}

// readServer reads what is said for the server as a whole.
func (i *importer) readServer() {
	c, root := i.config, i.root
	i.readServerID(root.get("server-id"))
	if v := root.get("rapid-commit"); v.is() {
		c.RapidCommit = migrate.Setting{Value: "true", Origin: root.where("rapid-commit")}
	}
	if d := root.get("decline-probation-period").seconds(); d != nil {
		c.Server = append(c.Server, migrate.Member{Key: "decline_quarantine", Value: migrate.Duration(*d), Origin: root.where("decline-probation-period")})
	}
	if v := root.get("relay-supplied-options"); v != nil {
		i.readRelayed(v)
	}
	if v := root.get("lease-database"); v != nil {
		i.readDatabase(v)
	}
}

// readRelayed reads the options that relay agents may add (RFC 6422).
func (i *importer) readRelayed(v *value) {
	var codes []any
	for _, x := range v.list() {
		code, ok := optionCode(x.string())
		if !ok || code == 0 {
			i.report.LeftOut(x.origin(), "option %q is not known", x.string())
			continue
		}
		codes = append(codes, int(code))
	}
	i.config.Server = append(i.config.Server, migrate.Member{Key: "rsoo", Value: codes, Origin: v.origin()})
}

func (i *importer) readDatabase(v *value) {
	kind := v.get("type").string()
	for _, key := range []string{"persist", "name", "lfc-interval", "max-row-errors"} {
		v.get(key)
	}
	switch {
	case kind == "memfile" && v.get("persist").string() == "false":
		i.config.Leases = "memory"
	case kind == "memfile":
		i.report.Note(v.origin(), "leases are kept in a directory of stage6's own: take those of the old server over with stage6 import leases %s", cmpOr(v.get("name").string(), "kea-leases6.csv"))
	default:
		i.report.Changed(v.origin(), "leases are kept in a directory of stage6's own: write those of the old server into a file with kea-admin lease-dump, and take them over with stage6 import leases")
		for _, m := range v.members {
			m.used = true
		}
	}
}

func cmpOr(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// readInterfaces reads where the server listens.
func (i *importer) readInterfaces() {
	v := i.root.get("interfaces-config")
	seen := map[string]bool{}
	for _, x := range v.get("interfaces").list() {
		name, address, _ := strings.Cut(x.string(), "/")
		if name == "*" {
			continue // all interfaces is what is listened on without any
		}
		if !seen[name] {
			seen[name] = true
			i.config.Listen = append(i.config.Listen, migrate.Listen{Interface: name, Origin: x.origin()})
		}
		if address != "" {
			i.listenOn(x, address)
		}
	}
}

func (i *importer) listenOn(x *value, address string) {
	a, err := parseIPv6(address)
	if err != nil {
		i.report.LeftOut(x.origin(), "%v", err)
		return
	}
	if !a.IsLinkLocalUnicast() {
		i.config.Listen = append(i.config.Listen, migrate.Listen{Address: a, Origin: x.origin()})
	}
}

// sweep reports what nobody has asked for.
func (i *importer) sweep(v *value) {
	if v == nil {
		return
	}
	for _, m := range v.members {
		switch {
		case m.key == "comment":
		case m.used:
			i.sweep(m.value)
		default:
			i.leftOut(m, reason(m))
		}
	}
	for _, x := range v.items {
		i.sweep(x)
	}
}

const (
	whyLogging = "stage6 logs to its error output: see log in its configuration"
	whyDDNS    = "stage6 makes no entries in the DNS: an event (stage6 watch) tells who tracks them of leases and names"
)

// reason says why something has no counterpart, as far as that is known.
func reason(m *member) string {
	switch m.key {
	case "loggers":
		return whyLogging
	case "control-socket", "control-sockets":
		return "stage6 has an API of its own: api in its configuration"
	case "hosts-database", "hosts-databases":
		return "machines are not read from a database: export them to CSV or YAML for the plugin hosts"
	case "dhcp-ddns":
		return whyDDNS
	case "expired-leases-processing":
		return "nothing needs to be cleaned up: a lease that ran out is free"
	case "multi-threading", "dhcp-queue-control", "packet-queue":
		return "stage6 chooses by itself how many messages it serves at a time"
	case "user-context":
		return "it is for people and hooks only"
	case "sanity-checks", "config-control", "server-tag", "compatibility", "statistic-default-sample-count", "statistic-default-sample-age":
		return "it is about how Kea does its work"
	case "cache-threshold", "cache-max-age":
		return "a lease is granted anew at each renewal"
	case "re-detect", "service-sockets-max-retries", "service-sockets-retry-wait-time", "service-sockets-require-all":
		return "interfaces and addresses that come and go are followed in any case"
	case "interface-id":
		return "a link behind relay agents is known by their link-address, not by option 18: check that its prefixes tell it apart; option 18 can be asked for in conditions (interface_id)"
	}
	if strings.HasPrefix(m.key, "ddns-") || strings.HasPrefix(m.key, "hostname-char") {
		return whyDDNS
	}
	return ""
}

// finishOptions puts options into their order: those of links go before those
// of classes, and those before the ones for all.
func (i *importer) finishOptions() {
	c := i.config
	c.Options = append(c.Options, i.linkOpts...)
	c.Boot = append(c.Boot, i.linkBoot...)
	for _, k := range i.classes {
		s := i.optionData(k.v.get("option-data"), k.when())
		c.Options = append(c.Options, s.options...)
		c.Boot = append(c.Boot, s.boot...)
	}
	s := i.optionData(i.root.get("option-data"), "")
	c.Options, c.Boot = append(c.Options, s.options...), append(c.Boot, s.boot...)
	c.Lifetimes = append(c.Lifetimes, i.lifetime(i.root, "", true))
}

// all joins conditions, of which those that are empty always hold.
func all(conditions ...string) string {
	conditions = slices.DeleteFunc(slices.Clone(conditions), func(s string) bool { return s == "" })
	for n, s := range conditions {
		if len(conditions) > 1 && strings.Contains(s, " or ") {
			conditions[n] = "(" + s + ")"
		}
	}
	return strings.Join(conditions, " and ")
}
