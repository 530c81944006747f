package kea

import (
	"encoding/hex"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/migrate"
	"github.com/stage6/stage6/internal/migrate/condition"
)

// readReservation makes a host of a reservation, or adds to the one that has
// the same identifier on another link.
func (i *importer) readReservation(v *value, n *network) {
	key, set, ok := i.identifier(v)
	if !ok {
		use(v)
		return
	}
	hostname := v.get("hostname").string()
	h := i.byID[key]
	if h == nil {
		h = &migrate.Host{Name: migrate.HostName(i.names, hostname, strings.SplitN(key, " ", 2)[1]), Origin: v.origin()}
		i.byID[key] = h
		i.hosts = append(i.hosts, h)
		set(h)
	}
	i.readReserved(v, h)
	i.setHostname(v, h, hostname)
	for _, list := range []string{"client-classes"} {
		for _, name := range v.get(list).strings() {
			if tag, isTag := i.member(name).(condition.Tag); isTag && !slices.Contains(h.Tags, tag.Name) {
				h.Tags = append(h.Tags, tag.Name)
			}
		}
	}
	s := i.optionData(v.get("option-data"), "")
	for _, b := range s.boot {
		s.options = append(s.options, migrate.Option{Key: "bootfile_url", Value: b.URL, Origin: b.Origin})
	}
	i.addOptions(h, s.options)
	if n == nil {
		i.report.Note(v.origin(), "a reservation for all subnets: its addresses are given on the links that they are on")
	}
}

// addOptions gives a host options, of which it has one of a kind.
func (i *importer) addOptions(h *migrate.Host, options []migrate.Option) {
	for _, o := range options {
		if slices.ContainsFunc(h.Options, func(x migrate.Option) bool { return x.Key == o.Key }) {
			i.report.LeftOut(o.Origin, "the host has such an option from another of its reservations")
			continue
		}
		h.Options = append(h.Options, o)
	}
}

