package dhcp6s

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/stage6/stage6/internal/migrate"
	"github.com/stage6/stage6/internal/migrate/braces"
)

// link takes a link, which is that of its interface unless it says which relay
// agents it is behind.
func (im *importer) link(st braces.Statement, in scope) {
	in.link = st.Word(1)
	l := migrate.Link{Name: in.link, Interface: in.iface, Origin: st.Origin}
	for _, x := range st.Block {
		if !x.Starts("relay") {
			continue
		}
		if p, _, err := migrate.MaskedPrefix(strings.Join(x.Words[1:], "")); err != nil {
			im.report.LeftOut(x.Origin, "%v", err)
		} else {
			l.Interface, l.Prefixes = "", append(l.Prefixes, p)
		}
	}
	l.Prefixes = append(l.Prefixes, networks(st.Block)...)
	if i := slices.IndexFunc(im.config.Links, func(x migrate.Link) bool { return x.Interface != "" && x.Interface == l.Interface }); i >= 0 {
		if len(im.config.Links[i].Prefixes) > 0 {
			im.report.Changed(st.Origin, "%s has one link, %s, with the prefixes of both", l.Interface, im.config.Links[i].Label())
		}
		in.link = im.config.Links[i].Label()
	}
	if l.Interface != "" || len(l.Prefixes) > 0 {
		im.config.AddLink(l)
	}
	im.block(st.Block, in)
}

// networks lists the prefixes that ranges and hosts of a link are in.
func networks(list []braces.Statement) (out []netip.Prefix) {
	for _, st := range list {
		switch {
		case st.Starts("range"):
			if r, err := readRange(st); err == nil && !slices.Contains(out, r.network) {
				out = append(out, r.network)
			}
		case st.Starts("pool"), st.Starts("group"):
			for _, p := range networks(st.Block) {
				if !slices.Contains(out, p) {
					out = append(out, p)
				}
			}
		}
	}
	return out
}

// addressRange is a range statement.
type addressRange struct {
	first, last netip.Addr
	network     netip.Prefix
}

// readRange reads: range FIRST to LAST/LENGTH.
func readRange(st braces.Statement) (r addressRange, err error) {
	text := strings.Join(st.Words[1:], " ")
	first, rest, ok := strings.Cut(text, " to ")
	last, bits, has := strings.Cut(strings.ReplaceAll(rest, " ", ""), "/")
	if !ok || !has {
		return r, fmt.Errorf("cannot be read: want range FIRST to LAST/LENGTH")
	}
	if r.first, err = netip.ParseAddr(strings.TrimSpace(first)); err != nil {
		return r, err
	}
	if r.last, err = netip.ParseAddr(last); err != nil {
		return r, err
	}
	if r.last.Less(r.first) {
		r.first, r.last = r.last, r.first
	}
	n, err := strconv.Atoi(bits)
	r.network = netip.PrefixFrom(r.first, n).Masked()
	if err != nil || !r.network.IsValid() || !r.network.Contains(r.last) {
		return r, fmt.Errorf("%s and %s are not of one prefix of length %s", r.first, r.last, bits)
	}
	return r, nil
}

func (im *importer) poolRange(st braces.Statement, in scope) {
	r, err := readRange(st)
	if err != nil {
		im.report.LeftOut(st.Origin, "%v", err)
		return
	}
	p := migrate.Pool{Ranges: []string{r.first.String() + "-" + r.last.String()}, Origin: st.Origin}
	if !im.general(in) {
		p.Preferred, p.Valid = in.times.Preferred, in.times.Valid
	}
	im.config.Pools = append(im.config.Pools, p)
}

// general says whether the lifetimes of a scope are those of its link or of all.
func (im *importer) general(in scope) bool {
	for _, l := range im.config.Lifetimes {
		if l.When == im.where(in) {
			return *l.Preferred == *in.times.Preferred && *l.Valid == *in.times.Valid
		}
	}
	return false
}

