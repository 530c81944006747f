package lease

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"time"
	"unique"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/stage"
)

// recordVersion is the first octet of a record. A change of the format that
// older programs would misread takes the next number.
const recordVersion = 1

// maxLeases bounds what a record may claim to hold, so that a damaged count
// cannot ask for much memory.
const maxLeases = 1 << 16

// errTruncated says that a record ends early.
var errTruncated = errors.New("record ends early")

// AppendBinary appends the binding without its key, for a store. Times are
// kept in whole seconds: an Until is rounded up, so that nobody loses a lease
// early.
func (b *Binding) AppendBinary(dst []byte) []byte {
	dst = append(dst, recordVersion, byte(b.Stage), flags(b))
	dst = append(dst, b.MAC[:]...)
	dst = appendTime(dst, b.Created)
	dst = appendTime(dst, b.Updated)
	for _, s := range [...]string{b.Link, b.Host, b.Interface, b.Hostname} {
		dst = appendString(dst, s)
	}
	if b.Via.IsValid() {
		a := b.Via.As16()
		dst = appendString(append(dst, a[:]...), b.Via.Zone())
	}
	dst = binary.AppendUvarint(dst, uint64(len(b.Leases)))
	for i := range b.Leases {
		dst = b.Leases[i].appendBinary(dst)
	}
	return dst
}

func (l *Lease) appendBinary(dst []byte) []byte {
	a := l.Prefix.Addr().As16()
	dst = append(dst, a[:]...)
	dst = append(dst, byte(l.Prefix.Bits()), byte(l.State))
	dst = binary.AppendUvarint(dst, seconds(l.Preferred))
	dst = binary.AppendUvarint(dst, seconds(l.Valid))
	dst = appendTime(dst, l.Until.Add(time.Second-1))
	dst = appendString(dst, l.Pool)
	return binary.AppendUvarint(dst, seconds(l.Rest))
}

// The flags of a record; the others are zero.
const (
	flagContested = 1 << iota // Binding.Contested
	flagVia                   // Binding.Via stands behind the names
	flagVouched               // Binding.Vouched
	flagsKnown    = 1<<iota - 1
)

func flags(b *Binding) (f byte) {
	if b.Contested {
		f |= flagContested
	}
	if b.Via.IsValid() {
		f |= flagVia
	}
	if b.Vouched {
		f |= flagVouched
	}
	return f
}

func seconds(d time.Duration) uint64 { return uint64(max(d, 0) / time.Second) }

// appendTime appends Unix seconds; 0 is the zero time, as is everything before
// 1970.
func appendTime(dst []byte, t time.Time) []byte {
	return binary.AppendUvarint(dst, uint64(max(t.Unix(), 0)))
}

