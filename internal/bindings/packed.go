package bindings

import (
	"encoding/binary"
	"hash/maphash"
	"net/netip"
	"time"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/lease"
)

// Whoever calls these holds the lock, for reading at least.

// readIn gives the binding of a record in memory of the caller's.
func (t *Table) readIn(r *Room, id uint32) *lease.Binding {
	return t.packer.unpack(r.next(), t.runOf(id), t.hostOf(id), &t.texts)
}

// read gives the binding of a record in memory of its own. Those who look at very many
// leave the texts in peace that were read lately.
func (t *Table) read(id uint32) *lease.Binding {
	return t.packer.unpack(&single{}, t.runOf(id), t.hostOf(id), nil)
}

// look gives the binding of a record until the next call. Whoever calls holds the lock
// for writing.
func (t *Table) look(id uint32) *lease.Binding {
	return t.packer.unpack(&t.looked, t.runOf(id), t.hostOf(id), &t.texts)
}

// leaseOf gives the lease of a record that a spot has.
func (t *Table) leaseOf(id uint32, p netip.Prefix) (lease.Lease, bool) {
	return t.packer.leaseOf(t.runOf(id), p)
}

// keep makes b the binding of a record.
func (t *Table) keep(id uint32, b *lease.Binding) {
	was := *t.records.at(id)
	r := t.records.at(id)
	r.run, r.name = t.packed.put(t.packer.pack(b)), t.packer.names.use(b.Host)
	if was.run != 0 {
		t.forgetRun(was)
	}
}

// drop forgets the binding of a record.
func (t *Table) drop(id uint32) {
	t.forgetRun(*t.records.at(id))
}

func (t *Table) forgetRun(r record) {
	length := t.packer.leave(t.packed.at(r.run))
	t.packed.release(r.run, length)
	t.packer.names.leave(r.name)
}

func (t *Table) runOf(id uint32) []byte { return t.packed.at(t.records.at(id).run) }

// hostOf gives the name of a record's host.
func (t *Table) hostOf(id uint32) string { return t.packer.names.text(t.records.at(id).name) }

// keyHash is seeds.key for the key of a record.
func (t *Table) keyHash(id uint32) uint64 {
	at := t.runOf(id)[packHead:]
	duid, ia := at[1:1+at[0]], at[1+at[0]:]
	return t.seeds.mix(0, maphash.Bytes(t.seeds.text[0], duid), ident.IA{Type: ident.IAType(binary.BigEndian.Uint16(ia)), ID: binary.BigEndian.Uint32(ia[2:])})
}

// held says whether the lease of a spot, which has an owner, is held. Before it is
// to be looked at the spot alone says so.
func (t *Table) held(s *spot, now time.Time) bool {
	if s.state.blocks() && s.heap != 0 && nanos(now) < s.when {
		return true
	}
	l, _ := t.leaseOf(s.owner, s.prefix())
	return l.Held(now)
}
