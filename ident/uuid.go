package ident

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// UUID is a machine's UUID, as in its SMBIOS tables, in network order: as people
// write it. The zero value is no UUID.
type UUID [16]byte

// String gives 32 hexadecimal digits in lower case, with hyphens.
func (u UUID) String() string {
	h := hex.EncodeToString(u[:])
	return strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:]}, "-")
}

// MarshalText gives the form of String.
func (u UUID) MarshalText() ([]byte, error) { return []byte(u.String()), nil }

// UnmarshalText reads 32 hexadecimal digits, with hyphens or without. All zeros
// and all ones are errors: they mean that none is set (SMBIOS section 7.2.1).
func (u *UUID) UnmarshalText(text []byte) error {
	raw, err := hex.DecodeString(strings.ReplaceAll(string(text), "-", ""))
	if err != nil || len(raw) != len(u) {
		return fmt.Errorf("%q is not a UUID, want one such as 4c4c4544-0042-3510-8052-b4c04f4a3132", text)
	}
	if read := UUID(raw); !read.IsBlank() {
		*u = read
		return nil
	}
	return fmt.Errorf("%q is what machines say that have no UUID", text)
}

// IsBlank says whether all octets are the same, as machines write that have no
// UUID.
func (u UUID) IsBlank() bool {
	return !slices.ContainsFunc(u[:], func(b byte) bool { return b != u[0] })
}

// Swapped gives u with its first three fields in little-endian order. One
// machine's firmware (EDK2) and boot loader (iPXE) write the same UUID in either
// order.
func (u UUID) Swapped() UUID {
	u[0], u[1], u[2], u[3] = u[3], u[2], u[1], u[0]
	u[4], u[5] = u[5], u[4]
	u[6], u[7] = u[7], u[6]
	return u
}

// DUID gives the DUID-UUID (RFC 9915 section 11.5) with u as it is.
func (u UUID) DUID() DUID { return "\x00\x04" + DUID(u[:]) }

// UUIDFromDUID gives the UUID of a DUID-UUID (RFC 9915 section 11.5), in the
// order in which it stands there, and whether the DUID is one.
func UUIDFromDUID(duid []byte) (UUID, bool) {
	if len(duid) != 2+len(UUID{}) || duid[0] != 0 || duid[1] != 4 {
		return UUID{}, false
	}
	return UUID(duid[2:]), true
}
