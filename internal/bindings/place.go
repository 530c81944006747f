package bindings

import (
	"encoding/binary"
	"net/netip"
)

// place is a prefix, or an address as a /128, as numbers.
type place struct {
	hi, lo uint64
	bits   uint8
}

// placeOf gives the place of a prefix, and whether it is an IPv6 one without
// bits beyond its length.
func placeOf(p netip.Prefix) (place, bool) {
	if !p.IsValid() || !p.Addr().Is6() || p.Addr().Zone() != "" {
		return place{}, false
	}
	b := p.Addr().As16()
	at := place{binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:]), uint8(p.Bits())}
	return at, at == at.up(at.bits)
}

func (p place) prefix() netip.Prefix {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], p.hi)
	binary.BigEndian.PutUint64(b[8:], p.lo)
	return netip.PrefixFrom(netip.AddrFrom16(b), int(p.bits))
}

// up gives the prefix of that length, not above that of p, that p lies in.
func (p place) up(length uint8) place {
	if length <= 64 {
		return place{p.hi &^ (^uint64(0) >> length), 0, length}
	}
	return place{p.hi, p.lo &^ (^uint64(0) >> (length - 64)), length}
}

// in says whether p lies in, or is, o.
func (p place) in(o place) bool { return p.bits >= o.bits && p.up(o.bits) == o }

// down gives the nth prefix of that length inside p, n below 2^32.
func (p place) down(length uint8, n uint64) place {
	p.bits = length
	shift := 128 - uint(length)
	p.hi |= n << (shift - 64)
	if shift < 64 {
		p.hi |= n >> (64 - shift)
		p.lo |= n << shift
	}
	return p
}
