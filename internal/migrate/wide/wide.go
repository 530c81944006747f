// Package wide reads dhcp6s.conf of WIDE-DHCPv6, and writes hosts as it has them.
package wide

import (
	"bytes"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/migrate"
	"github.com/stage6/stage6/internal/migrate/braces"
)

// Format gives the format wide.
func Format() migrate.Format {
	return migrate.Format{Name: "wide", Title: "WIDE-DHCPv6, dhcp6s.conf", Detect: detect, Import: importConfig, Export: export}
}

// detect looks for what WIDE's has and Fedora's, which is alike, has not.
func detect(_ string, head []byte) int {
	for _, word := range []string{"option domain-name-servers", "option domain-name ", "address-pool", "option ntp-servers", "option sip-server-", "option nis"} {
		if bytes.Contains(head, []byte(word)) && !bytes.Contains(head, []byte("dhcp6.")) && !bytes.Contains(head, []byte("subnet")) {
			return 70
		}
	}
	if bytes.Contains(head, []byte("duid ")) && bytes.Contains(head, []byte("host ")) {
		return 30
	}
	if bytes.Contains(head, []byte("pool ")) && bytes.Contains(head, []byte("range ")) && bytes.Contains(head, []byte(" to ")) {
		return 40
	}
	return 0
}

// importer collects the statements.
type importer struct {
	config     *migrate.Config
	report     *migrate.Report
	pools      map[string]pool
	interfaces []braces.Statement
	names      map[string]bool
	lifetimes  map[string]migrate.Lifetime
	hosts      []netip.Prefix // the networks of hosts' addresses
	files      int
}

// pool is a named range.
type pool struct {
	text   string
	first  netip.Addr
	origin migrate.Origin
	used   bool
}

// maxFiles bounds what files include.
const maxFiles = 100

func importConfig(sources []*migrate.Source, c *migrate.Config, r *migrate.Report) error {
	im := &importer{config: c, report: r, pools: map[string]pool{}, names: map[string]bool{}, lifetimes: map[string]migrate.Lifetime{}}
	for _, s := range sources {
		if err := im.read(s); err != nil {
			return err
		}
	}
	im.finish()
	return nil
}

func (im *importer) read(s *migrate.Source) error {
	if im.files++; im.files > maxFiles {
		return fmt.Errorf("%s: more than %d files, or one that includes itself", s.Name, maxFiles)
	}
	list, err := braces.Parse(s)
	if err != nil {
		return err
	}
	for _, st := range list {
		if err := im.statement(s, st); err != nil {
			return err
		}
	}
	return nil
}

func (im *importer) statement(s *migrate.Source, st braces.Statement) error {
	switch st.Word(0) {
	case "option":
		im.option(st)
	case "interface":
		im.interfaces = append(im.interfaces, st)
	case "host":
		im.host(st)
	case "pool":
		im.pool(st)
	case "include":
		return im.include(s, st)
	case "id-assoc", "profile":
		im.report.LeftOut(st.Origin, "is for the client, dhcp6c")
	case "authentication", "keyinfo":
		im.report.LeftOut(st.Origin, "messages are not authenticated: RFC 9915 has done away with that")
	default:
		im.report.LeftOut(st.Origin, "%q is no statement of dhcp6s that is known here", st.Word(0))
	}
	return nil
}

func (im *importer) include(s *migrate.Source, st braces.Statement) error {
	other, err := s.Include(st.Word(1))
	if err != nil {
		im.report.LeftOut(st.Origin, "%v: import again with that file in its place", err)
		return nil
	}
	return im.read(other)
}

// codes gives the codes of options by their names.
func codes() map[string]uint16 {
	return map[string]uint16{
		"domain-name-servers": 23, "domain-name": 24, "ntp-servers": 31, "sip-server-address": 22, "sip-server-domain-name": 21,
		"nis-server-address": 27, "nis-domain-name": 29, "nis-server-domain-name": 29, "nisp-server-address": 28,
		"nisp-domain-name": 30, "nisp-server-domain-name": 30, "bcmcs-server-address": 34, "bcmcs-server-domain-name": 33,
		"refreshtime": 32,
	}
}

// option takes an option for all clients, who are sent it unasked.
func (im *importer) option(st braces.Statement) {
	code, ok := codes()[st.Word(1)]
	if !ok {
		im.report.LeftOut(st.Origin, "%q is no option that dhcp6s knows", st.Word(1))
		return
	}
	if code == 31 {
		code = migrate.OptionNTP
		im.report.Note(st.Origin, "ntp tells the servers in option 56, too, for clients that know it")
	}
	o, err := migrate.TextOption(code, st.Words[2:], st.Origin)
	if err != nil {
		im.report.LeftOut(st.Origin, "%v", err)
		return
	}
	for i := range im.config.Options {
		if x := &im.config.Options[i]; x.Key == o.Key {
			x.Value = append(list(x.Value), list(o.Value)...)
			return
		}
	}
	im.config.Options = append(im.config.Options, o)
	im.config.Always = append(im.config.Always, migrate.Setting{Value: o.Key, Origin: st.Origin})
}

// list gives the texts of an option's value.
func list(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []string:
		return v
	}
	return nil
}

func (im *importer) pool(st braces.Statement) {
	for _, x := range st.Block {
		first, err := netip.ParseAddr(x.Word(1))
		last, lastErr := netip.ParseAddr(x.Word(3))
		if !x.Starts("range") || x.Word(2) != "to" || err != nil || lastErr != nil || last.Less(first) {
			im.report.LeftOut(x.Origin, "cannot be read: want range FIRST to LAST")
			continue
		}
		im.pools[st.Word(1)] = pool{text: first.String() + "-" + last.String(), first: first, origin: x.Origin}
	}
}

