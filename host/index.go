package host

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"sync"

	"github.com/stage6/stage6/ident"
)

type clientKey struct {
	duid ident.DUID
	iaid uint32
}

// index is one state of the registry, immutable but for the states of hosts.
type index struct {
	names   map[string]*entry
	sorted  func() []string // the names; sorted when they are wanted
	macs    map[ident.MAC]Match
	duids   map[ident.DUID]Match
	clients map[clientKey]Match
	uuids   map[ident.UUID]Match
	ports   map[ident.Port]portMatch
	owners  reservations
	parts   reservations // given as host parts
}

// newIndex makes the index of the hosts of all sources, or says which two of
// them claim the same.
func newIndex(sources map[string][]Host) (*index, error) {
	n := 0
	for _, hosts := range sources {
		n += len(hosts)
	}
	ix := &index{
		names:   make(map[string]*entry, n),
		macs:    make(map[ident.MAC]Match, n),
		duids:   map[ident.DUID]Match{},
		clients: map[clientKey]Match{},
		uuids:   map[ident.UUID]Match{},
		ports:   map[ident.Port]portMatch{},
		owners:  reservations{of: make(map[netip.Prefix]*Host, n)},
		parts:   reservations{of: map[netip.Prefix]*Host{}},
	}
	ix.sorted = sync.OnceValue(func() []string { return slices.Sorted(maps.Keys(ix.names)) })
	if err := eachHost(sources, ix.add); err != nil {
		return nil, err
	}
	return ix, eachHost(sources, ix.checkHost)
}

// eachHost calls f for every host, in the order of the sources' names, until
// there is an error.
func eachHost(sources map[string][]Host, f func(*Host) error) error {
	for _, name := range slices.Sorted(maps.Keys(sources)) {
		for i := range sources[name] {
			if err := f(&sources[name][i]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (ix *index) add(h *Host) error {
	if err := claim(ix.names, h.Name, newEntry(h), h, (*entry).owner, "name"); err != nil {
		return err
	}
	for i := range h.Interfaces {
		if err := ix.addInterface(h, &h.Interfaces[i]); err != nil {
			return err
		}
	}
	return ix.addUUIDs(h)
}

func (ix *index) addInterface(h *Host, f *Interface) error {
	m := Match{Host: h, Interface: f}
	for _, mac := range f.MACs {
		if err := claim(ix.macs, mac, m, h, Match.owner, "MAC"); err != nil {
			return err
		}
	}
	for i := range f.Clients {
		if err := ix.addClient(m, &f.Clients[i]); err != nil {
			return err
		}
	}
	if err := ix.addPorts(m, f); err != nil {
		return err
	}
	return f.eachReserved(func(p netip.Prefix, part bool, what string) error {
		return ix.reservations(part).add(p, h, what)
	})
}

func (ix *index) addClient(m Match, c *Client) error {
	if c.IAID == nil {
		return claim(ix.duids, c.DUID, m, m.Host, Match.owner, "DUID")
	}
	m.IAID = c.IAID
	return claim(ix.clients, clientKey{c.DUID, *c.IAID}, m, m.Host, Match.owner, "DUID and IAID")
}

// checkHost says which reservation of h is inside another one, or which UUID of
// it is a DUID of another one, or nil.
func (ix *index) checkHost(h *Host) error {
	if err := ix.checkUUIDs(h); err != nil {
		return err
	}
	for i := range h.Interfaces {
		err := h.Interfaces[i].eachReserved(func(p netip.Prefix, part bool, what string) error {
			return ix.reservations(part).checkNested(p, h, what)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (ix *index) reservations(part bool) *reservations {
	if part {
		return &ix.parts
	}
	return &ix.owners
}

// eachReserved calls f for everything that is reserved for the interface,
// until there is an error; part says that it is a host part.
func (f *Interface) eachReserved(call func(p netip.Prefix, part bool, what string) error) error {
	for _, a := range f.Addresses {
		if err := call(a.Prefix.Masked(), a.HostPart, "address"); err != nil {
			return err
		}
	}
	for _, p := range f.Prefixes {
		if err := call(p.Masked(), false, "prefix"); err != nil {
			return err
		}
	}
	return nil
}

// reservations says whose an address or prefix is.
type reservations struct {
	of      map[netip.Prefix]*Host
	lengths []int // of the prefixes, the shortest first
}

func (r *reservations) add(p netip.Prefix, h *Host, what string) error {
	if i, known := slices.BinarySearch(r.lengths, p.Bits()); !known {
		r.lengths = slices.Insert(r.lengths, i, p.Bits())
	}
	return claim(r.of, p, h, h, self, what)
}

// owner gives the host of what contains p, or nil, and that.
func (r *reservations) owner(p netip.Prefix) (*Host, netip.Prefix) {
	for _, bits := range r.lengths {
		if bits > p.Bits() {
			break
		}
		outer := netip.PrefixFrom(p.Addr(), bits).Masked()
		if h := r.of[outer]; h != nil {
			return h, outer
		}
	}
	return nil, netip.Prefix{}
}

func (r *reservations) checkNested(p netip.Prefix, h *Host, what string) error {
	if o, outer := r.owner(p); outer != p {
		return fmt.Errorf("%s: host %q: %s %v is inside %v of host %q at %s", h.Source, h.Name, what, p, outer, o.Name, o.Source)
	}
	return nil
}

func self(h *Host) *Host           { return h }
func (m Match) owner() *Host       { return m.Host }
func (k clientKey) String() string { return fmt.Sprintf("%s/%d", k.duid, k.iaid) }

// claim enters value under key for h, unless another host, or another
// interface of the same one, has it.
func claim[K comparable, V any](m map[K]V, key K, value V, h *Host, owner func(V) *Host, what string) error {
	if was, is := m[key]; is {
		return taken(h, what, key, owner(was))
	}
	m[key] = value
	return nil
}

// taken is the error that what h claims is that of the host o.
func taken(h *Host, what string, key any, o *Host) error {
	return fmt.Errorf("%s: host %q: %s %v is already that of host %q at %s", h.Source, h.Name, what, key, o.Name, o.Source)
}
