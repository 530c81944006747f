package bindings

import (
	"net/netip"
	"time"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/lease"
)

// find gives the number of the record of a key, or 0.
func (t *Table) find(who taker, duid []byte, ia ident.IA) uint32 {
	return t.byKey.find(who[0], func(id uint32) bool { return isKey(t.runOf(id), duid, ia) })
}

// findKey is find for the key of a record.
func (t *Table) findKey(k *lease.Key) uint32 {
	return t.byKey.find(t.seeds.key(k), func(id uint32) bool { return isKey(t.runOf(id), string(k.DUID), k.IA) })
}

// Text gives the octets of a client as a text, which is mostly there already.
func (t *Table) Text(octets []byte) string { return t.texts.of(octets) }

// Get gives the record of a binding, or nil. It is not to be changed.
func (t *Table) Get(duid []byte, ia ident.IA) *lease.Binding { return t.GetIn(nil, duid, ia) }

// GetIn is Get into memory of the caller's.
func (t *Table) GetIn(r *Room, duid []byte, ia ident.IA) *lease.Binding {
	t.mu.RLock()
	defer t.mu.RUnlock()
	if id := t.find(t.seeds.taker(duid, ia), duid, ia); id != 0 {
		return t.readIn(r, id)
	}
	return nil
}

// Holder is who has a prefix.
type Holder struct {
	Binding *lease.Binding // nil when the prefix is only offered
	Lease   *lease.Lease   // of the binding; may have ended
	Offered bool           // somebody, maybe the same, was offered it
}

// Holder gives who has the address, as a /128, or prefix, and whether anybody
// has.
func (t *Table) Holder(p netip.Prefix) (Holder, bool) { return t.HolderIn(nil, p) }

// HolderIn is Holder into memory of the caller's.
func (t *Table) HolderIn(r *Room, p netip.Prefix) (Holder, bool) {
	at, _ := placeOf(p)
	t.mu.RLock()
	defer t.mu.RUnlock()
	id := t.spotAt(at)
	if id == 0 {
		return Holder{}, false
	}
	s := t.spots.at(id)
	h := Holder{Offered: s.offer != 0 && !t.lapsed(s.offer, t.now())}
	if s.owner != 0 {
		h.Binding = t.readIn(r, s.owner)
		h.Lease = h.Binding.Lease(p)
	}
	return h, h.Offered || h.Binding != nil
}

// maxByHost bounds what one message of a machine costs that has, or makes up, many
// clients.
const maxByHost = 1024

// ByHost appends the bindings of the known host of that name, the newest 1024 at
// most.
func (t *Table) ByHost(dst []*lease.Binding, host string) []*lease.Binding {
	return t.ByHostIn(nil, dst, host)
}

// ByHostIn is ByHost into memory of the caller's.
func (t *Table) ByHostIn(r *Room, dst []*lease.Binding, host string) []*lease.Binding {
	t.mu.RLock()
	defer t.mu.RUnlock()
	last := len(dst) + maxByHost
	for id := t.firstOfHost(host); id != 0 && len(dst) < last; id = t.records.at(id).host.next {
		dst = append(dst, t.readIn(r, id))
	}
	return dst
}

// firstOfHost gives the first record of a host, or 0.
func (t *Table) firstOfHost(host string) uint32 {
	return t.byHost.find(t.seeds.host(host), func(id uint32) bool { return t.hostOf(id) == host })
}

func (t *Table) hostLinks(id uint32) *links { return &t.records.at(id).host }

// joinHost puts a record in front of the others of its host.
func (t *Table) joinHost(id uint32) {
	r := t.records.at(id)
	if r.name == 0 {
		return
	}
	if first := t.firstOfHost(t.hostOf(id)); first != 0 {
		t.byHost.remove(first)
		r.host.next = first
		t.records.at(first).host.prev = id
	}
	t.byHost.add(id)
}

// leaveHost undoes joinHost, before the record changes.
func (t *Table) leaveHost(id uint32) {
	r := t.records.at(id)
	if r.name == 0 {
		return
	}
	others := list{first: id} // what remove makes of it when id is the first
	if r.host.prev == 0 {
		t.byHost.remove(id)
		others.remove(id, t.hostLinks)
		if others.first != 0 {
			t.byHost.add(others.first)
		}
		return
	}
	others.remove(id, t.hostLinks)
}

// replace makes all the changes at once in all indexes. That they agree with
// everything else is the caller's care.
func (t *Table) replace(group []lease.Change, now time.Time) {
	t.touched = t.touched[:0]
	for i := range group {
		if b := group[i].Before; b != nil {
			t.loosen(b, now)
		}
	}
	for i := range group {
		if b := group[i].After; b != nil {
			t.install(b, now)
		} else {
			t.remove(t.findKey(&group[i].Before.Key))
		}
	}
	for _, id := range t.touched {
		t.show(id)
	}
}

// loosen takes the leases of a record from their spots. Of those that ran out
// without notice notice is taken.
func (t *Table) loosen(b *lease.Binding, now time.Time) {
	for i := range b.Leases {
		l := &b.Leases[i]
		p, _ := placeOf(l.Prefix)
		id := t.spotAt(p)
		s := t.spots.at(id)
		if s.state == leased && !l.Live(now) {
			t.ran = append(t.ran, Expired{b, l})
		}
		s.owner, s.state = 0, vacant
		t.touched = append(t.touched, id)
	}
}

// install makes b the record of its key.
func (t *Table) install(b *lease.Binding, now time.Time) {
	id := t.findKey(&b.Key)
	if id == 0 {
		id = t.records.add()
		t.keep(id, b)
		t.byKey.add(id)
		t.recorded++
		t.joinHost(id)
	} else if t.hostOf(id) != b.Host {
		t.leaveHost(id)
		t.keep(id, b)
		t.joinHost(id)
	} else {
		t.keep(id, b)
	}
	for i := range b.Leases {
		t.occupy(id, &b.Leases[i], now)
	}
	t.noteEnded(id, t.records.at(id), b)
}

// occupy gives a lease of a record its spot.
func (t *Table) occupy(owner uint32, l *lease.Lease, now time.Time) {
	p, _ := placeOf(l.Prefix)
	state, when := judge(l, now)
	if state != remembered {
		t.dropOffersAt(p)
	}
	id := t.makeSpot(p)
	s := t.spots.at(id)
	s.owner, s.state = owner, state
	t.schedule(id, s, when)
	t.touched = append(t.touched, id)
}

func (t *Table) remove(id uint32) {
	t.setEnded(id, t.records.at(id), false)
	t.leaveHost(id)
	t.byKey.remove(id)
	t.drop(id)
	t.records.release(id)
	t.recorded--
}