// prefix takes a prefix for delegation.
func (im *importer) prefix(st braces.Statement, in scope) {
	p, changed, err := migrate.MaskedPrefix(strings.Join(st.Words[1:], ""))
	if err != nil {
		im.report.LeftOut(st.Origin, "%v", err)
		return
	}
	if changed {
		im.report.Changed(st.Origin, "the prefix has bits beyond its length: it is %s", p)
	}
	im.prefixes = append(im.prefixes, delegated{p, in.link, in.times, st.Origin})
}

// putPrefixes makes pools of one prefix each, but of those that clients are on:
// who was delegated one would take the addresses of all others for its own.
func (im *importer) putPrefixes() {
	for _, d := range im.prefixes {
		if i := slices.IndexFunc(im.config.Links, func(l migrate.Link) bool { return slices.ContainsFunc(l.Prefixes, d.prefix.Overlaps) }); i >= 0 {
			im.report.LeftOut(d.origin, "the prefix is that of the link %s itself: whoever was delegated it would take the addresses of all others", im.config.Links[i].Label())
			continue
		}
		im.report.Note(d.origin, "dhcp6s delegates the whole prefix, to one client; for more, give a shorter prefix with a length")
		p := migrate.Prefix{Pools: []netip.Prefix{d.prefix}, Length: d.prefix.Bits(), Origin: d.origin}
		if im.links > 1 {
			p.Link = d.link
		}
		im.config.Prefixes = append(im.config.Prefixes, p)
	}
}

// option takes DNS servers, and among them domains.
func (im *importer) option(st braces.Statement, in scope) {
	if st.Word(1) != "dns_servers" {
		im.report.LeftOut(st.Origin, "%q is no option that dhcp6s knows", st.Word(1))
		return
	}
	for _, o := range dns(st) {
		o.When = im.where(in)
		im.config.Options = append([]migrate.Option{o}, im.config.Options...)
		if !slices.ContainsFunc(im.config.Always, func(s migrate.Setting) bool { return s.Value == o.Key }) {
			im.config.Always = append(im.config.Always, migrate.Setting{Value: o.Key, Origin: st.Origin})
		}
	}
}

// dns takes addresses and domains apart.
func dns(st braces.Statement) (out []migrate.Option) {
	var servers, domains []string
	for _, w := range st.Words[2:] {
		if _, err := netip.ParseAddr(w); err == nil {
			servers = append(servers, w)
		} else {
			domains = append(domains, w)
		}
	}
	for key, list := range map[string][]string{"dns_servers": servers, "domain_list": domains} {
		if len(list) > 0 {
			out = append(out, migrate.Option{Key: key, Value: list, Origin: st.Origin})
		}
	}
	slices.SortFunc(out, func(a, b migrate.Option) int { return strings.Compare(b.Key, a.Key) })
	return out
}

func (im *importer) allow(st braces.Statement, in scope) {
	switch {
	case st.Starts("allow", "rapid-commit") && in.iface == "":
		im.config.RapidCommit = migrate.Setting{Value: "true", Origin: st.Origin}
	case st.Starts("allow", "rapid-commit"):
		l := migrate.Link{Interface: in.iface, Name: in.link, RapidCommit: true, Origin: st.Origin}
		if in.link != "" && slices.ContainsFunc(im.config.Links, func(x migrate.Link) bool { return x.Name == in.link && x.Interface == "" }) {
			l.Interface = ""
		}
		im.config.AddLink(l)
	case st.Word(1) == "unicast":
		im.report.LeftOut(st.Origin, "RFC 9915 has done away with unicast messages of clients")
	case st.Word(1) == "temp-address":
		im.report.LeftOut(st.Origin, "there are no temporary addresses: RFC 9915 has done away with them")
	case st.Word(1) == "information-only":
		im.report.LeftOut(st.Origin, "leave pools and hosts out where clients shall get options only")
	default:
		im.report.LeftOut(st.Origin, "%q is not known here", st.Word(1))
	}
}

func (im *importer) preference(st braces.Statement, in scope) {
	n, err := strconv.ParseUint(st.Word(1), 10, 8)
	if err != nil {
		im.report.LeftOut(st.Origin, "a preference is 0 to 255")
		return
	}
	im.config.Steps = append([]migrate.Step{{Plugin: "preference", Value: int(n), When: im.where(in), Origin: st.Origin}}, im.config.Steps...)
}
