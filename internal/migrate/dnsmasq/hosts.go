package dnsmasq

import (
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/migrate"
)

// dhcpHost is one dhcp-host.
type dhcpHost struct {
	macs      []macPattern
	duids     []string
	anyID     bool // id:*
	tests     []tagTest
	sets      []string
	addresses []netip.Prefix
	v4        []string
	name      string
	lease     time.Duration // zero: that of the range
	ignore    bool
	dropped   bool
	origin    migrate.Origin
}

// readHost takes dhcp-host.
func (im *importer) readHost(l line) {
	h := dhcpHost{origin: l.origin}
	for _, p := range fields(l.value) {
		if err := h.part(p); err != nil {
			im.report.LeftOut(l.origin, "%v", err)
			return
		}
	}
	im.hosts = append(im.hosts, h)
}

// part takes a part of the line, whichever it is by its form.
func (h *dhcpHost) part(p string) error {
	kind, rest, _ := strings.Cut(p, ":")
	switch {
	case p == "":
	case strings.HasPrefix(p, "["):
		return h.address(p)
	case kind == "id":
		return h.id(rest)
	case kind == "tag":
		h.tests = append(h.tests, readTest(rest))
	case kind == "set" || kind == "net":
		h.sets = append(h.sets, show(rest))
	case p == "ignore":
		h.ignore = true
	case looksLikeMAC(p):
		m, err := readMACPattern(p)
		h.macs = append(h.macs, m)
		return err
	default:
		return h.word(p)
	}
	return nil
}

var leaseForm = regexp.MustCompile(`^(infinite|[0-9]+[smhdwSMHDW]?)$`)

// word takes an IPv4 address, a lease time or a name.
func (h *dhcpHost) word(p string) (err error) {
	if a, err := netip.ParseAddr(p); err == nil && a.Is4() {
		h.v4 = append(h.v4, p)
		return nil
	}
	if leaseForm.MatchString(p) {
		h.lease, err = leaseTime(p)
		h.lease = max(h.lease, leastLease)
		return err
	}
	if strings.ContainsAny(p, ":[]") {
		return fmt.Errorf("%q is neither MAC nor address, which stands in brackets for IPv6, nor name", show(p))
	}
	h.name = show(p)
	return nil
}

// address takes [2001:db8::5], [::5] or [2001:db8::8/125].
func (h *dhcpHost) address(p string) error {
	inner := strings.TrimSuffix(strings.TrimPrefix(p, "["), "]")
	a, bits, block := strings.Cut(inner, "/")
	addr, err := address(a)
	if err != nil {
		return err
	}
	prefix := netip.PrefixFrom(addr, 128)
	if block {
		if prefix, err = netip.ParsePrefix(addr.String() + "/" + bits); err != nil || prefix.Bits() < 64 {
			return fmt.Errorf("%q is no block of addresses", show(p))
		}
	}
	h.addresses = append(h.addresses, prefix)
	return nil
}

// id takes a DUID. One without colons is a text, octet for octet.
func (h *dhcpHost) id(s string) error {
	if s == "*" {
		h.anyID = true
		return nil
	}
	raw := []byte(show(s))
	if strings.Contains(s, ":") {
		data, err := ident.ParseHex(s)
		if err != nil {
			return fmt.Errorf("id:%s is no DUID in hexadecimal", show(s))
		}
		raw = data
	}
	if ofDHCPv4(raw) {
		return errors.New("is for DHCPv4: an id of a 1 and a MAC is a client identifier of DHCPv4; for DHCPv6, write the MAC without id")
	}
	if err := ident.CheckDUID(raw); err != nil {
		return fmt.Errorf("id:%s is no DUID: %w", show(s), err)
	}
	h.duids = append(h.duids, ident.DUID(raw).String())
	return nil
}

// ofDHCPv4 says whether an identifier is of a hardware type and a MAC, which no
// DUID is.
func ofDHCPv4(raw []byte) bool { return len(raw) == 7 && raw[0] == 1 }

