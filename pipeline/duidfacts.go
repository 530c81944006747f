package pipeline

import (
	"encoding/binary"
	"slices"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/match"
)

func declareDUID(f *match.Facts[*Exchange]) {
	f.Octets("duid", "the client's DUID, in hexadecimal", (*Exchange).ClientID)
	f.Int("duid_type", "the type of the DUID: 1 LLT, 2 EN, 3 LL, 4 UUID", duidType)
	f.Int("duid_hwtype", "the hardware type in a DUID-LLT or DUID-LL: 1 is Ethernet, 32 InfiniBand; or 0", func(x *Exchange) int {
		return number(duidRest(x, 2, dhcpv6.DUID_LLT, dhcpv6.DUID_LL), 2)
	})
	f.Int("duid_time", "when a DUID-LLT was made, in seconds since 2000-01-01 UTC, or 0", func(x *Exchange) int {
		return number(duidRest(x, 4, dhcpv6.DUID_LLT), 4)
	})
	f.Octets("duid_mac", "the link-layer address in a DUID-LLT or DUID-LL, which may be of a card that is not there any more", duidMAC)
	f.Int("duid_enterprise", "the enterprise number in a DUID-EN, or 0", func(x *Exchange) int {
		return number(duidRest(x, 2, dhcpv6.DUID_EN), 4)
	})
	f.Octets("duid_identifier", "what follows the enterprise number in a DUID-EN", func(x *Exchange) []byte {
		return duidRest(x, 6, dhcpv6.DUID_EN)
	})
	f.UUID("uuid", "the UUID in a DUID-UUID, equal in either byte order", duidUUID)
}

func duidType(x *Exchange) int {
	if d := x.ClientID(); len(d) >= 2 {
		return int(binary.BigEndian.Uint16(d))
	}
	return 0
}

// duidRest gives what is from an octet on in a DUID of one of the types, or
// nothing (RFC 9915 sections 11.2 to 11.4).
func duidRest(x *Exchange, from int, types ...dhcpv6.DUIDType) []byte {
	d := x.ClientID()
	if len(d) < from || !slices.Contains(types, dhcpv6.DUIDType(duidType(x))) {
		return nil
	}
	return d[from:]
}

// number reads a number of a size in octets, or gives 0 if b is shorter.
func number(b []byte, size int) (n int) {
	if len(b) < size {
		return 0
	}
	for _, octet := range b[:size] {
		n = n<<8 | int(octet)
	}
	return n
}

func duidMAC(x *Exchange) []byte {
	if a := duidRest(x, 8, dhcpv6.DUID_LLT); a != nil {
		return a
	}
	return duidRest(x, 4, dhcpv6.DUID_LL)
}

// duidUUID passes over what machines say that have no UUID.
func duidUUID(x *Exchange) ident.UUID {
	u, ok := ident.UUIDFromDUID(x.ClientID())
	if !ok || u.IsBlank() {
		return ident.UUID{}
	}
	return u
}
