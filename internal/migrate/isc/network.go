package isc

import (
	"fmt"
	"math/big"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/stage6/stage6/internal/migrate"
	"github.com/stage6/stage6/internal/migrate/condition"
)

// network is a link: a shared network, or a subnet that stands alone.
type network struct {
	label string
	link  migrate.Link
	s     *statement
}

// addNetwork finds a link, whose settings are read later.
func (i *importer) addNetwork(s *statement) {
	n := &network{s: s, link: migrate.Link{Origin: s.origin()}}
	if s.name() == "subnet6" {
		i.addSubnet(n, s)
	} else {
		n.label = condition.TagName(s.text(1))
		i.collectSubnets(n, s.block)
	}
	if len(n.link.Prefixes) == 0 {
		return
	}
	if n.link.Interface != "" {
		n.label = n.link.Interface
	}
	if n.label == "" {
		n.label = fmt.Sprintf("net%d", len(i.networks)+1)
	}
	if n.link.Interface == "" {
		n.link.Name = n.label
	}
	i.networks = append(i.networks, n)
}

// collectSubnets finds the subnets of a shared network.
func (i *importer) collectSubnets(n *network, block []*statement) {
	for _, s := range block {
		switch s.name() {
		case "subnet6":
			i.addSubnet(n, s)
		case "group":
			i.collectSubnets(n, s.block)
		case "interface":
			n.link.Interface = s.text(1)
		}
	}
}

func (i *importer) addSubnet(n *network, s *statement) {
	p, changed, err := migrate.MaskedPrefix(s.text(1))
	if err != nil {
		i.leftOut(s, "%v", err)
		return
	}
	if changed {
		i.report.Changed(s.origin(), "there are bits beyond the length of the prefix: %s now", p)
	}
	n.link.Prefixes = append(n.link.Prefixes, p)
	for _, x := range s.block {
		if x.name() == "interface" {
			n.link.Interface = x.text(1)
		}
	}
}

// on gives the condition of being on a link, or nothing where there is one only.
func (i *importer) on(n *network) string {
	if len(i.networks) < 2 || n == nil {
		return ""
	}
	return fmt.Sprintf("link == %q", n.label)
}

// networkOf finds the link of a shared network or subnet.
func (i *importer) networkOf(s *statement) *network {
	at := slices.IndexFunc(i.networks, func(n *network) bool { return n.s == s })
	if at < 0 {
		return nil
	}
	return i.networks[at]
}

// declare carries over what a block declares. Inherited are the settings of the
// groups around it, the nearest first.
func (i *importer) declare(block []*statement, inherited [][]item) {
	for _, s := range block {
		switch s.name() {
		case "shared-network":
			i.readShared(s, inherited)
		case "subnet6":
			if n := i.networkOf(s); n != nil {
				i.readSubnet(s, n, inherited)
			}
		case "group":
			i.declare(s.block, append([][]item{i.evaluate(s.block)}, inherited...))
		case "host":
			i.readHost(s, inherited)
		case "class":
			i.readClass(s)
		case "subclass", "if", "elsif", "else":
		case "range6", "prefix6", "pool6":
			i.leftOut(s, "it belongs into a subnet6")
		default:
			if declaration(s) && s.word(2) != "code" {
				i.leftOut(s, "%s", reason(s))
			}
		}
	}
}

func (i *importer) readShared(s *statement, inherited [][]item) {
	n := i.networkOf(s)
	if n == nil {
		i.leftOut(s, "a network without subnets of IPv6")
		return
	}
	for _, x := range s.block {
		switch x.name() {
		case "subnet6":
			i.readSubnet(x, n, append([][]item{i.evaluate(s.block)}, inherited...))
		case "pool6":
			i.readPool(x, n, s)
		case "group", "host":
			i.declare([]*statement{x}, inherited)
		case "subnet", "pool":
			i.leftOut(x, "%s", reason(x))
		}
	}
	i.apply(i.evaluate(s.block), &scope{rank: ofShared, when: i.on(n)})
	i.inherit(inherited, &scope{rank: ofGroup, when: i.on(n)})
	if len(n.link.Prefixes) > 1 {
		i.warnOfSubnets(s.block)
	}
}

