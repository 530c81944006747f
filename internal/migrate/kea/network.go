package kea

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/stage6/stage6/internal/migrate"
)

// network is a link: a shared network, or a subnet that stands alone.
type network struct {
	label    string
	link     migrate.Link
	shared   *value // or nil
	subnets  []*value
	prefixes []netip.Prefix // of the subnets, in their order
}

// scopes gives all that can have settings of its own: the shared network, its
// subnets and their pools.
func (n *network) scopes() (out []*value) {
	if n.shared != nil {
		out = append(out, n.shared)
	}
	for _, s := range n.subnets {
		out = append(out, s)
		out = append(out, s.get("pools").list()...)
		out = append(out, s.get("pd-pools").list()...)
	}
	return out
}

// readNetworks finds the links.
func (i *importer) readNetworks() {
	for _, v := range i.root.get("shared-networks").list() {
		i.addNetwork(v, v.get("subnet6").list())
	}
	for _, v := range i.root.get("subnet6").list() {
		i.addNetwork(nil, []*value{v})
	}
	for _, n := range i.networks {
		i.config.Links = append(i.config.Links, n.link)
	}
}

// addNetwork adds a link. Subnets of one interface are one link.
func (i *importer) addNetwork(shared *value, subnets []*value) {
	n := &network{shared: shared}
	if shared != nil {
		n.link.Origin, n.label = shared.origin(), shared.get("name").string()
		i.linkSettings(n, shared)
	}
	for _, v := range subnets {
		i.addSubnet(n, v)
	}
	if len(n.subnets) == 0 {
		return
	}
	if n.link.Interface != "" {
		n.label = n.link.Interface
		at := slices.IndexFunc(i.networks, func(o *network) bool { return o.link.Interface == n.link.Interface })
		if at >= 0 {
			i.join(i.networks[at], n)
			return
		}
	}
	if n.label == "" {
		n.label = "subnet" + cmpOr(n.subnets[0].get("id").string(), fmt.Sprint(len(i.networks)+1))
	}
	if n.link.Interface == "" {
		n.link.Name = n.label
	}
	i.networks = append(i.networks, n)
}

// join adds one network to another of the same interface.
func (i *importer) join(n, more *network) {
	i.report.Note(more.link.Origin, "another subnet of the interface %s: both are one link", n.link.Interface)
	n.subnets, n.prefixes = append(n.subnets, more.subnets...), append(n.prefixes, more.prefixes...)
	n.link.Prefixes = append(n.link.Prefixes, more.link.Prefixes...)
	n.link.RapidCommit = n.link.RapidCommit || more.link.RapidCommit
}

func (i *importer) addSubnet(n *network, v *value) {
	p, changed, err := migrate.MaskedPrefix(v.get("subnet").string())
	if err != nil {
		i.report.LeftOut(v.where("subnet"), "subnet: %v", err)
		return
	}
	if changed {
		i.report.Changed(v.where("subnet"), "there are bits beyond the length of the prefix: %s now", p)
	}
	if n.link.Origin == (migrate.Origin{}) {
		n.link.Origin = v.where("subnet")
	}
	n.subnets, n.prefixes = append(n.subnets, v), append(n.prefixes, p)
	n.link.Prefixes = append(n.link.Prefixes, p)
	v.get("id")
	i.linkSettings(n, v)
}

// linkSettings reads what a shared network or subnet says of the link.
func (i *importer) linkSettings(n *network, v *value) {
	if name := v.get("interface").string(); name != "" {
		n.link.Interface = name
	}
	if v.get("rapid-commit").is() {
		n.link.RapidCommit = true
	}
	relay := v.get("relay")
	addresses := relay.get("ip-addresses").strings()
	if old := relay.get("ip-address"); old != nil {
		i.report.Note(relay.where("ip-address"), "the old form of ip-addresses")
		addresses = append(addresses, old.string())
	}
	for _, text := range addresses {
		a, err := parseIPv6(text)
		if err != nil {
			i.report.LeftOut(relay.origin(), "relay: %v", err)
			continue
		}
		if one := netip.PrefixFrom(a, 128); !a.IsUnspecified() && !slices.ContainsFunc(n.link.Prefixes, func(p netip.Prefix) bool { return p.Contains(a) }) {
			n.link.Prefixes = append(n.link.Prefixes, one)
		}
	}
}

// on gives the condition of being on the link, or nothing where there is one
// only.
func (i *importer) on(n *network) string {
	if len(i.networks) < 2 {
		return ""
	}
	return fmt.Sprintf("link == %q", n.label)
}

// readNetwork reads what a link has: pools, reservations, options and times.
func (i *importer) readNetwork(n *network) {
	for at, v := range n.subnets {
		i.readSubnet(n, v, n.prefixes[at])
	}
	if n.shared != nil {
		i.readScope(n.shared, all(i.on(n), i.guard(n.shared)), false)
		for _, v := range n.shared.get("reservations").list() {
			i.readReservation(v, n)
		}
	}
}

// readScope reads the options and times of a subnet or shared network. Where
// pools have their own lifetimes, as those of one subnet of several do, the link
// has none of them.
func (i *importer) readScope(v *value, when string, ofPools bool) {
	s := i.optionData(v.get("option-data"), when)
	i.linkOpts, i.linkBoot = append(i.linkOpts, s.options...), append(i.linkBoot, s.boot...)
	l := i.lifetime(v, when, false)
	if ofPools {
		l.Preferred, l.MinPreferred, l.MaxPreferred, l.Valid, l.MinValid, l.MaxValid = nil, nil, nil, nil, nil, nil
	}
	if l != (migrate.Lifetime{When: when, Origin: l.Origin}) {
		i.config.Lifetimes = append(i.config.Lifetimes, l)
	}
}

