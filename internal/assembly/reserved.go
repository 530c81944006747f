package assembly

import (
	"net/netip"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/link"
)

// Reserved gives what no pool may give to anybody: the addresses of this
// machine, the addresses and prefixes of hosts, and the hosts' host parts joined
// with each prefix of a link.
func Reserved(hosts *host.Registry, links *link.Table, interfaces []Interface) []netip.Prefix {
	out := hosts.Reserved()
	for _, i := range interfaces {
		for _, a := range i.Addresses {
			out = append(out, netip.PrefixFrom(a, a.BitLen()))
		}
	}
	for _, part := range hosts.HostParts() {
		for _, l := range links.Links() {
			for _, p := range l.Prefixes {
				if reserved, ok := (host.Address{Prefix: part, HostPart: true}).On(p); ok {
					out = append(out, reserved)
				}
			}
		}
	}
	return out
}

// ReservedFor gives what Reserved has because of one host, or nothing for nil.
func ReservedFor(h *host.Host, links *link.Table) (out []netip.Prefix) {
	if h == nil {
		return nil
	}
	for i := range h.Interfaces {
		out = append(out, h.Interfaces[i].Prefixes...)
		for _, a := range h.Interfaces[i].Addresses {
			if !a.HostPart {
				out = append(out, a.Prefix.Masked())
				continue
			}
			for _, l := range links.Links() {
				for _, p := range l.Prefixes {
					if reserved, ok := a.On(p); ok {
						out = append(out, reserved)
					}
				}
			}
		}
	}
	return out
}
