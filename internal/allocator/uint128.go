package allocator

import (
	"encoding/binary"
	"math/bits"
	"net/netip"
)

// uint128 is an address as a number.
type uint128 struct{ hi, lo uint64 }

func number(a netip.Addr) uint128 {
	b := a.As16()
	return uint128{binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])}
}

func (u uint128) addr() netip.Addr {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], u.hi)
	binary.BigEndian.PutUint64(b[8:], u.lo)
	return netip.AddrFrom16(b)
}

func (u uint128) less(v uint128) bool { return u.hi < v.hi || u.hi == v.hi && u.lo < v.lo }

func (u uint128) add(v uint128) uint128 {
	lo, carry := bits.Add64(u.lo, v.lo, 0)
	return uint128{u.hi + v.hi + carry, lo}
}

func (u uint128) sub(v uint128) uint128 {
	lo, borrow := bits.Sub64(u.lo, v.lo, 0)
	return uint128{u.hi - v.hi - borrow, lo}
}

// shl and shr shift by 0 to 128 bits.
func (u uint128) shl(n uint) uint128 {
	return uint128{u.hi<<n | u.lo<<(n-64) | u.lo>>(64-n), u.lo << n}
}

func (u uint128) shr(n uint) uint128 {
	return uint128{u.hi >> n, u.lo>>n | u.hi>>(n-64) | u.hi<<(64-n)}
}

// last gives the last address of the prefix of that length at u.
func (u uint128) last(length int) uint128 {
	return u.add(uint128{0, 1}.shl(uint(128 - length)).sub(uint128{0, 1}))
}

// capped gives u, or most if it is larger.
func (u uint128) capped(most uint64) uint64 {
	if u.hi > 0 || u.lo > most {
		return most
	}
	return u.lo
}

func (u uint128) float() float64 { return float64(u.hi)*(1<<64) + float64(u.lo) }
