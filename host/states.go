package host

import (
	"maps"
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

func (ix *index) setState(name string, s State) {
	if e, ok := ix.names.get(name); ok {
		e.setState(s)
	}
}

func (e *entry) setState(s State) {
	h := *e.source
	h.State = s
	e.now.Store(&h)
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
	if e, ok := r.index.Load().names.get(name); ok {
		e.now.Store(e.source)
	}
}

// Known is a host as it is now, and what is known of it beside.
type Known struct {
	Host     *Host
	Set      bool        // whether its state was set by SetState
	InSource State       // the state that its source says
	Pinned   ident.DUID  // of its installed system; see Pin
	Aside    *ClaimError // why the host that was put under this name does not count; nil: it does, or there is none
}

// known tells of the host of an entry. The caller holds r.mu.
func (r *Registry) known(e *entry) Known {
	h := e.now.Load()
	k := Known{Host: h, Set: h != e.source, InSource: e.source.State, Pinned: r.pinned[h.Name]}
	if a := r.aside[h.Name]; a != nil {
		k.Aside = a.why
	}
	return k
}

// Lookup gives the host of a name, and whether there is one: also one that was
// put and does not count, if no other has its name.
func (r *Registry) Lookup(name string) (Known, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if e, ok := r.index.Load().names.get(name); ok {
		return r.known(e), true
	}
	if a := r.aside[name]; a != nil {
		return r.known(a.entry), true
	}
	return Known{}, false
}

// After calls yield with the hosts whose names come after a name, sorted by
// name, as Lookup gives them, until it gives false.
func (r *Registry) After(name string, yield func(Known) bool) {
	names := r.namesWithAside()
	i, found := slices.BinarySearch(names, name)
	if found {
		i++
	}
	for _, n := range names[i:] {
		if k, ok := r.Lookup(n); ok && !yield(k) {
			return
		}
	}
}

// namesWithAside lists the names of all hosts, those that do not count too.
func (r *Registry) namesWithAside() []string {
	names := r.index.Load().list.names()
	r.mu.Lock()
	aside := slices.Sorted(maps.Keys(r.aside))
	r.mu.Unlock()
	if len(aside) == 0 {
		return names
	}
	also := make(map[string]bool, len(aside))
	for _, n := range aside {
		also[n] = true
	}
	return merge(names, aside, also)
}
