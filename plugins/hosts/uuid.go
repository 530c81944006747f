package hosts

import (
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
)

// uuid is a machine's UUID, as in its SMBIOS tables, in network order.
type uuid [16]byte

// UnmarshalText reads 32 hexadecimal digits, with hyphens or without.
func (u *uuid) UnmarshalText(text []byte) error {
	raw, err := hex.DecodeString(strings.ReplaceAll(string(text), "-", ""))
	if err != nil || len(raw) != len(u) {
		return fmt.Errorf("%q is not a UUID, want one such as 4c4c4544-0042-3510-8052-b4c04f4a3132", text)
	}
	if same(raw) {
		return fmt.Errorf("%q is what machines say that have no UUID", text)
	}
	*u = uuid(raw)
	return nil
}

// same says whether all octets are the same: all zeros or all ones mean that
// no UUID is set (SMBIOS section 7.2.1).
func same(b []byte) bool {
	for _, c := range b {
		if c != b[0] {
			return false
		}
	}
	return true
}

// swapped gives u with its first three fields in little-endian order. One
// machine's firmware and boot loader write the same UUID in either order.
func (u uuid) swapped() uuid {
	u[0], u[1], u[2], u[3] = u[3], u[2], u[1], u[0]
	u[4], u[5] = u[5], u[4]
	u[6], u[7] = u[7], u[6]
	return u
}

// duid gives the DUID-UUID (RFC 6355).
func (u uuid) duid() ident.DUID { return "\x00\x04" + ident.DUID(u[:]) }

// clients gives the DUIDs that the machine may have from its UUID.
func (u uuid) clients() []host.Client {
	out := []host.Client{{DUID: u.duid()}}
	if s := u.swapped(); s != u {
		out = append(out, host.Client{DUID: s.duid()})
	}
	return out
}
