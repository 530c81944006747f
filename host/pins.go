package host

import (
	"fmt"
	"hash/maphash"
	"maps"
	"sync/atomic"

	"github.com/stage6/stage6/ident"
)

// pins are the DUIDs of installed systems, each with the name of its host. A
// change copies one part of them, so that look-ups take no lock.
type pins struct {
	seed  maphash.Seed
	parts [1 << 10]atomic.Pointer[map[ident.DUID]string]
}

func newPins() *pins { return &pins{seed: maphash.MakeSeed()} }

func (p *pins) part(duid []byte) *atomic.Pointer[map[ident.DUID]string] {
	return &p.parts[maphash.Bytes(p.seed, duid)%uint64(len(p.parts))]
}

// owner gives the name of the host of a DUID, and whether there is one.
func (p *pins) owner(duid []byte) (name string, ok bool) {
	m := p.part(duid).Load()
	if m == nil {
		return "", false
	}
	name, ok = (*m)[ident.DUID(duid)]
	return name, ok
}

// change puts a part in the place of the one that the DUID belongs to, with one
// thing in it changed.
func (p *pins) change(duid ident.DUID, f func(map[ident.DUID]string)) {
	part := p.part([]byte(duid))
	next := map[ident.DUID]string{}
	if m := part.Load(); m != nil {
		next = maps.Clone(*m)
	}
	f(next)
	part.Store(&next)
}

// Pin says that a DUID is that of a host's installed system. It stays whatever
// sources say of the host, also when it is not known yet or any more, until
// another DUID is pinned to the host, the host is to be installed again
// (SetState with Deploy), or Unpin. It is an error if the DUID is another
// host's.
func (r *Registry) Pin(name string, duid ident.DUID) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.checkPin(name, duid); err != nil {
		return err
	}
	r.unpin(name)
	r.pinned[name] = duid
	r.pins.change(duid, func(m map[ident.DUID]string) { m[duid] = name })
	return nil
}

// CheckPin gives the error that Pin would give, and changes nothing.
func (r *Registry) CheckPin(name string, duid ident.DUID) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.checkPin(name, duid)
}

// Unpin forgets the DUID that was pinned to a host, if there is one.
func (r *Registry) Unpin(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.unpin(name)
}

func (r *Registry) unpin(name string) {
	duid, ok := r.pinned[name]
	if !ok {
		return
	}
	delete(r.pinned, name)
	r.pins.change(duid, func(m map[ident.DUID]string) { delete(m, duid) })
}

func (r *Registry) checkPin(name string, duid ident.DUID) error {
	if err := ident.CheckDUID([]byte(duid)); err != nil {
		return fmt.Errorf("DUID %s: %w", duid, err)
	}
	if owner, ok := r.pins.owner([]byte(duid)); ok && owner != name {
		return &PinError{DUID: duid, Host: name, Owner: owner}
	}
	ix := r.index.Load()
	f, ok := ix.duids.get(duid)
	m := f.now()
	if u, is := ident.UUIDFromDUID([]byte(duid)); is && !ok {
		m, _, ok = ix.byUUID(u)
	}
	if ok && m.Host.Name != name {
		return &PinError{DUID: duid, Host: name, Owner: m.Host.Name, Source: m.Host.Source}
	}
	return nil
}

// PinError says that a DUID cannot be pinned to a host since it is another
// one's: pinned to it, or, where Source says the place, listed there.
type PinError struct {
	DUID                ident.DUID
	Host, Owner, Source string
}

func (e *PinError) Error() string {
	text := fmt.Sprintf("host %q: DUID %s is already that of host %q", e.Host, e.DUID, e.Owner)
	if e.Source != "" {
		return text + " at " + e.Source
	}
	return text + ", to which it was pinned"
}

// ByPin gives the host that a DUID was pinned to. A DUID that a source lists by
// now is that of the host which lists it, and not one that was pinned.
func (r *Registry) ByPin(duid []byte) (Match, bool) {
	name, ok := r.pins.owner(duid)
	if !ok {
		return Match{}, false
	}
	if r.index.Load().duid(duid).entry != nil {
		return Match{}, false
	}
	return r.byName(name)
}
