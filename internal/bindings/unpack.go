package bindings

import (
	"encoding/binary"
	"net/netip"
	"time"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/lease"
	"github.com/stage6/stage6/stage"
)

// unpacker reads a run. It was written by this process: nothing in it is checked.
type unpacker struct {
	*packer
	rest []byte
}

// unpack reads the binding of a run into s. The texts that are the client's own are
// looked for in known.
func (p *packer) unpack(s *single, run []byte, host string, known *texts) *lease.Binding {
	u := unpacker{p, run[packHead:]}
	b := s.empty()
	b.Host = host
	duid := int(u.octet())
	own := u.rest
	u.octets(duid)
	b.IA = ident.IA{Type: ident.IAType(binary.BigEndian.Uint16(u.octets(2))), ID: binary.BigEndian.Uint32(u.octets(4))}
	b.Stage = stage.Stage(u.octet())
	flags := u.octet()
	b.Contested, b.Vouched = flags&packedContested != 0, flags&packedVouched != 0
	if flags&packedMAC != 0 {
		b.MAC = ident.MAC(u.octets(6))
	}
	b.Link, b.Interface = u.name(), u.name()
	hostname := 0
	if flags&packedHostname != 0 {
		hostname = int(u.uvarint())
		u.octets(hostname)
		own = own[:len(own)-len(u.rest)]
	} else {
		own = own[:duid]
	}
	text := known.of(own)
	b.DUID, b.Hostname = ident.DUID(text[:duid]), text[len(text)-hostname:]
	if flags&packedVia != 0 {
		b.Via = netip.AddrFrom16([16]byte(u.octets(16))).WithZone(u.name())
	}
	b.Created, b.Updated = u.time(), u.time()
	switch n := u.uvarint(); n {
	case 0:
		b.Leases = nil
	case 1:
		b.Leases = b.Leases[:1]
	default:
		b.Leases = make([]lease.Lease, n)
	}
	for i := range b.Leases {
		u.lease(&b.Leases[i])
	}
	return b
}

// leaseOf gives the lease of a prefix in a run, or nothing.
func (p *packer) leaseOf(run []byte, of netip.Prefix) (l lease.Lease, ok bool) {
	u := unpacker{p, run[packHead:]}
	u.skipToLeases()
	for range u.uvarint() {
		if u.lease(&l); l.Prefix == of {
			return l, true
		}
	}
	return lease.Lease{}, false
}

// skipToLeases passes over what precedes the number of leases, and gives the numbers of
// the names there.
func (u *unpacker) skipToLeases() (link, interfaceName, zone uint32) {
	u.octets(int(u.octet()) + 2 + 4 + 1)
	flags := u.octet()
	if flags&packedMAC != 0 {
		u.octets(6)
	}
	link, interfaceName = uint32(u.uvarint()), uint32(u.uvarint())
	if flags&packedHostname != 0 {
		u.octets(int(u.uvarint()))
	}
	if flags&packedVia != 0 {
		u.octets(16)
		zone = uint32(u.uvarint())
	}
	u.time()
	u.time()
	return link, interfaceName, zone
}

func (u *unpacker) lease(l *lease.Lease) {
	addr := netip.AddrFrom16([16]byte(u.octets(16)))
	l.Prefix = netip.PrefixFrom(addr, int(u.octet()))
	l.State = lease.State(u.octet())
	l.Preferred, l.Valid = u.duration(), u.duration()
	l.Until, l.Pool, l.Rest = u.time(), u.name(), u.duration()
}

func (u *unpacker) octets(n int) []byte {
	out := u.rest[:n]
	u.rest = u.rest[n:]
	return out
}

func (u *unpacker) octet() byte { return u.octets(1)[0] }

func (u *unpacker) uvarint() uint64 {
	v, n := binary.Uvarint(u.rest)
	u.rest = u.rest[n:]
	return v
}

func (u *unpacker) varint() int64 {
	v, n := binary.Varint(u.rest)
	u.rest = u.rest[n:]
	return v
}

func (u *unpacker) name() string { return u.names.text(uint32(u.uvarint())) }

func (u *unpacker) duration() time.Duration {
	v := u.varint()
	if v&1 == 0 {
		return time.Duration(v>>1) * time.Second
	}
	return time.Duration(v >> 1)
}

func (u *unpacker) time() time.Time {
	switch u.octet() {
	case timeSeconds:
		return time.Unix(u.varint(), 0)
	case timeNanos:
		seconds := u.varint()
		return time.Unix(seconds, int64(u.uvarint()))
	}
	return time.Time{}
}

// leave says that the names of a run are used once less, since it is about to be
// forgotten, and gives its length.
func (p *packer) leave(run []byte) int {
	b := p.numbers(run)
	for _, id := range b {
		p.names.leave(id)
	}
	return int(binary.LittleEndian.Uint32(run))
}

// numbers gives those of the names in a run.
func (p *packer) numbers(run []byte) (ids []uint32) {
	u := unpacker{p, run[packHead:]}
	link, interfaceName, zone := u.skipToLeases()
	ids = append(p.ids[:0], link, interfaceName, zone)
	for range u.uvarint() {
		u.octets(18)
		u.duration()
		u.duration()
		u.time()
		ids = append(ids, uint32(u.uvarint()))
		u.duration()
	}
	p.ids = ids
	return ids
}
