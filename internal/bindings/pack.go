package bindings

import (
	"encoding/binary"
	"time"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/lease"
)

// A binding that nobody looks at is a run of octets in a slab, which has no
// pointers: the length of the run, the key (the length of the DUID, the DUID, the
// identity association), and the rest, with numbers instead of names. The host
// is not in it, but beside it, in the record.

// packHead is what precedes the key: the length of the run.
const packHead = 4

// appendKey appends what the key of a packed binding is.
func appendKey[D string | []byte](dst []byte, duid D, ia ident.IA) []byte {
	dst = append(append(dst, byte(len(duid))), duid...)
	dst = binary.BigEndian.AppendUint16(dst, uint16(ia.Type))
	return binary.BigEndian.AppendUint32(dst, ia.ID)
}

// isKey says whether a packed binding has a key.
func isKey[D string | []byte](run []byte, duid D, ia ident.IA) bool {
	n := len(duid)
	at := run[packHead:]
	if int(at[0]) != n || string(at[1:1+n]) != string(duid) {
		return false
	}
	return binary.BigEndian.Uint16(at[1+n:]) == uint16(ia.Type) && binary.BigEndian.Uint32(at[3+n:]) == ia.ID
}

// packer packs bindings.
type packer struct {
	names *names
	run   []byte   // scratch
	ids   []uint32 // scratch
}

// The flags of a packed binding.
const (
	packedContested = 1 << iota
	packedVouched
	packedMAC
	packedHostname
	packedVia
)

// pack gives the run of a binding, until the next call.
func (p *packer) pack(b *lease.Binding) []byte {
	dst := appendKey(append(p.run[:0], make([]byte, packHead)...), string(b.DUID), b.IA)
	dst = append(dst, byte(b.Stage), packedFlags(b))
	if !b.MAC.IsZero() {
		dst = append(dst, b.MAC[:]...)
	}
	dst = binary.AppendUvarint(dst, uint64(p.names.use(b.Link)))
	dst = binary.AppendUvarint(dst, uint64(p.names.use(b.Interface)))
	if b.Hostname != "" {
		dst = append(binary.AppendUvarint(dst, uint64(len(b.Hostname))), b.Hostname...)
	}
	if b.Via.IsValid() {
		a := b.Via.As16()
		dst = binary.AppendUvarint(append(dst, a[:]...), uint64(p.names.use(b.Via.Zone())))
	}
	dst = appendTime(appendTime(dst, b.Created), b.Updated)
	dst = binary.AppendUvarint(dst, uint64(len(b.Leases)))
	for i := range b.Leases {
		dst = p.appendLease(dst, &b.Leases[i])
	}
	binary.LittleEndian.PutUint32(dst, uint32(len(dst)))
	p.run = dst
	return dst
}

func packedFlags(b *lease.Binding) (f byte) {
	for _, flag := range [...]struct {
		set bool
		bit byte
	}{
		{b.Contested, packedContested}, {b.Vouched, packedVouched}, {!b.MAC.IsZero(), packedMAC},
		{b.Hostname != "", packedHostname}, {b.Via.IsValid(), packedVia},
	} {
		if flag.set {
			f |= flag.bit
		}
	}
	return f
}

func (p *packer) appendLease(dst []byte, l *lease.Lease) []byte {
	a := l.Prefix.Addr().As16()
	dst = append(append(dst, a[:]...), byte(l.Prefix.Bits()), byte(l.State))
	dst = appendDuration(appendDuration(dst, l.Preferred), l.Valid)
	dst = appendTime(dst, l.Until)
	dst = binary.AppendUvarint(dst, uint64(p.names.use(l.Pool)))
	return appendDuration(dst, l.Rest)
}

// appendDuration appends one in seconds where it is of whole ones, as lifetimes
// are, and else in nanoseconds; the last bit tells.
func appendDuration(dst []byte, d time.Duration) []byte {
	if d%time.Second == 0 {
		return binary.AppendVarint(dst, int64(d/time.Second)<<1)
	}
	return binary.AppendVarint(dst, int64(d)<<1|1)
}

// What a packed time is.
const (
	timeZero    = iota
	timeSeconds // since 1970
	timeNanos   // since 1970, with nanoseconds beside
)

// appendTime appends a time of day: a reading of the monotonic clock (see package time)
// is lost.
func appendTime(dst []byte, t time.Time) []byte {
	switch {
	case t.IsZero():
		return append(dst, timeZero)
	case t.Nanosecond() == 0:
		return binary.AppendVarint(append(dst, timeSeconds), t.Unix())
	default:
		return binary.AppendUvarint(binary.AppendVarint(append(dst, timeNanos), t.Unix()), uint64(t.Nanosecond()))
	}
}
