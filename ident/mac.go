package ident

import (
	"fmt"
	"net/netip"
)

// MAC is a 48-bit link-layer address, comparable and usable as a map key. The
// zero value is no address.
type MAC [6]byte

// String gives the address in lower-case hexadecimal, separated by colons.
func (m MAC) String() string { return string(AppendHex(nil, m[:])) }

// IsZero says whether m is no address.
func (m MAC) IsZero() bool { return m == MAC{} }

// MarshalText gives the form of String, and nothing for no address.
func (m MAC) MarshalText() ([]byte, error) {
	if m.IsZero() {
		return nil, nil
	}
	return AppendHex(nil, m[:]), nil
}

// UnmarshalText reads an address as ParseMAC does; nothing is no address.
func (m *MAC) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*m = MAC{}
		return nil
	}
	p, err := ParseMAC(string(text))
	if err != nil {
		return err
	}
	*m = p
	return nil
}

// ParseMAC reads an address of twelve hexadecimal digits, separated by colons,
// hyphens or nothing, or in three parts by dots, as switches write them: 5254.00aa.bb01. The zero address and group addresses are errors, since
// no machine has them.
func ParseMAC(s string) (MAC, error) {
	digits := s
	if len(s) == len("5254.00aa.bb01") && s[4] == '.' && s[9] == '.' {
		digits = s[:4] + s[5:9] + s[10:]
	}
	raw, err := ParseHex(digits)
	if err != nil || len(raw) != 6 {
		return MAC{}, fmt.Errorf("MAC %q: want six octets in hexadecimal, such as 52:54:00:aa:bb:01", s)
	}
	m, ok := MACFromBytes(raw)
	if !ok {
		return MAC{}, fmt.Errorf("MAC %q: zero or a group address", s)
	}
	return m, nil
}

// MACFromBytes gives the address in b and whether it can be a machine's: six
// octets, not zero, not a group address.
func MACFromBytes(b []byte) (MAC, bool) {
	if len(b) != 6 || b[0]&1 != 0 {
		return MAC{}, false
	}
	m := MAC(b)
	return m, !m.IsZero()
}

// InterfaceID gives the modified EUI-64 interface identifier that is made of the
// address (RFC 4291 appendix A), as an address without a prefix.
func (m MAC) InterfaceID() netip.Addr {
	return netip.AddrFrom16([16]byte{8: m[0] ^ 2, m[1], m[2], 0xff, 0xfe, m[3], m[4], m[5]})
}

// MACFromEUI64 gives the address that an EUI-64 interface identifier was made
// from (RFC 4291 appendix A), and whether a has such an identifier.
func MACFromEUI64(a netip.Addr) (MAC, bool) {
	b := a.As16()
	if !a.Is6() || b[11] != 0xff || b[12] != 0xfe {
		return MAC{}, false
	}
	return MACFromBytes([]byte{b[8] ^ 2, b[9], b[10], b[13], b[14], b[15]})
}
