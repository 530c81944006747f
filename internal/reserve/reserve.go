// Package reserve tells what is reserved for the host of an exchange on the
// client's link, and for which identity association. Who gives it to the client
// is a plugin.
package reserve

import (
	"net/netip"
	"slices"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/lease"
	"github.com/stage6/stage6/link"
	"github.com/stage6/stage6/pipeline"
)

// Max bounds what is leased to one identity association: a host's addresses or
// prefixes on one link. More in the settings is an error; of host parts on a
// link with many prefixes the first ones count.
const Max = 16

// OnLink gives the interface of the host that the client is on: the one with
// its MAC, else the one that was recognised, such as by its port, or, since all
// interfaces of a machine share a DUID, the first one with an address on the
// link. The exchange has a host and a link.
func OnLink(x *pipeline.Exchange) *host.Interface {
	m := x.HostMatch()
	if len(m.Host.Interfaces) == 1 {
		return m.Interface
	}
	for i := range m.Host.Interfaces {
		if f := &m.Host.Interfaces[i]; slices.Contains(f.MACs, x.MAC()) {
			return f
		}
	}
	var space [1]netip.Prefix
	if len(addresses(space[:0], m.Interface, x.Link())) > 0 {
		return m.Interface
	}
	for i := range m.Host.Interfaces {
		if f := &m.Host.Interfaces[i]; len(addresses(space[:0], f, x.Link())) > 0 {
			return f
		}
	}
	return m.Interface
}

// Append appends what is reserved for the interface on the link: addresses, as
// /128, and blocks of addresses for an IA_NA, a host part once for each prefix
// of the link; prefixes for an IA_PD.
func Append(dst []netip.Prefix, f *host.Interface, l *link.Link, t ident.IAType) []netip.Prefix {
	if t == ident.PD {
		return append(dst, f.Prefixes[:min(len(f.Prefixes), Max)]...)
	}
	return addresses(dst, f, l)
}

func addresses(dst []netip.Prefix, f *host.Interface, l *link.Link) []netip.Prefix {
	for _, a := range f.Addresses {
		for _, p := range l.Prefixes {
			on, ok := a.On(p)
			if ok && len(dst) < Max && !slices.Contains(dst, on) {
				dst = append(dst, on)
			}
		}
	}
	return dst
}

// Choose gives the identity association that the interface's reservations are
// for, if one is open: those named with their IAID, else the one that has some
// of it already, else the first.
func Choose(x *pipeline.Exchange, f *host.Interface, t ident.IAType, reserved []netip.Prefix) (chosen pipeline.IA, ok bool) {
	byIAID := x.HostMatch().IAID != nil
	for _, ia := range x.IAs() {
		if ia.IA().Type != t || ia.Decided() || byIAID && !named(f, x.ClientID(), ia.IA().ID) {
			continue
		}
		if has(ia.Binding(), reserved, x) {
			return ia, true
		}
		if !ok {
			chosen, ok = ia, true
		}
	}
	return chosen, ok
}

// named says whether the interface is recognised by the DUID with the IAID.
func named(f *host.Interface, duid []byte, iaid uint32) bool {
	for i := range f.Clients {
		c := &f.Clients[i]
		if c.IAID != nil && *c.IAID == iaid && string(c.DUID) == string(duid) {
			return true
		}
	}
	return false
}

// has says whether the binding has a live lease of something reserved.
func has(b *lease.Binding, reserved []netip.Prefix, x *pipeline.Exchange) bool {
	if b == nil {
		return false
	}
	for i := range b.Leases {
		l := &b.Leases[i]
		of := func(p netip.Prefix) bool { return p == l.Prefix || InBlock(l.Prefix, p) }
		if l.Live(x.Now()) && slices.ContainsFunc(reserved, of) {
			return true
		}
	}
	return false
}
