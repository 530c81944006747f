package dnsmasq

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/stage6/stage6/internal/migrate"
	"github.com/stage6/stage6/lease"
)

// dhcpRange is one dhcp-range for DHCPv6.
type dhcpRange struct {
	tests       []tagTest
	set         string
	first, last netip.Addr
	constructor string // the interface whose prefixes it is for, or nothing
	bits        int
	hasBits     bool
	modes       []string
	lease       time.Duration
	deprecated  bool
	origin      migrate.Origin
}

// Lease times of dnsmasq.
const (
	defaultLease = 24 * time.Hour
	leastLease   = 2 * time.Minute
)

// readRange takes dhcp-range.
func (im *importer) readRange(l line) {
	parts := fields(l.value)
	if !slices.ContainsFunc(parts, func(p string) bool { a, err := netip.ParseAddr(p); return err == nil && a.Is6() }) {
		im.report.LeftOut(l.origin, "is for DHCPv4")
		return
	}
	d, err := parseRange(parts)
	if err != nil {
		im.report.LeftOut(l.origin, "cannot be read: %v", err)
		return
	}
	if d.lease < leastLease {
		im.report.Note(l.origin, "dnsmasq makes a lease time of %s its least one, 2m", d.lease)
		d.lease = leastLease
	}
	d.origin = l.origin
	im.ranges = append(im.ranges, d)
}

func parseRange(parts []string) (d dhcpRange, err error) {
	tests, sets, rest := takeTags(parts)
	if len(rest) == 0 {
		return d, errors.New("an address is missing")
	}
	d = dhcpRange{tests: tests, bits: 64, lease: defaultLease}
	if len(sets) > 0 {
		d.set = sets[0]
	}
	if d.first, err = address(rest[0]); err != nil {
		return d, err
	}
	d.last = d.first
	for i, p := range rest[1:] {
		if err := d.part(p); err != nil {
			return d, fmt.Errorf("%q, part %d: %w", show(p), i+2, err)
		}
	}
	return d, d.check()
}

// part takes one of the parts behind the first address.
func (d *dhcpRange) part(p string) (err error) {
	name, special := strings.CutPrefix(p, "constructor:")
	bits, notBits := strconv.Atoi(p)
	switch {
	case special:
		d.constructor = show(name)
	case slices.Contains([]string{"static", "ra-only", "ra-names", "ra-advrouter", "ra-stateless", "slaac", "off-link"}, p):
		d.modes = append(d.modes, p)
	case strings.Contains(p, ":"):
		d.last, err = address(p)
	case p == "deprecated":
		d.deprecated = true
	case notBits == nil && bits >= 0 && bits <= 128 && !d.hasBits:
		d.bits, d.hasBits = bits, true
	case p == "":
	default:
		d.lease, err = leaseTime(p)
	}
	return err
}

func (d *dhcpRange) check() error {
	if d.anywhere() {
		d.bits = 0
		return nil
	}
	if d.bits < 64 {
		return fmt.Errorf("the prefix length %d is below 64", d.bits)
	}
	if d.last.Less(d.first) {
		d.first, d.last = d.last, d.first
	}
	if !d.network().Contains(d.last) {
		return fmt.Errorf("%s and %s are not of one prefix of length %d", d.first, d.last, d.bits)
	}
	return nil
}

// anywhere says whether the range is ::, which is every link.
func (d *dhcpRange) anywhere() bool { return d.first.IsUnspecified() && d.constructor == "" }

func (d *dhcpRange) network() netip.Prefix {
	return netip.PrefixFrom(d.first, d.bits).Masked()
}

func (d *dhcpRange) has(mode string) bool { return slices.Contains(d.modes, mode) }

// leases says whether addresses are given out of the range.
func (d *dhcpRange) leases() bool {
	return !d.anywhere() && !d.has("static") && !d.has("ra-only") && !d.has("ra-stateless") && !d.stateless()
}

