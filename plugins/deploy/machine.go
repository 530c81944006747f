package deploy

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/stage6/stage6/lease"
	"github.com/stage6/stage6/pipeline"
)

// machine is what a known machine has of our addresses, but for what the
// message asks about: the bindings that the client may end, and what rests of
// them, those that were silent for longest first.
type machine struct {
	live    []*lease.Binding
	resting []rest
	served  int // identity associations of the message that have an address
	beside  int // addresses that rest, or come to, by the message itself
}

// rest is an address that only the machine's client of before may have.
type rest struct {
	address netip.Prefix
	of      *lease.Binding
}

// usual is how many bindings a machine has at most, in practice.
const usual = 16

// machineOf gives what the client's machine has, or nil where it is not known. A
// client of which nothing that is trusted says that it is the machine has no say
// about those of which something did.
func (h *handler) machineOf(x *pipeline.Exchange) *machine {
	if x.Host() == nil {
		return nil
	}
	m := &machine{served: h.renewed(x)}
	for _, b := range x.AppendHostRecords(make([]*lease.Binding, 0, usual)) {
		switch {
		case b.Vouched && !x.HostTrusted():
		case isAsked(x, b):
			m.beside += len(h.restOf(x, b))
		default:
			if h.has(x, b) {
				m.live = append(m.live, b)
			}
			m.resting = append(m.resting, h.restOf(x, b)...)
		}
	}
	slices.SortStableFunc(m.live, func(a, b *lease.Binding) int { return a.Updated.Compare(b.Updated) })
	slices.SortStableFunc(m.resting, func(a, b rest) int {
		return cmp.Or(cmp.Compare(a.state(), b.state()), a.of.Updated.Compare(b.of.Updated))
	})
	return m
}

// renewed counts what has an address of ours already among what the message asks
// about.
func (h *handler) renewed(x *pipeline.Exchange) (n int) {
	for _, ia := range x.IAs() {
		if h.has(x, ia.Binding()) {
			n++
		}
	}
	return n
}

// isAsked says whether the message asks about a binding.
func isAsked(x *pipeline.Exchange, b *lease.Binding) bool {
	return string(b.DUID) == string(x.ClientID()) &&
		slices.ContainsFunc(x.IAs(), func(ia pipeline.IA) bool { return ia.IA() == b.IA })
}

// restOf gives what of a binding is ours and rests.
func (h *handler) restOf(x *pipeline.Exchange, b *lease.Binding) (out []rest) {
	for i := range b.Leases {
		l := &b.Leases[i]
		if l.State != lease.Active && l.Held(x.Now()) && h.parts.Has(x.Link(), l.Prefix) {
			out = append(out, rest{l.Prefix, b})
		}
	}
	return out
}

// state gives the state of the address. What was declined is in use by somebody,
// as the machine says, and comes after what was given back.
func (r rest) state() lease.State { return r.of.Lease(r.address).State }

// makeRoom has the machine's bindings end that are too many beside one more.
func (m *machine) makeRoom(ia pipeline.IA, most int) {
	m.served++
	for len(m.live) > 0 && len(m.live)+m.served > most {
		ia.Retire(m.live[0])
		m.live = m.live[1:]
		m.beside++
	}
}

// restless says whether so many addresses rest that it is time for the first.
func (m *machine) restless(most int) bool {
	return len(m.resting) > 0 && len(m.resting)+m.beside >= most
}

// again gives the address that has rested for longest, and who had it.
func (m *machine) again() (a netip.Prefix, of *lease.Binding, ok bool) {
	if len(m.resting) == 0 {
		return a, nil, false
	}
	r := m.resting[0]
	m.resting = m.resting[1:]
	return r.address, r.of, true
}