// hostnameForm is a domain name that the plugin hosts takes.
var hostnameForm = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*\.?$`)

func (i *importer) setHostname(v *value, h *migrate.Host, hostname string) {
	switch {
	case hostname == "" || hostname == h.Hostname || hostname == h.Name:
	case !hostnameForm.MatchString(hostname):
		i.report.LeftOut(v.where("hostname"), "%q is no host name", hostname)
	case h.Hostname != "":
		i.report.LeftOut(v.where("hostname"), "the host is %s on another subnet, and has one name", h.Hostname)
	default:
		h.Hostname = hostname
	}
}

// readReserved reads the addresses and prefixes.
func (i *importer) readReserved(v *value, h *migrate.Host) {
	addresses := v.get("ip-addresses").list()
	if old := v.get("ip-address"); old != nil {
		i.report.Changed(v.where("ip-address"), "Kea has ip-address for DHCPv4 only, and would not have started: taken for ip-addresses")
		addresses = append(addresses, old)
	}
	for _, x := range addresses {
		a, err := parseIPv6(x.string())
		if err != nil {
			i.report.LeftOut(x.origin(), "%q is no IPv6 address", x.string())
			continue
		}
		if !slices.Contains(h.Addresses, a.String()) {
			h.Addresses = append(h.Addresses, a.String())
		}
	}
	for _, x := range v.get("prefixes").list() {
		p, changed, err := migrate.MaskedPrefix(x.string())
		if err != nil {
			i.report.LeftOut(x.origin(), "%v", err)
			continue
		}
		if changed {
			i.report.Changed(x.origin(), "there are bits beyond the length of the prefix: %s now", p)
		}
		if !slices.Contains(h.Prefixes, p.String()) {
			h.Prefixes = append(h.Prefixes, p.String())
		}
	}
}

// identifier reads by what a reservation knows its machine: a key for it, and
// how a host is told of it.
func (i *importer) identifier(v *value) (key string, set func(*migrate.Host), ok bool) {
	if text := v.get("duid").string(); text != "" {
		d, err := ident.ParseDUID(text)
		if err != nil {
			i.report.LeftOut(v.where("duid"), "%v", err)
			return "", nil, false
		}
		return "duid " + d.String(), func(h *migrate.Host) { h.DUIDs = []string{d.String()} }, true
	}
	if text := v.get("hw-address").string(); text != "" {
		raw, err := ident.ParseHex(text)
		if err != nil || len(raw) != 6 {
			i.report.LeftOut(v.where("hw-address"), "%q: want six octets in hexadecimal, such as 52:54:00:aa:bb:01", text)
			return "", nil, false
		}
		m := string(ident.AppendHex(nil, raw))
		return "mac " + m, func(h *migrate.Host) { h.MACs = []string{m} }, true
	}
	if text := v.get("flex-id").string(); text != "" {
		return i.flexible(v, text)
	}
	i.report.LeftOut(v.origin(), "nothing says which machine it is: want duid, hw-address or flex-id")
	return "", nil, false
}

// flexible makes a port of what the hook flex-id finds.
func (i *importer) flexible(v *value, text string) (key string, set func(*migrate.Host), ok bool) {
	port, ok := i.port(text)
	if !ok {
		i.report.LeftOut(v.where("flex-id"), "only identifiers that relay agents give (options 18, 37 and 38) are known as ports: write the host with port, mac, duid or uuid")
		return "", nil, false
	}
	return "port " + port, func(h *migrate.Host) { h.Ports = []string{port} }, true
}

// port writes an identifier as the plugin hosts takes it.
func (i *importer) port(text string) (string, bool) {
	if i.flexID == "" {
		return "", false
	}
	raw, quoted := []byte(strings.Trim(text, "'")), strings.HasPrefix(text, "'")
	if !quoted {
		var err error
		if raw, err = ident.ParseHex(text); err != nil {
			return "", false
		}
	}
	prefix := i.flexID + ":"
	if i.flexID == "remote-id" {
		if len(raw) < 5 {
			return "", false
		}
		prefix += strconv.Itoa(int(raw[0])<<24|int(raw[1])<<16|int(raw[2])<<8|int(raw[3])) + ":"
		raw = raw[4:]
	}
	for _, b := range raw {
		if b < ' ' || b > '~' {
			return prefix + "0x" + hex.EncodeToString(raw), true
		}
	}
	return prefix + string(raw), len(raw) > 0
}

// readHooks looks for the expression of flex-id. Hooks are programs, which are
// left out.
func (i *importer) readHooks() {
	for _, v := range i.root.get("hooks-libraries").list() {
		library := v.get("library").string()
		parameters := v.get("parameters")
		switch {
		case strings.Contains(library, "flex_id"):
			i.readFlexID(v, parameters)
		case strings.Contains(library, "lease_cmds"), strings.Contains(library, "host_cmds"), strings.Contains(library, "subnet_cmds"), strings.Contains(library, "stat_cmds"):
			i.report.LeftOut(v.where("library"), "what this hook does, stage6 does over its API")
		case strings.Contains(library, "libdhcp_ha"):
			i.report.LeftOut(v.where("library"), "stage6 runs alone: keep its leases safe with backups, and start it elsewhere if need be")
		default:
			i.report.LeftOut(v.where("library"), "a program for Kea: see whether a plugin of stage6 does the same")
		}
		use(parameters)
	}
}

func (i *importer) readFlexID(v, parameters *value) {
	test := strings.TrimSpace(parameters.get("identifier-expression").string())
	for code, form := range map[string]string{"18": "interface-id", "37": "remote-id", "38": "subscriber-id"} {
		for _, level := range []string{"0", "-1"} {
			if strings.ReplaceAll(test, " ", "") == "relay6["+level+"].option["+code+"].hex" {
				i.flexID = form
			}
		}
	}
	if i.flexID == "" {
		i.report.LeftOut(v.origin(), "the identifier %q has no counterpart", test)
	}
}

// use marks all of a value as used.
func use(v *value) {
	if v == nil {
		return
	}
	for _, m := range v.members {
		m.used = true
		use(m.value)
	}
	for _, x := range v.items {
		use(x)
	}
}

// finishHosts gives the configuration its hosts.
func (i *importer) finishHosts() {
	for _, h := range i.hosts {
		i.config.Hosts = append(i.config.Hosts, *h)
	}
}

// readIdentity chooses the sources of identity, where machines are known by
// their MAC.
func (i *importer) readIdentity() {
	sources, order := i.root.get("mac-sources"), i.root.get("host-reservation-identifiers")
	byMAC, byDUID, byPort := 0, 0, 0
	for _, h := range i.hosts {
		byMAC, byDUID, byPort = byMAC+len(h.MACs), byDUID+len(h.DUIDs), byPort+len(h.Ports)
	}
	if names := order.strings(); byMAC > 0 && byDUID+byPort > 0 && len(names) > 0 && names[0] != "duid" {
		i.report.Changed(i.root.where("host-reservation-identifiers"), "a machine that has a reservation by DUID and another one by MAC gets that by DUID now: stage6 looks for DUIDs first")
	}
	if byMAC == 0 {
		return
	}
	at := i.root.where("mac-sources")
	names := []string{"relay", "frame"}
	if byPort > 0 {
		names = append(names, "port")
	}
	for _, s := range sources.strings() {
		if name := sourceOf(s); name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if sources == nil {
		at = migrate.Origin{}
		names = append(names, "eui64", "duid") // Kea tries everything
	}
	i.config.Identify = migrate.Setting{Value: strings.Join(names, " "), Origin: at}
	i.tellOfSources(sources, at)
	i.config.KeepForSystems(i.report)
}

// sourceOf gives the source of identity for one of Kea's.
func sourceOf(kea string) string {
	switch kea {
	case "any", "duid":
		return "duid"
	case "ipv6-link-local":
		return "eui64"
	}
	return "" // relay and frame are there anyway
}

func (i *importer) tellOfSources(sources *value, at migrate.Origin) {
	if !slices.Contains(sources.strings(), "raw") {
		i.report.Changed(at, "the relay agent (option 79) and the Ethernet frame are asked for the MAC first, since a client can make up what stands in its DUID, and one that was installed from an image has another machine's; the frame needs CAP_NET_RAW, which the service is given as the manual says")
	}
	for _, x := range sources.list() {
		switch x.string() {
		case "remote-id", "rfc4649", "subscriber-id", "rfc4580", "docsis-cmts", "docsis-modem":
			i.report.LeftOut(x.origin(), "%q: name machines by the port that a relay agent tells, or by another source of identity", x.string())
		}
	}
}