func (im *importer) host(st braces.Statement) {
	h := migrate.Host{Name: migrate.HostName(im.names, st.Word(1)), Origin: st.Origin}
	for _, x := range st.Block {
		if err := im.hostPart(&h, x); err != nil {
			im.report.LeftOut(x.Origin, "%v", err)
		}
	}
	if !h.Recognised() {
		im.report.LeftOut(st.Origin, "has no duid, so that nothing says which machine it is")
		return
	}
	im.config.Hosts = append(im.config.Hosts, h)
}

func (im *importer) hostPart(h *migrate.Host, x braces.Statement) error {
	switch x.Word(0) {
	case "duid":
		duid, err := ident.ParseDUID(x.Word(1))
		h.DUIDs = append(h.DUIDs, duid.String())
		return err
	case "address":
		a, err := netip.ParseAddr(x.Word(1))
		if err != nil {
			return err
		}
		h.Addresses = append(h.Addresses, a.String())
		im.hosts = append(im.hosts, netip.PrefixFrom(a, 64).Masked())
		return im.times(h, x)
	case "prefix":
		p, changed, err := migrate.MaskedPrefix(strings.Join(x.Words[1:min(len(x.Words), 2)], ""))
		if err != nil {
			return err
		}
		if changed {
			im.report.Changed(x.Origin, "%s has bits beyond its length: it is %s", x.Word(1), p)
		}
		h.Prefixes = append(h.Prefixes, p.String())
		return im.times(h, x)
	case "delayedkey":
		return fmt.Errorf("messages are not authenticated: RFC 9915 has done away with that")
	}
	return fmt.Errorf("%q is no part of a host that is known here", x.Word(0))
}

// times takes the lifetimes behind an address or prefix: the preferred one and,
// if it is another, the valid one.
func (im *importer) times(h *migrate.Host, x braces.Statement) error {
	l, err := lifetimes(x, 2)
	if err != nil {
		return err
	}
	before, again := im.lifetimes[h.Name]
	if again && (*before.Preferred != *l.Preferred || *before.Valid != *l.Valid) {
		im.report.Changed(x.Origin, "all of a host has the same lifetimes: %s, those of %s", before.Preferred, before.Origin)
		return nil
	}
	im.lifetimes[h.Name] = l
	return nil
}

func lifetimes(x braces.Statement, at int) (l migrate.Lifetime, err error) {
	l.Origin = x.Origin
	if l.Preferred, err = migrate.ParseSeconds(x.Word(at)); err != nil {
		return l, err
	}
	l.Valid = l.Preferred
	if x.Word(at+1) != "" {
		l.Valid, err = migrate.ParseSeconds(x.Word(at + 1))
	}
	return l, err
}

// finish makes what depends on interfaces.
func (im *importer) finish() {
	for _, st := range im.interfaces {
		im.oneInterface(st)
	}
	for name, p := range im.pools {
		if !p.used {
			im.report.LeftOut(p.origin, "no interface has the pool %s", name)
		}
	}
	if len(im.interfaces) == 1 {
		for _, p := range im.hosts {
			im.config.AddLink(migrate.Link{Interface: im.interfaces[0].Word(1), Prefixes: []netip.Prefix{p}, Origin: im.interfaces[0].Origin})
		}
	}
	im.config.HostLifetimes(im.lifetimes)
}

func (im *importer) oneInterface(st braces.Statement) {
	name := st.Word(1)
	im.config.Listen = append(im.config.Listen, migrate.Listen{Interface: name, Origin: st.Origin})
	for _, x := range st.Block {
		switch {
		case x.Starts("allow", "rapid-commit"):
			im.config.AddLink(migrate.Link{Interface: name, RapidCommit: true, Origin: x.Origin})
		case x.Starts("preference"):
			im.preference(x, name)
		case x.Starts("address-pool"):
			im.addressPool(x, name)
		default:
			im.report.LeftOut(x.Origin, "is for the client, or not known here")
		}
	}
}

func (im *importer) preference(x braces.Statement, name string) {
	n, err := strconv.ParseUint(x.Word(1), 10, 8)
	if err != nil {
		im.report.LeftOut(x.Origin, "a preference is 0 to 255")
		return
	}
	step := migrate.Step{Plugin: "preference", Value: int(n), Origin: x.Origin}
	if len(im.interfaces) > 1 {
		step.When = "link == " + strconv.Quote(name)
	}
	im.config.Steps = append(im.config.Steps, step)
}

func (im *importer) addressPool(x braces.Statement, name string) {
	p, ok := im.pools[x.Word(1)]
	l, err := lifetimes(x, 2)
	if !ok || err != nil {
		im.report.LeftOut(x.Origin, "cannot be read: want address-pool POOL PREFERRED [VALID], and pool POOL { range ... }")
		return
	}
	if p.used {
		im.report.LeftOut(x.Origin, "another interface has the pool %s, and the addresses of a pool are on one link", x.Word(1))
		return
	}
	p.used = true
	im.pools[x.Word(1)] = p
	im.config.Pools = append(im.config.Pools, migrate.Pool{
		Name: x.Word(1), Ranges: []string{p.text}, Preferred: l.Preferred, Valid: l.Valid, Origin: p.origin,
	})
	im.config.AddLink(migrate.Link{Interface: name, Prefixes: []netip.Prefix{netip.PrefixFrom(p.first, 64).Masked()}, Origin: x.Origin})
}
