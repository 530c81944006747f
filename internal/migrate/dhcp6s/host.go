package dhcp6s

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/migrate"
	"github.com/stage6/stage6/internal/migrate/braces"
)

// hostReader is a host statement being read.
type hostReader struct {
	im    *importer
	host  migrate.Host
	duid  string
	iaid  *uint32
	times migrate.Lifetime
	own   bool // it has times of its own
}

func (im *importer) host(st braces.Statement, in scope) {
	r := &hostReader{im: im, times: in.times, host: migrate.Host{Name: migrate.HostName(im.names, st.Word(1)), Origin: st.Origin}}
	for _, x := range st.Block {
		if err := r.part(x); err != nil {
			im.report.LeftOut(x.Origin, "%v", err)
		}
	}
	switch {
	case r.duid == "":
		im.report.LeftOut(st.Origin, "has no duid, so that nothing says which machine it is")
		return
	case r.iaid != nil:
		r.host.Clients = []migrate.Client{{DUID: r.duid, IAID: *r.iaid}}
	default:
		r.host.DUIDs = []string{r.duid}
	}
	im.config.Hosts = append(im.config.Hosts, r.host)
	im.hostNetworks(r.host, in)
	if r.own {
		im.lifetimes[r.host.Name] = r.times
	}
}

// hostNetworks has the link know the prefixes of a host's addresses.
func (im *importer) hostNetworks(h migrate.Host, in scope) {
	for _, text := range h.Addresses {
		a, err := netip.ParseAddr(text)
		if err != nil || in.iface == "" || im.covered(a) {
			continue
		}
		im.config.AddLink(migrate.Link{Interface: in.iface, Prefixes: []netip.Prefix{netip.PrefixFrom(a, 64).Masked()}, Origin: h.Origin})
	}
}

func (im *importer) covered(a netip.Addr) bool {
	for _, l := range im.config.Links {
		for _, p := range l.Prefixes {
			if p.Contains(a) {
				return true
			}
		}
	}
	return false
}

func (r *hostReader) part(x braces.Statement) error {
	if r.im.time(x, &r.times) {
		r.own = true
		return nil
	}
	switch x.Word(0) {
	case "duid":
		duid, err := ident.ParseDUID(x.Word(1))
		r.duid = duid.String()
		return err
	case "iaidinfo":
		return r.iaidInfo(x)
	case "address":
		return r.reserve(x, &r.host.Addresses, false)
	case "prefix":
		return r.reserve(x, &r.host.Prefixes, true)
	case "option":
		if x.Word(1) == "dns_servers" {
			r.host.Options = append(r.host.Options, dns(x)...)
			return nil
		}
	case "allow", "send":
		return fmt.Errorf("%s %s is not a matter of single hosts here", x.Word(0), x.Word(1))
	}
	return fmt.Errorf("%q is no part of a host that is known here", strings.Join(x.Words, " "))
}

func (r *hostReader) iaidInfo(st braces.Statement) error {
	for _, x := range st.Block {
		if r.im.time(x, &r.times) {
			r.own = true
			continue
		}
		n, err := strconv.ParseUint(x.Word(1), 10, 32)
		if x.Word(0) != "iaid" || err != nil {
			return fmt.Errorf("%q cannot be read: want iaid NUMBER", strings.Join(x.Words, " "))
		}
		iaid := uint32(n)
		r.iaid = &iaid
	}
	return nil
}

// reserve takes an address or prefix, which stands with its length in braces or
// behind the word.
func (r *hostReader) reserve(st braces.Statement, to *[]string, prefix bool) error {
	list := st.Block
	if !st.Braces {
		list = []braces.Statement{{Words: st.Words[1:], Origin: st.Origin}}
	}
	for _, x := range list {
		if r.im.time(x, &r.times) {
			r.own = true
			continue
		}
		p, err := netip.ParsePrefix(strings.Join(x.Words, ""))
		if err != nil {
			return fmt.Errorf("%q is no address with the length of its prefix", strings.Join(x.Words, " "))
		}
		if prefix {
			*to = append(*to, p.Masked().String())
		} else {
			*to = append(*to, p.Addr().String())
		}
	}
	return nil
}
