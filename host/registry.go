package host

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/stage6/stage6/ident"
)

// Match is a host, the interface of it that was recognised, and by what.
type Match struct {
	Host      *Host
	Interface *Interface
	// IAID, when not nil, says that the host was recognised by one identity
	// association only: what is reserved is for that one.
	IAID *uint32
}

// Registry is the set of known hosts. It is safe for concurrent use; look-ups
// take no lock and allocate nothing.
type Registry struct {
	mu      sync.Mutex
	sources map[string][]Host
	index   atomic.Pointer[index]
}

// NewRegistry makes an empty registry.
func NewRegistry() *Registry {
	r := &Registry{sources: map[string][]Host{}}
	r.index.Store(newIndex())
	return r
}

// Replace makes hosts all that the source (such as a file name) knows. On
// error, which names both hosts that claim the same thing, nothing changes.
func (r *Registry) Replace(source string, hosts []Host) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	next := maps.Clone(r.sources)
	next[source] = hosts
	ix := newIndex()
	for _, name := range slices.Sorted(maps.Keys(next)) {
		for i := range next[name] {
			if err := ix.add(&next[name][i]); err != nil {
				return err
			}
		}
	}
	r.sources = next
	r.index.Store(ix)
	return nil
}

// ByMAC gives the host with that MAC. The zero MAC is nobody's.
func (r *Registry) ByMAC(m ident.MAC) (Match, bool) {
	if m.IsZero() {
		return Match{}, false
	}
	e, ok := r.index.Load().macs[m]
	return e, ok
}

// ByDUID gives the host that is recognised by the whole DUID.
func (r *Registry) ByDUID(duid []byte) (Match, bool) {
	e, ok := r.index.Load().duids[ident.DUID(duid)]
	return e, ok
}

// ByClient gives the host that is recognised by the DUID together with the
// IAID.
func (r *Registry) ByClient(duid []byte, iaid uint32) (Match, bool) {
	e, ok := r.index.Load().clients[clientKey{ident.DUID(duid), iaid}]
	return e, ok
}

// ByName gives the host of that name, or nil.
func (r *Registry) ByName(name string) *Host { return r.index.Load().names[name] }

// Owner gives the host for which an address (as a /128) or prefix is reserved
// as a whole, or nil. Addresses given as host parts have no owner, since they
// are somebody's on each link.
func (r *Registry) Owner(p netip.Prefix) *Host { return r.index.Load().owners[p] }

// Len gives the number of hosts.
func (r *Registry) Len() int { return len(r.index.Load().names) }

// All gives all hosts, sorted by name.
func (r *Registry) All() []*Host {
	ix := r.index.Load()
	out := make([]*Host, 0, len(ix.names))
	for _, name := range slices.Sorted(maps.Keys(ix.names)) {
		out = append(out, ix.names[name])
	}
	return out
}

// Reserved gives all whole addresses, as /128, and prefixes that are reserved.
func (r *Registry) Reserved() []netip.Prefix {
	return slices.Collect(maps.Keys(r.index.Load().owners))
}

// HostParts gives the host parts that are reserved on every link, each once.
func (r *Registry) HostParts() []netip.Addr {
	return slices.Collect(maps.Keys(r.index.Load().parts))
}

type clientKey struct {
	duid ident.DUID
	iaid uint32
}

// index is one immutable state of the registry.
type index struct {
	names   map[string]*Host
	macs    map[ident.MAC]Match
	duids   map[ident.DUID]Match
	clients map[clientKey]Match
	owners  map[netip.Prefix]*Host
	parts   map[netip.Addr]*Host
}

func newIndex() *index {
	return &index{
		names:   map[string]*Host{},
		macs:    map[ident.MAC]Match{},
		duids:   map[ident.DUID]Match{},
		clients: map[clientKey]Match{},
		owners:  map[netip.Prefix]*Host{},
		parts:   map[netip.Addr]*Host{},
	}
}

func (ix *index) add(h *Host) error {
	if err := claim(ix.names, h.Name, h, h, self, "name"); err != nil {
		return err
	}
	for i := range h.Interfaces {
		if err := ix.addInterface(h, &h.Interfaces[i]); err != nil {
			return err
		}
	}
	return nil
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
	for _, a := range f.Addresses {
		if err := ix.addAddress(h, a); err != nil {
			return err
		}
	}
	for _, p := range f.Prefixes {
		if err := claim(ix.owners, p.Masked(), h, h, self, "prefix"); err != nil {
			return err
		}
	}
	return nil
}

func (ix *index) addClient(m Match, c *Client) error {
	if c.IAID == nil {
		return claim(ix.duids, c.DUID, m, m.Host, Match.owner, "DUID")
	}
	m.IAID = c.IAID
	return claim(ix.clients, clientKey{c.DUID, *c.IAID}, m, m.Host, Match.owner, "DUID and IAID")
}

func (ix *index) addAddress(h *Host, a Address) error {
	if a.HostPart {
		return claim(ix.parts, a.Addr, h, h, self, "address")
	}
	return claim(ix.owners, netip.PrefixFrom(a.Addr, 128), h, h, self, "address")
}

func self(h *Host) *Host           { return h }
func (m Match) owner() *Host       { return m.Host }
func (k clientKey) String() string { return fmt.Sprintf("%s/%d", k.duid, k.iaid) }

// claim enters value under key for h, unless another host, or another
// interface of the same one, has it.
func claim[K comparable, V any](m map[K]V, key K, value V, h *Host, owner func(V) *Host, what string) error {
	if was, taken := m[key]; taken {
		o := owner(was)
		return fmt.Errorf("%s: host %q: %s %v is already that of host %q at %s", h.Source, h.Name, what, key, o.Name, o.Source)
	}
	m[key] = value
	return nil
}