// wild says whether one of the MACs has wildcards, so that the line is for
// several machines.
func (h *dhcpHost) wild() bool {
	return slices.ContainsFunc(h.macs, func(m macPattern) bool { return m.wild })
}

// when gives the condition that a client is the host.
func (h *dhcpHost) when() string {
	var any []string
	for _, m := range h.macs {
		any = append(any, m.when())
	}
	for _, d := range h.duids {
		any = append(any, "duid == "+quote(d))
	}
	return strings.Join(any, " or ")
}

// hostTags defines the tags of hosts, and those of lines with wildcards.
func (im *importer) hostTags() {
	for i := range im.hosts {
		h := &im.hosts[i]
		for _, s := range h.sets {
			if h.wild() {
				im.tags.define(s, h.when(), false, h.origin)
			} else {
				im.tags.name(s)
			}
		}
	}
}

// putHosts makes hosts of the lines.
func (im *importer) putHosts() {
	for i := range im.hosts {
		h := &im.hosts[i]
		h.dropped = !im.hostKept(h)
	}
	for _, filtered := range []bool{true, false} { // as dnsmasq prefers them
		for i := range im.hosts {
			if h := &im.hosts[i]; !h.dropped && filtered == (len(h.tests) > 0) {
				im.putHost(h, i)
			}
		}
	}
	im.sortHosts()
	im.putFinal()
	if slices.ContainsFunc(im.config.Hosts, func(h migrate.Host) bool { return len(h.MACs) > 0 }) || im.asksForMAC() {
		im.config.Identify = migrate.Setting{Value: "relay frame"}
	}
}

// asksForMAC says whether a condition does.
func (im *importer) asksForMAC() bool {
	return slices.ContainsFunc(im.matches, func(r tagRule) bool { return strings.HasPrefix(r.when, "mac ") })
}

// hostKept says whether a line makes a host, and tells what else became of it.
func (im *importer) hostKept(h *dhcpHost) bool {
	_, v := im.tags.condition(h.tests)
	switch {
	case len(h.macs)+len(h.duids) == 0:
		im.report.LeftOut(h.origin, "nothing but its name says which machine it is, and a client may take any name: write its MAC or DUID")
		return false
	case h.ignore:
		im.ignoreHost(h)
		return false
	case v == never:
		im.report.LeftOut(h.origin, "nobody ever has %s: nothing sets it for clients of DHCPv6", text(h.tests))
		return false
	case h.wild():
		im.wildHost(h)
		return false
	case im.tags.loader(h.tests):
		im.report.LeftOut(h.origin, "is for iPXE: what is reserved for a host is for its installed system; give loaders addresses by a pool with when")
		return false
	}
	if h.anyID {
		im.report.Note(h.origin, "id:* goes without saying: a machine with this MAC is known whatever its DUID is")
	}
	for _, a := range h.v4 {
		im.report.Changed(h.origin, "the IPv4 address %s is for DHCPv4 and left out; the rest is carried over", a)
	}
	return true
}

// ignoreHost leaves a machine without an answer.
func (im *importer) ignoreHost(h *dhcpHost) {
	im.config.Steps = append(im.config.Steps, migrate.Step{Plugin: "ignore", Value: h.when(), When: im.when(h.tests), Origin: h.origin})
}

func (im *importer) when(tests []tagTest) string {
	when, _ := im.tags.condition(tests)
	return when
}

func (im *importer) wildHost(h *dhcpHost) {
	if len(h.addresses) > 0 || len(h.sets) == 0 {
		im.report.LeftOut(h.origin, "is for several machines, by wildcards, and a host is one")
		return
	}
	if h.name != "" || h.lease != 0 {
		im.report.Changed(h.origin, "is for several machines, by wildcards: its tag is set for them; name and lease time are left out")
	}
}
