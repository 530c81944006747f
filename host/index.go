package host

import (
	"hash/maphash"
	"maps"
	"slices"

	"github.com/stage6/stage6/ident"
)

type clientKey struct {
	duid ident.DUID
	iaid uint32
}

// found is what an index has for something that hosts are recognised by.
type found struct {
	*entry
	face *Interface // nil: the host has none
	iaid *uint32
	port ident.Port // itself, so that a look-up by octets gives it without making it
}

// now gives the match with the host as it is now; that of nothing is of nobody.
func (f found) now() Match {
	if f.entry == nil {
		return Match{}
	}
	return Match{Host: f.entry.now.Load(), Interface: f.face, IAID: f.iaid}
}

// index finds hosts. It is read without a lock; one goroutine at a time changes
// it.
type index struct {
	names   *shards[string, *entry]
	list    *nameList
	macs    *shards[ident.MAC, found]
	duids   *shards[ident.DUID, found]
	clients *shards[clientKey, found]
	uuids   *shards[ident.UUID, found]
	ports   *shards[ident.Port, found]
	owners  *reservations
	parts   *reservations // given as host parts
}

func emptyIndex() *index {
	return &index{
		names:   newShards[string, *entry](hashText),
		list:    &nameList{},
		macs:    newShards[ident.MAC, found](hashMAC),
		duids:   newShards[ident.DUID, found](hashText),
		clients: newShards[clientKey, found](hashClient),
		uuids:   newShards[ident.UUID, found](hashUUID),
		ports:   newShards[ident.Port, found](hashText),
		owners:  newReservations(),
		parts:   newReservations(),
	}
}

// publish says that the index is read from now on.
func (ix *index) publish() {
	ix.names.alone, ix.macs.alone, ix.duids.alone, ix.clients.alone = false, false, false, false
	ix.uuids.alone, ix.ports.alone = false, false
	ix.owners.of.alone, ix.parts.of.alone = false, false
}

// newIndex makes the index of the hosts of all sources, or says which two of
// them claim the same.
func newIndex(sources map[string][]Host) (*index, error) {
	ix := emptyIndex()
	if err := eachHost(sources, ix.claim); err != nil {
		return nil, err
	}
	return ix, eachHost(sources, ix.checkNested)
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

// claim enters everything of a host, unless another host, or another interface
// of the same one, has some of it.
func (ix *index) claim(h *Host) error {
	e := newEntry(h)
	return eachClaim(h, func(c claim) error {
		if o := ix.owner(c); o != nil {
			return taken(h, c, o)
		}
		ix.enter(e, c)
		return nil
	})
}

// checkNested says which reservation of h is inside another one, or which UUID
// of it is a DUID of another one, or nil. All hosts were entered.
func (ix *index) checkNested(h *Host) error {
	return eachClaim(h, func(c claim) error {
		switch {
		case c.kind == uuidClaim:
			return ix.checkUUID(h, c)
		case c.kind.reserves():
			if o, outer := ix.reservations(c).owner(c.prefix); outer != c.prefix {
				return nested(h, c, o.source, outer)
			}
		}
		return nil
	})
}

// checkUUID says that a UUID of h is the DUID of a host, or nil.
func (ix *index) checkUUID(h *Host, c claim) error {
	for _, u := range [...]ident.UUID{c.uuid, c.uuid.Swapped()} {
		if o, is := ix.duids.get(u.DUID()); is {
			return taken(h, c, o.source)
		}
	}
	return nil
}

// owner gives the host that has exactly what is claimed, or nil.
func (ix *index) owner(c claim) *Host {
	var f found
	switch c.kind {
	case nameClaim:
		f.entry, _ = ix.names.get(c.name)
	case macClaim:
		f, _ = ix.macs.get(c.mac)
	case duidClaim:
		f, _ = ix.duids.get(c.duid)
	case clientClaim:
		f, _ = ix.clients.get(clientKey{c.duid, *c.iaid})
	case portClaim:
		f, _ = ix.ports.get(c.port)
	case uuidClaim:
		_, _, f = ix.findUUID(c.uuid)
	default:
		f.entry, _ = ix.reservations(c).of.get(c.prefix)
	}
	if f.entry == nil {
		return nil
	}
	return f.source
}

// enter enters a claim of the host of an entry.
func (ix *index) enter(e *entry, c claim) {
	f := found{entry: e, face: c.face, iaid: c.iaid}
	switch c.kind {
	case nameClaim:
		ix.names.set(c.name, e)
		ix.list.change(c.name, true)
	case macClaim:
		ix.macs.set(c.mac, f)
	case duidClaim:
		ix.duids.set(c.duid, f)
	case clientClaim:
		ix.clients.set(clientKey{c.duid, *c.iaid}, f)
	case portClaim:
		f.port = c.port
		ix.ports.set(c.port, f)
	case uuidClaim:
		ix.uuids.set(c.uuid, f)
	default:
		ix.reservations(c).add(c.prefix, e)
	}
}

// leave takes a claim out.
func (ix *index) leave(c claim) {
	switch c.kind {
	case nameClaim:
		ix.names.remove(c.name)
		ix.list.change(c.name, false)
	case macClaim:
		ix.macs.remove(c.mac)
	case duidClaim:
		ix.duids.remove(c.duid)
	case clientClaim:
		ix.clients.remove(clientKey{c.duid, *c.iaid})
	case portClaim:
		ix.ports.remove(c.port)
	case uuidClaim:
		ix.uuids.remove(c.uuid)
	default:
		ix.reservations(c).remove(c.prefix)
	}
}

func (ix *index) reservations(c claim) *reservations {
	if c.kind == partClaim {
		return ix.parts
	}
	return ix.owners
}

// duid finds by a DUID's octets.
func (ix *index) duid(duid []byte) found {
	s := ix.duids
	if s.len() == 0 {
		return found{}
	}
	return s.at(maphash.Bytes(s.seed, duid))[ident.DUID(duid)]
}
