// Package cisco reads the DHCPv6 server of a running configuration of Cisco IOS:
// ipv6 dhcp pool, ipv6 local pool, and what interfaces say of them. It writes
// hosts with prefixes as static bindings.
package cisco

import (
	"bytes"
	"net/netip"
	"slices"
	"strings"

	"github.com/stage6/stage6/internal/migrate"
)

// Format gives the format cisco.
func Format() migrate.Format {
	return migrate.Format{Name: "cisco", Title: "Cisco IOS, ipv6 dhcp pool", Detect: detect, Import: importConfig, Export: export}
}

func detect(_ string, head []byte) int {
	if bytes.Contains(head, []byte("ipv6 dhcp pool ")) {
		return 95
	}
	return 0
}

// command is a line in words.
type command struct {
	words    []string
	indented bool
	origin   migrate.Origin
}

func (c command) starts(words ...string) bool {
	return len(c.words) >= len(words) && slices.Equal(c.words[:len(words)], words)
}

// rest joins the words from one on.
func (c command) rest(from int) string {
	return strings.Join(c.words[min(from, len(c.words)):], " ")
}

func (c command) word(i int) string {
	if i < len(c.words) {
		return c.words[i]
	}
	return ""
}

// commands takes the lines of a file, without comments.
func commands(s *migrate.Source) (out []command) {
	n := 0
	for line := range strings.Lines(string(s.Data)) {
		n++
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		out = append(out, command{words: words, indented: strings.TrimLeft(line, " \t") != line, origin: s.At(n)})
	}
	return out
}

// importer collects what the lines say.
type importer struct {
	config     *migrate.Config
	report     *migrate.Report
	pools      []*pool
	locals     []*localPool
	interfaces []*iface
	names      map[string]bool
	lifetimes  map[string]migrate.Lifetime

	section any // what lines belong to at the moment: *pool, *iface, *vendor or nothing
	other   int // lines that have nothing to do with DHCPv6, one behind the other
	first   migrate.Origin
}

// localPool is an ipv6 local pool.
type localPool struct {
	name   string
	prefix netip.Prefix
	length int
	used   bool
	origin migrate.Origin
}

// iface is an interface.
type iface struct {
	name        string
	addresses   []netip.Prefix // with the bits of the interface
	server      string         // the pool that it serves, or automatic
	rapidCommit bool
	preference  string
	served      migrate.Origin // of the line with the pool
	origin      migrate.Origin
}

func importConfig(sources []*migrate.Source, c *migrate.Config, r *migrate.Report) error {
	im := &importer{config: c, report: r, names: map[string]bool{}, lifetimes: map[string]migrate.Lifetime{}}
	for _, s := range sources {
		for _, line := range commands(s) {
			im.line(line)
		}
		im.leave()
		im.tellOther()
	}
	im.finish()
	return nil
}

// line takes a line: the head of a section, or one of the section that is open.
func (im *importer) line(c command) {
	if c.words[0] == "!" || strings.HasPrefix(c.words[0], "!") || c.starts("exit") || c.starts("end") {
		im.leave()
		return
	}
	if im.head(c) {
		im.tellOther()
		return
	}
	if im.section != nil && im.inSection(c) {
		return
	}
	if !c.indented {
		im.leave()
	}
	if c.starts("ipv6", "dhcp") || c.starts("ipv6", "local") {
		im.report.LeftOut(c.origin, "is not known here")
		return
	}
	if im.other++; im.other == 1 {
		im.first = c.origin
	}
}

func (im *importer) leave() { im.section = nil }

// tellOther reports lines that have nothing to do with DHCPv6.
func (im *importer) tellOther() {
	if im.other > 0 {
		im.report.LeftOut(im.first, "nothing of DHCPv6, in this and the lines up to the next of it: %d", im.other)
	}
	im.other = 0
}

// head takes the first line of a section, or a line that is none.
func (im *importer) head(c command) bool {
	switch {
	case c.starts("ipv6", "dhcp", "pool"):
		p := &pool{name: c.rest(3), origin: c.origin}
		im.pools, im.section = append(im.pools, p), p
	case c.starts("ipv6", "local", "pool"):
		im.section = nil
		im.localPool(c)
	case c.starts("interface") && !c.indented:
		i := &iface{name: c.rest(1), origin: c.origin}
		im.interfaces, im.section = append(im.interfaces, i), i
	case c.starts("ipv6", "unicast-routing"):
		im.section = nil
		im.report.Note(c.origin, "is up to the kernel: sysctl net.ipv6.conf.all.forwarding=1")
	default:
		return false
	}
	return true
}

func (im *importer) inSection(c command) bool {
	switch s := im.section.(type) {
	case *pool:
		return im.poolLine(s, c)
	case *vendor:
		if c.starts("suboption") {
			im.suboption(s, c)
			return true
		}
		im.section = s.pool
		return im.poolLine(s.pool, c)
	case *iface:
		return im.interfaceLine(s, c)
	}
	return false
}

// localPool takes: ipv6 local pool NAME PREFIX LENGTH [shared] [cache-size N].
func (im *importer) localPool(c command) {
	prefix, _, err := migrate.MaskedPrefix(c.word(4))
	length, lengthErr := number(c.word(5), 128)
	if err != nil || lengthErr != nil || length < prefix.Bits() {
		im.report.LeftOut(c.origin, "cannot be read: want ipv6 local pool NAME PREFIX LENGTH")
		return
	}
	im.locals = append(im.locals, &localPool{name: c.word(3), prefix: prefix, length: length, origin: c.origin})
}

// interfaceLine takes a line of an interface, if DHCPv6 has to do with it.
func (im *importer) interfaceLine(i *iface, c command) bool {
	switch {
	case c.starts("ipv6", "dhcp", "server"):
		im.server(i, c)
	case c.starts("ipv6", "dhcp", "relay"):
		im.report.LeftOut(c.origin, "is a relay agent, which the router goes on being: its address may have to be under relays")
	case c.starts("ipv6", "dhcp"):
		im.report.LeftOut(c.origin, "is for the router's own client")
	case c.starts("ipv6", "address"):
		if p, err := netip.ParsePrefix(c.word(2)); err == nil && p.Addr().Is6() {
			i.addresses = append(i.addresses, p)
		}
		return false
	case c.starts("ipv6", "nd") && strings.Contains(c.rest(2), "config-flag"):
		im.report.LeftOut(c.origin, "router advertisements are up to the router; with addresses by DHCPv6 they have the flag M, with options alone the flag O")
	default:
		return false
	}
	return true
}

// server takes: ipv6 dhcp server [POOL] [rapid-commit] [preference N] [allow-hint].
func (im *importer) server(i *iface, c command) {
	i.served, i.server = c.origin, "automatic"
	for n := 3; n < len(c.words); n++ {
		switch w := c.words[n]; {
		case w == "rapid-commit":
			i.rapidCommit = true
		case w == "preference":
			n++
			i.preference = c.word(n)
		case w == "allow-hint":
			im.report.Note(c.origin, "allow-hint goes without saying: a client gets the prefix that it names if that is free")
		case n == 3:
			i.server = w
		default:
			im.report.Changed(c.origin, "%s is not known here and left out", w)
		}
	}
}