func (i *importer) readSubnet(n *network, v *value, subnet netip.Prefix) {
	guard := i.guard(v)
	if n.shared != nil {
		guard = all(i.guard(n.shared), guard)
	}
	for _, p := range v.get("pools").list() {
		i.readPool(n, v, p, guard)
	}
	for _, p := range v.get("pd-pools").list() {
		i.readPrefixes(n, v, p, guard)
	}
	i.readScope(v, all(i.on(n), guard), len(n.subnets) > 1)
	if len(n.subnets) > 1 {
		i.warnOfScope(v, subnet)
	}
	for _, r := range v.get("reservations").list() {
		i.readReservation(r, n)
	}
}

// warnOfScope tells that the options of one subnet of several are those of the
// link.
func (i *importer) warnOfScope(v *value, subnet netip.Prefix) {
	for _, key := range []string{"min-valid-lifetime", "max-valid-lifetime", "min-preferred-lifetime", "max-preferred-lifetime"} {
		if v.get(key) != nil {
			i.report.LeftOut(v.where(key), "bounds are those of the link, not those of one subnet of several")
		}
	}
	for _, key := range []string{"option-data", "renew-timer", "rebind-timer"} {
		if x := v.get(key); x != nil && (x.kind != '[' || len(x.items) > 0) {
			i.report.Changed(v.where(key), "it counts for all clients of the link now, whichever subnet they have an address of, not just for those of %s", subnet)
		}
	}
}

func (i *importer) readPool(n *network, subnet, v *value, guard string) {
	text := v.get("pool").string()
	r, ok := ranged(text)
	if !ok {
		i.report.LeftOut(v.where("pool"), "%q: want a prefix, or a range of IPv6 addresses", text)
		return
	}
	v.get("pool-id")
	p := migrate.Pool{Ranges: []string{r}, When: all(guard, i.guard(v)), Allocation: i.allocation(n, subnet, "allocator"), Origin: v.where("pool")}
	p.Preferred, p.Valid = i.ownTimes(n, subnet)
	if t := v.get("valid-lifetime").seconds(); t != nil {
		p.Valid = t
	}
	if t := v.get("preferred-lifetime").seconds(); t != nil {
		p.Preferred = t
	}
	p.Options = i.poolOptions(v)
	i.config.Pools = append(i.config.Pools, p)
}

// ownTimes gives the lifetimes of one subnet of several on a link.
func (i *importer) ownTimes(n *network, subnet *value) (preferred, valid *time.Duration) {
	if len(n.subnets) < 2 {
		return nil, nil // those of the link
	}
	l := i.lifetime(subnet, "", false)
	return l.Preferred, l.Valid
}

// poolOptions reads options of a pool, which have no condition.
func (i *importer) poolOptions(v *value) []migrate.Option {
	s := i.optionData(v.get("option-data"), "")
	for _, b := range s.boot {
		s.options = append(s.options, migrate.Option{Key: "bootfile_url", Value: b.URL, Origin: b.Origin})
	}
	return s.options
}

// allocation gives how a pool chooses addresses, if somebody says.
func (i *importer) allocation(n *network, subnet *value, key string) string {
	for _, v := range []*value{subnet, n.shared, i.root} {
		switch how := v.get(key).string(); how {
		case "":
		case "iterative":
			return "sequential"
		case "random":
			return "random"
		default:
			i.report.Changed(v.where(key), "%q has no counterpart: an address follows from the client (hashed) now", how)
			return ""
		}
	}
	return ""
}

func (i *importer) readPrefixes(n *network, subnet, v *value, guard string) {
	text := v.get("prefix").string() + "/" + v.get("prefix-len").string()
	pool, _, err := migrate.MaskedPrefix(text)
	length, ok := v.get("delegated-len").number()
	v.get("pool-id")
	if err != nil || !ok || length > 128 || int(length) < pool.Bits() {
		i.report.LeftOut(v.origin(), "want a prefix with its length, and a delegated-len that is longer, got %q and %q", text, v.get("delegated-len").string())
		return
	}
	p := migrate.Prefix{Pools: []netip.Prefix{pool}, Length: int(length), When: all(guard, i.guard(v)), Origin: v.where("prefix")}
	p.Preferred, p.Valid = i.ownTimes(n, subnet)
	i.allocation(n, subnet, "pd-allocator")
	if len(i.networks) > 1 {
		p.Link = n.label
	}
	i.readExcluded(v, &p)
	p.Options = i.poolOptions(v)
	i.config.Prefixes = append(i.config.Prefixes, p)
}

// readExcluded reads which part of each delegated prefix the client uses on its
// uplink (RFC 6603): Kea names that of one, whose first bits do not count.
func (i *importer) readExcluded(v *value, p *migrate.Prefix) {
	length, _ := v.get("excluded-prefix-len").number()
	text := v.get("excluded-prefix").string()
	if length == 0 || text == "" {
		return
	}
	a, err := parseIPv6(text)
	if err != nil || int(length) <= p.Length || length > 128 {
		i.report.LeftOut(v.where("excluded-prefix"), "want a prefix inside of what is delegated")
		return
	}
	raw := a.As16()
	for bit := range p.Length {
		raw[bit/8] &^= 0x80 >> (bit % 8)
	}
	p.ExcludedPrefix = netip.PrefixFrom(netip.AddrFrom16(raw), int(length)).Masked().String()
}