func appendString(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

// ParseBinding reads what AppendBinary made. The names in it share memory with
// those of other bindings. What it gives is checked by Check.
func ParseBinding(key Key, record []byte) (*Binding, error) {
	r := reader{rest: record}
	if v := r.octet(); r.err == nil && v != recordVersion {
		return nil, fmt.Errorf("record of version %d, want %d: written by a newer stage6", v, recordVersion)
	}
	b := &Binding{Key: key, Stage: stage.Stage(r.octet())}
	f := r.flags()
	b.Contested, b.Vouched, b.MAC = f&flagContested != 0, f&flagVouched != 0, ident.MAC(r.octets(6))
	b.Created, b.Updated = r.time(), r.time()
	b.Link, b.Host, b.Interface, b.Hostname = r.name(), r.name(), r.name(), r.text()
	if f&flagVia != 0 {
		b.Via = netip.AddrFrom16([16]byte(r.octets(16))).WithZone(r.name())
	}
	n := r.uvarint(maxLeases)
	for i := uint64(0); i < n && r.err == nil; i++ {
		b.Leases = append(b.Leases, r.lease())
	}
	if r.err == nil && len(r.rest) > 0 {
		r.err = fmt.Errorf("%d octets after the record", len(r.rest))
	}
	if r.err != nil {
		return nil, r.err
	}
	return b, b.Check()
}

// reader takes a record apart. After an error it gives zeros.
type reader struct {
	rest []byte
	err  error
}

var zeros [16]byte

// octets gives the next n octets, at most 16 of them when there is an error.
func (r *reader) octets(n int) []byte {
	if r.err == nil && n > len(r.rest) {
		r.err = errTruncated
	}
	if r.err != nil {
		return zeros[:min(n, len(zeros))]
	}
	out := r.rest[:n]
	r.rest = r.rest[n:]
	return out
}

func (r *reader) octet() byte { return r.octets(1)[0] }

// uvarint gives the next number, which is an error beyond most.
func (r *reader) uvarint(most uint64) uint64 {
	if r.err != nil {
		return 0
	}
	v, n := binary.Uvarint(r.rest)
	if n <= 0 {
		r.err = errTruncated
		return 0
	}
	if v > most {
		r.err = fmt.Errorf("number %d, want at most %d", v, most)
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

func (r *reader) time() time.Time {
	const most = 1 << 40 // the year 36812
	if v := r.uvarint(most); v != 0 {
		return time.Unix(int64(v), 0)
	}
	return time.Time{}
}

func (r *reader) duration() time.Duration {
	return time.Duration(r.uvarint(uint64(Infinity/time.Second))) * time.Second
}

// text gives the next string.
func (r *reader) text() string {
	n := r.uvarint(0xffff)
	raw := r.octets(int(n))
	if r.err != nil {
		return ""
	}
	return string(raw)
}

// name is text for one that is shared: a few names of hosts, links and pools
// stand in all the records, while clients' own differ.
func (r *reader) name() string {
	s := r.text()
	if s == "" {
		return ""
	}
	return unique.Make(s).Value()
}

func (r *reader) lease() Lease {
	var l Lease
	addr := netip.AddrFrom16([16]byte(r.octets(16)))
	l.Prefix = netip.PrefixFrom(addr, int(r.octet()))
	l.State = State(r.octet())
	l.Preferred, l.Valid = r.duration(), r.duration()
	l.Until, l.Pool, l.Rest = r.time(), r.name(), r.duration()
	return l
}

// flags gives the flags, of which those that are not known are an error.
func (r *reader) flags() byte {
	f := r.octet()
	if r.err == nil && f&^flagsKnown != 0 {
		r.err = fmt.Errorf("flags %#x: written by a newer stage6", f)
	}
	return f
}

// keySuffix is the length of the identity association at the end of a key.
const keySuffix = 6

// AppendBinary appends the key for a store: the DUID, then type and IAID of
// the identity association, so that those of one client stand together.
func (k Key) AppendBinary(dst []byte) []byte {
	dst = append(dst, k.DUID...)
	dst = binary.BigEndian.AppendUint16(dst, uint16(k.IA.Type))
	return binary.BigEndian.AppendUint32(dst, k.IA.ID)
}

// ParseKey reads what Key.AppendBinary made.
func ParseKey(raw []byte) (Key, error) {
	n := len(raw) - keySuffix
	if n < 0 {
		return Key{}, fmt.Errorf("key %x: shorter than %d octets", raw, keySuffix)
	}
	if err := ident.CheckDUID(raw[:n]); err != nil {
		return Key{}, fmt.Errorf("key %x: DUID: %w", raw, err)
	}
	t := ident.IAType(binary.BigEndian.Uint16(raw[n:]))
	if t != ident.NA && t != ident.PD {
		return Key{}, fmt.Errorf("key %x: identity association of type %d, want %d or %d", raw, t, ident.NA, ident.PD)
	}
	return Key{DUID: ident.DUID(raw[:n]), IA: ident.IA{Type: t, ID: binary.BigEndian.Uint32(raw[n+2:])}}, nil
}