// warnOfSubnets tells that settings of one subnet of several are those of the
// link.
func (i *importer) warnOfSubnets(block []*statement) {
	for _, s := range block {
		if s.name() != "subnet6" {
			continue
		}
		for _, x := range i.evaluate(s.block) {
			if isTime(x.key) || strings.HasPrefix(x.key, "option ") {
				i.report.Changed(x.s.origin(), "it counts for all clients of the link now, not just for those of %s", s.text(1))
			}
		}
	}
}

func (i *importer) inherit(inherited [][]item, sc *scope) {
	for _, list := range inherited {
		i.apply(list, sc)
	}
}

func (i *importer) readSubnet(s *statement, n *network, inherited [][]item) {
	for _, x := range s.block {
		switch x.name() {
		case "range6":
			i.readRange(x, s, n, nil)
		case "prefix6":
			i.readPrefix(x, s, n, nil)
		case "pool6":
			i.readPool(x, n, s)
		case "host", "group":
			i.declare([]*statement{x}, inherited)
		default:
			if declaration(x) && x.name() != "if" && x.name() != "elsif" && x.name() != "else" {
				i.leftOut(x, "%s", reason(x))
			}
		}
	}
	i.apply(i.evaluate(s.block), &scope{rank: ofSubnet, when: i.on(n)})
	if n.s == s {
		i.inherit(inherited, &scope{rank: ofGroup, when: i.on(n)})
	}
}

// pool is a pool6 with what all of its ranges share.
type pool struct {
	when    string
	options []migrate.Option
}

// readPool reads the ranges of a pool6, and who may have them.
func (i *importer) readPool(s *statement, n *network, subnet *statement) {
	p := &pool{when: i.permitted(s.block)}
	var own migrate.Pool
	settings := slices.DeleteFunc(i.evaluate(s.block), func(x item) bool {
		return x.s.name() == "allow" || x.s.name() == "deny"
	})
	i.apply(settings, &scope{rank: ofSubnet, when: i.on(n), pool: &own})
	p.options = own.Options
	for _, x := range s.block {
		switch x.name() {
		case "range6":
			i.readRange(x, subnet, n, p)
		case "prefix6":
			i.readPrefix(x, subnet, n, p)
		}
	}
}

// permitted gives the condition of a pool's lists of who may have it: who is in
// none of those that are denied and, if there are any, in one that is allowed.
func (i *importer) permitted(block []*statement) string {
	var allowed, denied condition.Expr
	for _, s := range block {
		if s.name() != "allow" && s.name() != "deny" {
			continue
		}
		x, ok := i.permit(s)
		switch {
		case !ok:
			i.leftOut(s, "who that is has no counterpart")
		case s.name() == "deny":
			denied = or(denied, x)
		default:
			allowed = or(allowed, x)
		}
	}
	x := allowed
	if denied != nil {
		x = and(allowed, condition.Not{X: denied})
	}
	if x == nil {
		return ""
	}
	text, _ := condition.Text(x) // of tags and facts
	return text
}

func or(a, b condition.Expr) condition.Expr {
	if a == nil {
		return b
	}
	return condition.Or{A: a, B: b}
}

// permit gives who an entry of such a list is about.
func (i *importer) permit(s *statement) (condition.Expr, bool) {
	switch strings.ReplaceAll(join(s.rest(1)), " ", "-") {
	case "known-clients":
		return condition.Is{Text: `host != ""`}, true
	case "unknown-clients":
		return condition.Is{Text: `host == ""`}, true
	case "all-clients":
		return condition.Literal(true), true
	}
	if s.word(1) == "members" && s.word(2) == "of" {
		return i.member(s.text(3)), true
	}
	return nil, false
}

// guard gives the condition of a range: that of its pool, and that unknown
// clients are not denied.
func (i *importer) guard(subnet *statement, p *pool) string {
	when := ""
	if p != nil {
		when = p.when
	}
	for _, s := range subnet.block {
		if s.name() == "deny" && strings.ReplaceAll(join(s.rest(1)), " ", "-") == "unknown-clients" {
			return all(when, `host != ""`)
		}
	}
	return when
}

