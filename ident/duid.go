// Package ident holds the names of the parties of a DHCPv6 exchange: DUIDs,
// identity associations, relay agents and the evidence of who a client is.
package ident

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// MaxDUIDLen is the longest DUID in octets, type code included (RFC 9915
// section 11.1: 128 octets after the two of the type).
const MaxDUIDLen = 130

// DUID is a DHCP unique identifier: opaque bytes, type code included (RFC 9915
// section 11). It is a string of bytes so that it can be a map key; the zero
// value is no DUID.
type DUID string

// String gives the bytes in lower-case hexadecimal, separated by colons.
func (d DUID) String() string { return string(AppendHex(nil, []byte(d))) }

// MarshalText gives the form of String.
func (d DUID) MarshalText() ([]byte, error) { return AppendHex(nil, []byte(d)), nil }

// UnmarshalText reads a DUID as ParseDUID does.
func (d *DUID) UnmarshalText(text []byte) error {
	p, err := ParseDUID(string(text))
	if err != nil {
		return err
	}
	*d = p
	return nil
}

// ParseDUID reads a DUID written in hexadecimal, its bytes separated by
// colons, hyphens or nothing. It is an error if the DUID is shorter than one
// octet after its type or longer than MaxDUIDLen.
func ParseDUID(s string) (DUID, error) {
	raw, err := ParseHex(s)
	if err != nil {
		return "", fmt.Errorf("DUID %q: %w", s, err)
	}
	if err := CheckDUID(raw); err != nil {
		return "", fmt.Errorf("DUID %q: %w", s, err)
	}
	return DUID(raw), nil
}

// CheckDUID says what is wrong with the length of a DUID, or nil (RFC 9915
// section 11.1).
func CheckDUID(raw []byte) error {
	if len(raw) < 3 {
		return fmt.Errorf("%d octets, want at least 3 (a type of 2 and an identifier)", len(raw))
	}
	if len(raw) > MaxDUIDLen {
		return fmt.Errorf("%d octets, want at most %d", len(raw), MaxDUIDLen)
	}
	return nil
}

// AppendHex appends b to dst as lower-case hexadecimal separated by colons.
func AppendHex(dst, b []byte) []byte {
	const digits = "0123456789abcdef"
	for i, c := range b {
		if i > 0 {
			dst = append(dst, ':')
		}
		dst = append(dst, digits[c>>4], digits[c&15])
	}
	return dst
}

var errNotHex = errors.New("want octets in hexadecimal, such as 00:03:aa")

// ParseHex reads bytes in hexadecimal, separated by colons, hyphens, spaces or
// nothing. Between separators a byte may be written with one digit.
func ParseHex(s string) ([]byte, error) {
	if !strings.ContainsAny(s, ":- ") {
		out, err := hex.DecodeString(strings.TrimPrefix(s, "0x"))
		if err != nil {
			return nil, errNotHex
		}
		return out, nil
	}
	fields := strings.FieldsFunc(s, func(r rune) bool { return r == ':' || r == '-' || r == ' ' })
	out := make([]byte, 0, len(fields))
	for _, f := range fields {
		if len(f) == 1 {
			f = "0" + f
		}
		b, err := hex.DecodeString(f)
		if err != nil {
			return nil, errNotHex
		}
		out = append(out, b...)
	}
	return out, nil
}
