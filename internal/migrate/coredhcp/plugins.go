package coredhcp

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/stage6/stage6/internal/migrate"
)

// plugin takes a plugin with its arguments, which stand on a line.
func (im *importer) plugin(name, n *yaml.Node) {
	o, args := im.at(name), strings.Fields(n.Value)
	switch key := name.Value; key {
	case "server_id":
		im.serverID(args, o)
	case "file":
		im.file(args, o)
	case "dns":
		im.option(migrate.OptionDNS, args, o)
	case "searchdomains":
		im.option(24, args, o)
		im.config.Always = append(im.config.Always, migrate.Setting{Value: "domain_list", Origin: o})
	case "nbp":
		im.boot(args, o)
	case "prefix":
		im.prefix(args, o)
	case "sleep":
		im.config.Steps = append(im.config.Steps, migrate.Step{Plugin: "sleep", Value: strings.Join(args, " "), Origin: o})
	case "example":
		im.report.LeftOut(o, "only writes a line into the log for each message")
	case "range", "lease_time", "netmask", "router", "staticroute", "mtu", "autoconfigure", "ipv6only":
		im.report.LeftOut(o, "is for DHCPv4: addresses come from pool, their times from lifetimes")
	default:
		im.report.LeftOut(o, "is a plugin of your own: build it in with generator --with, which runs it as it is, and write it where it shall stand")
	}
}

// serverID keeps the DUID. CoreDHCP makes that of LLT with a time of zero.
func (im *importer) serverID(args []string, o migrate.Origin) {
	value := strings.Join(args, " ")
	if len(args) == 2 {
		switch kind := strings.ToUpper(strings.TrimPrefix(strings.ToLower(args[0]), "duid-")); kind {
		case "LLT":
			value = "LLT " + args[1] + " 0"
			im.report.Note(o, "the time in the DUID is zero, as CoreDHCP has it: clients know the server by it")
		case "LL":
			value = "LL " + args[1]
		}
	}
	im.config.ServerID = migrate.Setting{Value: value, Origin: o}
}

// file takes the table of the plugin file, as hosts.
func (im *importer) file(args []string, o migrate.Origin) {
	if len(args) == 0 {
		im.report.LeftOut(o, "want the name of a file")
		return
	}
	table, err := im.source.Include(args[0])
	if err != nil {
		im.report.LeftOut(o, "%v: import again with that file in its place", err)
		return
	}
	im.table(table)
	im.report.Note(o, "the machines are hosts, which are read again when their file changes, if they are in one (import --to)")
}

// table takes lines of a MAC and an address. Of lines with one MAC the last one
// counts.
func (im *importer) table(s *migrate.Source) {
	n := 0
	for line := range strings.Lines(string(s.Data)) {
		n++
		text, _, _ := strings.Cut(line, "#")
		words := strings.Fields(text)
		if len(words) == 0 {
			continue
		}
		im.record(words, s.At(n))
	}
	if len(im.config.Hosts) == 0 {
		return
	}
	im.config.Identify = migrate.Setting{Value: "relay eui64 duid", Origin: im.config.Hosts[0].Origin}
	im.config.Identify.Origin.Line = 0
	im.oneHour(migrate.Origin{File: s.Name})
}

func (im *importer) record(words []string, o migrate.Origin) {
	mac, addr, err := parseRecord(words)
	if err != nil {
		im.report.LeftOut(o, "%v", err)
		return
	}
	if i, again := im.places[mac]; again {
		h := &im.config.Hosts[i]
		im.report.LeftOut(h.Origin, "the MAC stands again in line %d, and the last line counts", o.Line)
		h.Addresses, h.Origin = []string{addr}, o
		return
	}
	im.places[mac] = len(im.config.Hosts)
	im.config.Hosts = append(im.config.Hosts, migrate.Host{
		Name: strings.ReplaceAll(mac, ":", "-"), MACs: []string{mac}, Addresses: []string{addr}, Origin: o,
	})
}

// oneHour has leases last as long as CoreDHCP's do.
func (im *importer) oneHour(o migrate.Origin) {
	if len(im.config.Lifetimes) > 0 {
		return
	}
	im.report.Note(o, "leases last an hour, as with CoreDHCP; without lifetimes they last a day")
	im.config.Lifetimes = append(im.config.Lifetimes, migrate.Lifetime{Preferred: migrate.Seconds(3600), Valid: migrate.Seconds(3600), Origin: o})
}

func (im *importer) option(code uint16, args []string, o migrate.Origin) {
	option, err := migrate.TextOption(code, args, o)
	if err != nil {
		im.report.LeftOut(o, "%v", err)
		return
	}
	im.config.Options = append(im.config.Options, option)
}

// boot takes the one URL of nbp, whose query may have parameters for option 60.
func (im *importer) boot(args []string, o migrate.Origin) {
	if len(args) != 1 {
		im.report.LeftOut(o, "want one URL")
		return
	}
	b := migrate.Boot{URL: migrate.LiteralURL(args[0]), Origin: o}
	if u, err := url.Parse(args[0]); err == nil && u.Query().Has("params") {
		b.Params = strings.Fields(u.Query().Get("params"))
	}
	im.report.Changed(o, "boot tells the URL to firmware, loaders and other boot clients only; iPXE is told the same as the firmware that loads it, and loads itself for ever if that is iPXE: write an entry with stage: loader before it")
	im.config.Boot = append(im.config.Boot, b)
}

// prefix takes a prefix and the length of what is delegated.
func (im *importer) prefix(args []string, o migrate.Origin) {
	if len(args) != 2 {
		im.report.LeftOut(o, "want a prefix and a length")
		return
	}
	p, changed, err := migrate.MaskedPrefix(args[0])
	length, lengthErr := strconv.Atoi(args[1])
	if err != nil || lengthErr != nil || length < p.Bits() || length > 128 {
		im.report.LeftOut(o, "want a prefix and a length, such as 2001:db8::/48 64")
		return
	}
	if changed {
		im.report.Changed(o, "%s has bits beyond its length: it is %s", args[0], p)
	}
	im.config.Prefixes = append(im.config.Prefixes, migrate.Prefix{Pools: []netip.Prefix{p}, Length: length, Origin: o})
	im.oneHour(o)
}
