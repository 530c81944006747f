package hosts

import (
	"cmp"
	"context"
	"net/netip"
	"slices"
	"sync/atomic"

	"github.com/insomniacslk/dhcp/dhcpv6"
	"github.com/sirupsen/logrus"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/lease"
	"github.com/stage6/stage6/link"
	"github.com/stage6/stage6/pipeline"
)

// maxReserved bounds what is leased to one identity association: a host's
// addresses or prefixes on one link. More in the settings is an error;
// of host parts on a link with many prefixes the first ones count.
const maxReserved = 16

// handler gives known hosts what is reserved for them.
type handler struct {
	name    string
	log     *logrus.Entry
	metrics metrics
	view    atomic.Pointer[view] // never nil

	// What loading needs, which only the constructor and then Run do.
	registry *host.Registry
	config   config
	path     func(name string) string
	paths    []string // of the files
	seen     looks    // of the files, when they were read the last time
	good     looks    // of the files, when what they say was taken over
	hosts    []host.Host
	wrong    string // the error that was told last, or nothing
}

// Tags gives the tags that hosts have.
func (h *handler) Tags() []string { return h.view.Load().tags }

// Handle puts the host's tags, name and options on the exchange, and proposes
// what is reserved for it.
func (h *handler) Handle(_ context.Context, x *pipeline.Exchange) (pipeline.Action, error) {
	m := x.HostMatch()
	if m.Host == nil {
		return pipeline.Continue, nil
	}
	for _, t := range m.Host.Tags {
		x.Tag(t)
	}
	x.SetHostname(cmp.Or(m.Host.Hostname, m.Host.Name))
	for _, o := range h.view.Load().optionsOf(m.Host) {
		x.SetHostOption(o)
	}
	if x.Link() != nil {
		h.reserve(x, m)
	}
	return pipeline.Continue, nil
}

// reserve proposes the host's addresses on the link for one IA_NA, and its
// prefixes for one IA_PD.
func (h *handler) reserve(x *pipeline.Exchange, m host.Match) {
	f := onLink(x, m)
	var space [maxReserved]netip.Prefix
	h.propose(x, f, ident.NA, addresses(space[:0], f, x.Link()))
	h.propose(x, f, ident.PD, prefixes(space[:0], f))
}

// onLink gives the interface of the host that the client is on: the one with
// its MAC, else, since all interfaces of a machine share a DUID, the one with
// an address on the link.
func onLink(x *pipeline.Exchange, m host.Match) *host.Interface {
	if len(m.Host.Interfaces) == 1 {
		return m.Interface
	}
	for i := range m.Host.Interfaces {
		if f := &m.Host.Interfaces[i]; slices.Contains(f.MACs, x.MAC()) {
			return f
		}
	}
	var space [1]netip.Prefix
	for i := range m.Host.Interfaces {
		if f := &m.Host.Interfaces[i]; len(addresses(space[:0], f, x.Link())) > 0 {
			return f
		}
	}
	return m.Interface
}

// addresses appends the interface's addresses on the link, as /128, and blocks;
// a host part is one for each prefix of the link.
func addresses(dst []netip.Prefix, f *host.Interface, l *link.Link) []netip.Prefix {
	for _, a := range f.Addresses {
		for _, p := range l.Prefixes {
			on, ok := a.On(p)
			if ok && len(dst) < maxReserved && !slices.Contains(dst, on) {
				dst = append(dst, on)
			}
		}
	}
	return dst
}

func prefixes(dst []netip.Prefix, f *host.Interface) []netip.Prefix {
	return append(dst, f.Prefixes[:min(len(f.Prefixes), maxReserved)]...)
}

// propose proposes what is reserved for the identity association that it is
// for, without what another client holds. When nothing is left the matter
// stays open, so that a pool can serve.
func (h *handler) propose(x *pipeline.Exchange, f *host.Interface, t ident.IAType, reserved []netip.Prefix) {
	if len(reserved) == 0 {
		return
	}
	ia, ok := choose(x, f, t, reserved)
	if !ok {
		return
	}
	var space [2]pipeline.Grant // few hosts have more
	grants := space[:0]
	for _, p := range reserved {
		held, ok := p, false
		if t == ident.NA && !p.IsSingleIP() {
			held, ok = holdOne(x, ia, p)
		} else {
			ok = ia.Hold(p)
		}
		if !ok {
			h.missed(x, p)
			continue
		}
		grants = append(grants, pipeline.Grant{Prefix: held, Pool: h.name})
	}
	ia.Propose(grants...)
}

// missed counts a reservation that another client's lease stands against.
func (h *handler) missed(x *pipeline.Exchange, p netip.Prefix) {
	h.metrics.held.Inc()
	if h.log.Logger.IsLevelEnabled(logrus.DebugLevel) {
		h.log.WithFields(logrus.Fields{"host": x.Host().Name, "prefix": p, "duid": x.DUID(), "link": x.Link().Name}).
			Debug("what is reserved for the host is held by another client")
	}
}

// choose gives the identity association that the interface's reservations are
// for: those named with their IAID, else the one that has some of it already,
// else the first.
func choose(x *pipeline.Exchange, f *host.Interface, t ident.IAType, reserved []netip.Prefix) (chosen pipeline.IA, ok bool) {
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

// holdOne holds one address of a block, whose first is never given: the one
// that the client has, or asks for unless it only looks for servers, else the
// first that no other client has.
func holdOne(x *pipeline.Exchange, ia pipeline.IA, block netip.Prefix) (netip.Prefix, bool) {
	if b := ia.Binding(); b != nil {
		for i := range b.Leases {
			if l := &b.Leases[i]; l.Live(x.Now()) && inBlock(l.Prefix, block) && ia.Hold(l.Prefix) {
				return l.Prefix, true
			}
		}
	}
	if x.Type() != dhcpv6.MessageTypeSolicit {
		for i := range ia.NumHints() {
			if p := ia.Hint(i).Prefix; inBlock(p, block) && ia.Hold(p) {
				return p, true
			}
		}
	}
	for a := block.Addr().Next(); block.Contains(a); a = a.Next() {
		if p := netip.PrefixFrom(a, 128); ia.Hold(p) {
			return p, true
		}
	}
	return netip.Prefix{}, false
}

// inBlock says whether p is an address of the block that may be given.
func inBlock(p, block netip.Prefix) bool {
	return p.IsSingleIP() && block.Contains(p.Addr()) && p.Addr() != block.Addr()
}

// has says whether the binding has a live lease of something reserved.
func has(b *lease.Binding, reserved []netip.Prefix, x *pipeline.Exchange) bool {
	if b == nil {
		return false
	}
	for i := range b.Leases {
		l := &b.Leases[i]
		of := func(p netip.Prefix) bool { return p == l.Prefix || inBlock(l.Prefix, p) }
		if l.Live(x.Now()) && slices.ContainsFunc(reserved, of) {
			return true
		}
	}
	return false
}