// readRange reads range6 LOW HIGH, or range6 PREFIX, or one with temporary
// addresses.
func (i *importer) readRange(s, subnet *statement, n *network, p *pool) {
	last := s.words[len(s.words)-1]
	if last.is("temporary") {
		i.leftOut(s, "RFC 9915 has done away with temporary addresses by DHCPv6: clients make them up by themselves")
		return
	}
	r, err := rangeOf(s.text(1), s.text(2))
	if err != nil {
		i.leftOut(s, "%v", err)
		return
	}
	out := migrate.Pool{Ranges: []string{r}, When: i.guard(subnet, p), Origin: s.origin()}
	if p != nil {
		out.Options = p.options
	}
	i.config.Pools = append(i.config.Pools, out)
}

func rangeOf(first, last string) (string, error) {
	if last == "" {
		p, _, err := migrate.MaskedPrefix(first)
		return p.String(), err
	}
	a, errA := netip.ParseAddr(first)
	b, errB := netip.ParseAddr(last)
	switch {
	case errA != nil || errB != nil || !a.Is6() || !b.Is6() || b.Less(a):
		return "", fmt.Errorf("%q and %q: want the first and last address of a range", first, last)
	case a == b:
		return a.String() + "/128", nil
	}
	return a.String() + "-" + b.String(), nil
}

// readPrefix reads prefix6 FIRST LAST /LENGTH.
func (i *importer) readPrefix(s, subnet *statement, n *network, p *pool) {
	first, errA := netip.ParseAddr(s.text(1))
	last, errB := netip.ParseAddr(s.text(2))
	length, err := strconv.Atoi(strings.TrimPrefix(s.text(3), "/"))
	if errA != nil || errB != nil || err != nil || length < 1 || length > 128 {
		i.leftOut(s, "want the first and last prefix, and /LENGTH")
		return
	}
	pools, err := cover(first, last, length)
	if err != nil {
		i.leftOut(s, "%v", err)
		return
	}
	out := migrate.Prefix{Pools: pools, Length: length, When: i.guard(subnet, p), Origin: s.origin()}
	if len(i.networks) > 1 {
		out.Link = n.label
	}
	if p != nil {
		out.Options = p.options
	}
	i.config.Prefixes = append(i.config.Prefixes, out)
}

// maxPools bounds of how many pools a range of prefixes may be made.
const maxPools = 256

// cover gives the pools that hold just the prefixes from first to last.
func cover(first, last netip.Addr, length int) (out []netip.Prefix, err error) {
	if !first.Is6() || !last.Is6() || last.Less(first) {
		return nil, fmt.Errorf("%s and %s: want the first and last prefix", first, last)
	}
	at, end := number(netip.PrefixFrom(first, length).Masked().Addr()), number(netip.PrefixFrom(last, length).Masked().Addr())
	end.Add(end, size(length)) // the address behind the last prefix
	for at.Cmp(end) < 0 {
		bits := length
		for bits > 1 && fits(at, end, bits-1) {
			bits--
		}
		raw := at.FillBytes(make([]byte, 16))
		out = append(out, netip.PrefixFrom(netip.AddrFrom16([16]byte(raw)), bits))
		if len(out) > maxPools {
			return nil, fmt.Errorf("the range begins and ends so oddly that it makes more than %d pools", maxPools)
		}
		at = new(big.Int).Add(at, size(bits))
	}
	return out, nil
}

// fits says whether a prefix of a length begins at an address and ends before
// the range does.
func fits(at, end *big.Int, bits int) bool {
	n := size(bits)
	return new(big.Int).Mod(at, n).Sign() == 0 && new(big.Int).Add(at, n).Cmp(end) <= 0
}

func size(bits int) *big.Int { return new(big.Int).Lsh(big.NewInt(1), uint(128-bits)) }

func number(a netip.Addr) *big.Int {
	raw := a.As16()
	return new(big.Int).SetBytes(raw[:])
}
