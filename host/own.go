package host

import (
	"maps"
	"slices"
)

// setAside is a host that was put and does not count.
type setAside struct {
	*entry
	why *ClaimError
}

// Put makes a host beside those of the sources, or puts it in the place of the
// one that was put under its name before, for the next exchange. It costs the
// same however many hosts there are, but for a prefix, inside of which others
// may lie. What the host claims must be nobody else's, else the error is a
// *ClaimError and nothing changes. h is not changed any more.
//
// Sources go first: when one brings a host of the same name, or one that claims
// something of what h claims, then h as a whole is set aside until the source
// does not any more.
func (r *Registry) Put(h *Host) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.checkPut(h); err != nil {
		return err
	}
	was := r.own[h.Name]
	if r.aside[h.Name] != nil {
		r.besides.leaveAll(was, nil)
		delete(r.aside, h.Name)
		was = nil // what it claimed the index does not have of it
	}
	ix, e := r.index.Load(), newEntry(h)
	if s, set := r.states[h.Name]; set {
		e.setState(s)
	}
	ix.enterAll(e) // before what was is gone, so that no exchange finds nobody
	if was != nil {
		ix.leaveAll(was, claimsOf(h))
	}
	r.own[h.Name] = h
	r.tell()
	return nil
}

// CheckPut gives the error that Put would give, and changes nothing.
func (r *Registry) CheckPut(h *Host) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.checkPut(h)
}

func (r *Registry) checkPut(h *Host) error {
	if err := checkItself(h); err != nil {
		return err
	}
	ix := r.index.Load()
	if o, ok := ix.names.get(h.Name); ok && r.own[h.Name] != o.source {
		return taken(h, claim{kind: nameClaim, name: h.Name}, o.source)
	}
	if err := ix.conflict(h, true); err != nil {
		return err
	}
	if err := r.besides.conflict(h, true); err != nil {
		return err
	}
	return nil
}

// Remove takes a host away that was put.
func (r *Registry) Remove(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	was := r.own[name]
	if was == nil {
		return
	}
	delete(r.own, name)
	if r.aside[name] != nil {
		delete(r.aside, name)
		r.besides.leaveAll(was, nil)
	} else {
		r.index.Load().leaveAll(was, nil)
	}
	r.tell()
}

// Own gives the host that was put under a name, or nil. It may be set aside.
func (r *Registry) Own(name string) *Host {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.own[name]
}

// Adopt puts very many hosts at once, such as those of an earlier run, in the
// place of all that were put before. Those that cannot be put are set aside.
func (r *Registry) Adopt(hosts []*Host) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.own = make(map[string]*Host, len(hosts))
	for _, h := range hosts {
		r.own[h.Name] = h
	}
	ix, err := newIndex(r.sources)
	if err == nil { // as it was when these sources were taken over
		r.rebuild(ix)
	}
}

// Aside gives why each of the hosts that were put and do not count does not, in
// the order of their names.
func (r *Registry) Aside() (out []*ClaimError) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(r.aside)) {
		out = append(out, r.aside[name].why)
	}
	return out
}

// rebuild uses an index of the sources, to which it adds the hosts that were put.
func (r *Registry) rebuild(ix *index) {
	r.aside, r.besides = map[string]*setAside{}, emptyIndex()
	above := r.aboveSources(ix)
	for _, name := range slices.Sorted(maps.Keys(r.own)) {
		h := r.own[name]
		why := above[name]
		if why == nil {
			why = ix.conflictOf(h)
		}
		if why == nil {
			ix.enterAll(newEntry(h))
			continue
		}
		e := newEntry(h)
		r.aside[name] = &setAside{e, why}
		r.besides.enterAll(e)
	}
	r.besides.publish()
	r.use(ix)
}

// conflictOf says why a host that was put does not go with what the index has.
func (ix *index) conflictOf(h *Host) *ClaimError {
	if o, ok := ix.names.get(h.Name); ok {
		return taken(h, claim{kind: nameClaim, name: h.Name}, o.source)
	}
	return ix.conflict(h, false)
}

// aboveSources gives the hosts that were put with a reservation that has one of
// a source's inside.
func (r *Registry) aboveSources(ix *index) map[string]*ClaimError {
	out := map[string]*ClaimError{}
	if len(r.own) == 0 {
		return out
	}
	own := emptyIndex()
	for _, h := range r.own {
		own.enterAll(newEntry(h))
	}
	for _, pair := range [...]struct{ theirs, ours *reservations }{{ix.owners, own.owners}, {ix.parts, own.parts}} {
		for _, p := range pair.theirs.all() {
			if o, outer := pair.ours.owner(p); o != nil && outer != p {
				e, _ := pair.theirs.of.get(p)
				c := claim{kind: prefixClaim, prefix: outer}
				out[o.source.Name] = inner(o.source, c, e.source, p)
			}
		}
	}
	return out
}