// stateless says whether the range is only a network for router advertisements.
func (d *dhcpRange) stateless() bool {
	zero := netip.PrefixFrom(d.first, d.bits).Masked().Addr() == d.first && d.last == d.first
	return zero && (d.constructor != "" || len(d.modes) > 0)
}

func address(s string) (netip.Addr, error) {
	a, err := netip.ParseAddr(strings.Trim(show(s), "[]"))
	if err != nil || !a.Is6() || a.Zone() != "" || a.Is4In6() {
		return a, fmt.Errorf("%q is no IPv6 address", show(s))
	}
	return a, nil
}

// leaseTime reads a time such as 45m, 12h, 3600 or infinite.
func leaseTime(s string) (time.Duration, error) {
	if s == "infinite" {
		return lease.Infinity, nil
	}
	unit := time.Second
	digits := strings.TrimRight(s, "sSmMhHdDwW")
	switch strings.ToLower(s[len(digits):]) {
	case "", "s":
	case "m":
		unit = time.Minute
	case "h":
		unit = time.Hour
	case "d":
		unit = 24 * time.Hour
	case "w":
		unit = 7 * 24 * time.Hour
	default:
		return 0, notATime(s)
	}
	n, err := strconv.ParseUint(digits, 10, 32)
	if err != nil {
		return 0, notATime(s)
	}
	return min(time.Duration(n)*unit, lease.Infinity), nil
}

func notATime(s string) error {
	return fmt.Errorf("%q is no lease time, such as 3600, 45m, 12h or infinite", show(s))
}

// putRanges makes links, pools and lifetimes.
func (im *importer) putRanges() {
	same := im.sameLease()
	for i := range im.ranges {
		d := &im.ranges[i]
		switch {
		case d.constructor != "":
			im.putConstructed(d)
			continue
		case d.anywhere():
			im.report.Note(d.origin, "options are told on every link in any case")
			continue
		}
		im.putLink(d)
		if d.leases() {
			im.putPool(d, same)
		}
	}
	im.putLifetimes(same)
}

// putLink names the prefix of a range, which may be behind relay agents.
func (im *importer) putLink(d *dhcpRange) {
	i := slices.IndexFunc(im.config.Links, func(l migrate.Link) bool { return slices.Contains(l.Prefixes, d.network()) })
	if i < 0 {
		im.config.Links = append(im.config.Links, migrate.Link{Name: im.linkName(d), Prefixes: []netip.Prefix{d.network()}, Origin: d.origin})
		return
	}
	if d.set != "" && len(d.tests) == 0 && im.config.Links[i].Name != im.tags.name(d.set) {
		im.report.Changed(d.origin, "tag %s is set for all clients of the link %s, not only for those with an address of this range", d.set, im.config.Links[i].Name)
	}
}

// linkName gives the name of the link that a range is on: its tag, or a number.
func (im *importer) linkName(d *dhcpRange) string {
	for i := range im.ranges {
		o := &im.ranges[i]
		if o.constructor == "" && !o.anywhere() && o.network() == d.network() && o.set != "" {
			return im.tags.name(o.set)
		}
	}
	return fmt.Sprintf("net%d", len(im.config.Links)+1)
}

// rangeTags defines the tags that ranges set.
func (im *importer) rangeTags() {
	for i := range im.ranges {
		d := &im.ranges[i]
		if d.set == "" || !im.tagUsed(d.set) {
			continue
		}
		switch {
		case d.constructor != "":
			im.tags.define(d.set, "link == "+quote(d.constructor), false, d.origin)
		case d.anywhere():
			im.tags.fixed[d.set] = always
		default:
			im.tags.define(d.set, "link == "+quote(im.linkName(d)), false, d.origin)
		}
	}
}

