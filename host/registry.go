package host

import (
	"maps"
	"net/netip"
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
	mu       sync.Mutex
	sources  map[string][]Host
	own      map[string]*Host      // that were put, by name
	aside    map[string]*setAside  // of those, which do not count
	besides  *index                // of what those claim
	states   map[string]State      // set while the server runs, by name
	pinned   map[string]ident.DUID // likewise
	pins     *pins                 // the same, by DUID
	changed  chan struct{}
	replaced chan struct{}
	index    atomic.Pointer[index]
}

// NewRegistry makes an empty registry.
func NewRegistry() *Registry {
	r := &Registry{
		sources: map[string][]Host{}, own: map[string]*Host{}, besides: emptyIndex(),
		states: map[string]State{}, pinned: map[string]ident.DUID{}, pins: newPins(),
		changed: make(chan struct{}), replaced: make(chan struct{}),
	}
	ix := emptyIndex()
	ix.publish()
	r.index.Store(ix)
	return r
}

// Replace makes hosts all that the source (such as the plugin hosts) knows. On
// error, which names both hosts that claim the same thing, nothing changes. Hosts
// that were put do not keep a source from anything: see Put.
func (r *Registry) Replace(source string, hosts []Host) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	next := maps.Clone(r.sources)
	next[source] = hosts
	ix, err := newIndex(next)
	if err != nil {
		return err
	}
	r.sources = next
	r.rebuild(ix)
	return nil
}

// use puts an index in the place of the one that there was.
func (r *Registry) use(ix *index) {
	for name, state := range r.states {
		ix.setState(name, state)
	}
	ix.publish()
	r.index.Store(ix)
	r.tell()
	close(r.replaced)
	r.replaced = make(chan struct{})
}

// tell wakes those who wait for a change.
func (r *Registry) tell() {
	close(r.changed)
	r.changed = make(chan struct{})
}

// Changed gives a channel that is closed when hosts change the next time. Who
// wants to follow takes the channel first and looks at the hosts then.
func (r *Registry) Changed() <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.changed
}

// Replaced is Changed for what may be a change of very many hosts: Replace and
// Adopt, but not Put and Remove.
func (r *Registry) Replaced() <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.replaced
}

// ByMAC gives the host with that MAC. The zero MAC is nobody's.
func (r *Registry) ByMAC(m ident.MAC) (Match, bool) {
	if m.IsZero() {
		return Match{}, false
	}
	f, ok := r.index.Load().macs.get(m)
	return f.now(), ok
}

// ByDUID gives the host that is recognised by the whole DUID.
func (r *Registry) ByDUID(duid []byte) (Match, bool) {
	f := r.index.Load().duid(duid)
	return f.now(), f.entry != nil
}

// ByClient gives the host that is recognised by the DUID together with the
// IAID.
func (r *Registry) ByClient(duid []byte, iaid uint32) (Match, bool) {
	s := r.index.Load().clients
	if s.len() == 0 {
		return Match{}, false
	}
	f, ok := s.at(hashClientOctets(s.seed, duid, iaid))[clientKey{ident.DUID(duid), iaid}]
	return f.now(), ok
}

// ByName gives the host of that name, or nil.
func (r *Registry) ByName(name string) *Host {
	e, ok := r.index.Load().names.get(name)
	if !ok {
		return nil
	}
	return e.now.Load()
}

// Owner gives the host for which an address (as a /128) or prefix is reserved
// as a whole, by itself or inside of a block or prefix, or nil. Addresses given
// as host parts have no owner, since they are somebody's on each link.
func (r *Registry) Owner(p netip.Prefix) *Host {
	e, _ := r.index.Load().owners.owner(p)
	if e == nil {
		return nil
	}
	return e.now.Load()
}

// Len gives the number of hosts.
func (r *Registry) Len() int { return r.index.Load().names.len() }

// All gives all hosts, sorted by name.
func (r *Registry) All() []*Host {
	ix := r.index.Load()
	out := make([]*Host, 0, ix.names.len())
	for _, name := range ix.list.names() {
		if e, ok := ix.names.get(name); ok {
			out = append(out, e.now.Load())
		}
	}
	return out
}

// Reserved gives all whole addresses, as /128, blocks and prefixes that are
// reserved.
func (r *Registry) Reserved() []netip.Prefix { return r.index.Load().owners.all() }

// HostParts gives the host parts that are reserved on every link, each once:
// addresses, as /128, and blocks.
func (r *Registry) HostParts() []netip.Prefix { return r.index.Load().parts.all() }
