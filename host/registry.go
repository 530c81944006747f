package host

import (
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
	states  map[string]State      // set while the server runs, by name
	pinned  map[string]ident.DUID // likewise
	pins    *pins                 // the same, by DUID
	changed chan struct{}
	index   atomic.Pointer[index]
}

// NewRegistry makes an empty registry.
func NewRegistry() *Registry {
	r := &Registry{
		sources: map[string][]Host{}, states: map[string]State{}, pinned: map[string]ident.DUID{}, pins: newPins(),
		changed: make(chan struct{}),
	}
	r.index.Store(&index{sorted: func() []string { return nil }})
	return r
}

// Replace makes hosts all that the source (such as the plugin hosts) knows. On
// error, which names both hosts that claim the same thing, nothing changes.
func (r *Registry) Replace(source string, hosts []Host) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	next := maps.Clone(r.sources)
	next[source] = hosts
	ix, err := newIndex(next)
	if err != nil {
		return err
	}
	for name, state := range r.states {
		ix.setState(name, state)
	}
	r.sources = next
	r.index.Store(ix)
	close(r.changed)
	r.changed = make(chan struct{})
	return nil
}

// Changed gives a channel that is closed when the hosts are replaced the next
// time. Who wants to follow takes the channel first and looks at the hosts
// then.
func (r *Registry) Changed() <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.changed
}

// ByMAC gives the host with that MAC. The zero MAC is nobody's.
func (r *Registry) ByMAC(m ident.MAC) (Match, bool) {
	if m.IsZero() {
		return Match{}, false
	}
	ix := r.index.Load()
	e, ok := ix.macs[m]
	return ix.now(e), ok
}

// ByDUID gives the host that is recognised by the whole DUID.
func (r *Registry) ByDUID(duid []byte) (Match, bool) {
	ix := r.index.Load()
	e, ok := ix.duids[ident.DUID(duid)]
	return ix.now(e), ok
}

// ByClient gives the host that is recognised by the DUID together with the
// IAID.
func (r *Registry) ByClient(duid []byte, iaid uint32) (Match, bool) {
	ix := r.index.Load()
	e, ok := ix.clients[clientKey{ident.DUID(duid), iaid}]
	return ix.now(e), ok
}

// ByName gives the host of that name, or nil.
func (r *Registry) ByName(name string) *Host {
	e := r.index.Load().names[name]
	if e == nil {
		return nil
	}
	return e.now.Load()
}

// Owner gives the host for which an address (as a /128) or prefix is reserved
// as a whole, by itself or inside of a block or prefix, or nil. Addresses given
// as host parts have no owner, since they are somebody's on each link.
func (r *Registry) Owner(p netip.Prefix) *Host {
	ix := r.index.Load()
	h, _ := ix.owners.owner(p)
	return ix.now(Match{Host: h}).Host
}

// Len gives the number of hosts.
func (r *Registry) Len() int { return len(r.index.Load().names) }

// All gives all hosts, sorted by name.
func (r *Registry) All() []*Host {
	ix := r.index.Load()
	out := make([]*Host, 0, len(ix.names))
	for _, name := range ix.sorted() {
		out = append(out, ix.names[name].now.Load())
	}
	return out
}

// Reserved gives all whole addresses, as /128, blocks and prefixes that are
// reserved.
func (r *Registry) Reserved() []netip.Prefix {
	return slices.Collect(maps.Keys(r.index.Load().owners.of))
}

// HostParts gives the host parts that are reserved on every link, each once:
// addresses, as /128, and blocks.
func (r *Registry) HostParts() []netip.Prefix {
	return slices.Collect(maps.Keys(r.index.Load().parts.of))
}