func (im *importer) putPool(d *dhcpRange, same bool) {
	when, v := im.tags.condition(d.tests)
	switch {
	case v == never:
		im.report.LeftOut(d.origin, "nobody ever has %s: nothing sets it for clients of DHCPv6", text(d.tests))
		return
	case d.deprecated:
		im.report.LeftOut(d.origin, "is deprecated, and no addresses are given with a preferred lifetime of zero here: clients that renew are told to stop using them")
		return
	}
	p := migrate.Pool{Ranges: []string{poolRange(d)}, When: when, Origin: d.origin}
	if !same {
		p.Preferred, p.Valid = &d.lease, &d.lease
	}
	if im.sequential.Line > 0 {
		p.Allocation = "sequential"
	}
	im.config.Pools = append(im.config.Pools, p)
}

// poolRange writes a range as a prefix where it is one.
func poolRange(d *dhcpRange) string {
	for bits := d.bits; bits <= 128; bits++ {
		p := netip.PrefixFrom(d.first, bits)
		if p.Masked().Addr() == d.first && lastOf(p) == d.last {
			return p.String()
		}
	}
	return d.first.String() + "-" + d.last.String()
}

func lastOf(p netip.Prefix) netip.Addr {
	b := p.Masked().Addr().As16()
	for i := p.Bits(); i < 128; i++ {
		b[i/8] |= 1 << (7 - i%8)
	}
	return netip.AddrFrom16(b)
}

// putConstructed tells of ranges that follow the prefixes of an interface.
func (im *importer) putConstructed(d *dhcpRange) {
	if d.leases() {
		im.report.LeftOut(d.origin, "a pool does not follow the prefixes of an interface: write it with its prefix, such as pool: 2001:db8::%s-2001:db8::%s; host parts of dhcp-host do follow them", hostPart(d.first), hostPart(d.last))
		return
	}
	im.report.Note(d.origin, "hosts with a host part, such as ::56, get it in the prefix of %s, whatever that is", d.constructor)
}

func hostPart(a netip.Addr) string { return strings.TrimPrefix(a.String(), "::") }

// sameLease says whether all ranges have one lease time.
func (im *importer) sameLease() bool {
	return !slices.ContainsFunc(im.ranges, func(d dhcpRange) bool { return d.lease != im.ranges[0].lease })
}

// putLifetimes makes lifetimes for what is leased, of hosts before those of links.
func (im *importer) putLifetimes(same bool) {
	im.hostLifetimes()
	if len(im.ranges) == 0 {
		return
	}
	if !same {
		im.linkLifetimes()
		return
	}
	d := im.ranges[0]
	im.config.Lifetimes = append(im.config.Lifetimes, migrate.Lifetime{Preferred: &d.lease, Valid: &d.lease, Origin: d.origin})
}

// linkLifetimes are for what is reserved for hosts: pools have their own.
func (im *importer) linkLifetimes() {
	done := map[netip.Prefix]bool{}
	for i := range im.ranges {
		d := &im.ranges[i]
		if d.constructor != "" || d.anywhere() || done[d.network()] {
			continue
		}
		done[d.network()] = true
		im.config.Lifetimes = append(im.config.Lifetimes, migrate.Lifetime{
			Preferred: &d.lease, Valid: &d.lease, When: "link == " + quote(im.linkName(d)), Origin: d.origin,
		})
	}
}

// hostLifetimes are those of hosts with a lease time, by a tag for each time.
func (im *importer) hostLifetimes() {
	done := map[time.Duration]bool{}
	for i := range im.hosts {
		h := &im.hosts[i]
		if h.lease == 0 || h.dropped || done[h.lease] {
			continue
		}
		d := h.lease
		done[d] = true
		im.config.Lifetimes = append(im.config.Lifetimes, migrate.Lifetime{Preferred: &d, Valid: &d, When: "tag." + leaseTag(d), Origin: h.origin})
	}
}

// leaseTag names the hosts with a lease time.
func leaseTag(d time.Duration) string {
	if d >= lease.Infinity {
		return "lease_infinite"
	}
	return cmp.Or("lease_" + strconv.Itoa(int(d/time.Second)))
}
