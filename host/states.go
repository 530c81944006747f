package host

import (
	"slices"
	"sync/atomic"

	"github.com/stage6/stage6/ident"
)

// entry is a host as its source has it, and as it is now: the same one, or a
// copy with another state.
type entry struct {
	source *Host
	now    atomic.Pointer[Host]
}

func newEntry(h *Host) *entry {
	e := &entry{source: h}
	e.now.Store(h)
	return e
}

func (e *entry) owner() *Host { return e.source }

// now gives a match with its host, if any, as it is now.
func (ix *index) now(m Match) Match {
	if m.Host != nil {
		m.Host = ix.names[m.Host.Name].now.Load()
	}
	return m
}

func (ix *index) setState(name string, s State) {
	if e := ix.names[name]; e != nil {
		h := *e.source
		h.State = s
		e.now.Store(&h)
	}
}

// SetState sets the state of a host while the server runs. It stays whatever
// sources say of the host, also when it is not known yet or any more, until
// ResetState. A host that is to be installed has no installed system: what was
// pinned to it is forgotten.
func (r *Registry) SetState(name string, s State) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.states[name] = s
	if s == Deploy {
		r.unpin(name)
	}
	r.index.Load().setState(name, s)
}

// ResetState gives a host the state back that its source says.
func (r *Registry) ResetState(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.states, name)
	if e := r.index.Load().names[name]; e != nil {
		e.now.Store(e.source)
	}
}

// Known is a host as it is now, and what is known of its state.
type Known struct {
	Host     *Host
	Set      bool       // whether its state was set by SetState
	InSource State      // the state that its source says
	Pinned   ident.DUID // of its installed system; see Pin
}

func (r *Registry) known(e *entry) Known {
	r.mu.Lock()
	defer r.mu.Unlock()
	h := e.now.Load()
	return Known{Host: h, Set: h != e.source, InSource: e.source.State, Pinned: r.pinned[h.Name]}
}

// Lookup gives the host of a name, and whether there is one.
func (r *Registry) Lookup(name string) (Known, bool) {
	e := r.index.Load().names[name]
	if e == nil {
		return Known{}, false
	}
	return r.known(e), true
}

// After calls yield with the hosts whose names come after a name, sorted by
// name, until it gives false.
func (r *Registry) After(name string, yield func(Known) bool) {
	ix := r.index.Load()
	names := ix.sorted()
	i, found := slices.BinarySearch(names, name)
	if found {
		i++
	}
	for _, n := range names[i:] {
		if !yield(r.known(ix.names[n])) {
			return
		}
	}
}
