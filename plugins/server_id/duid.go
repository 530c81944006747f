package serverid

import (
	"encoding/binary"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv6"
	"github.com/insomniacslk/dhcp/iana"

	"github.com/stage6/stage6/ident"
)

// uuidLen is the length of a UUID in octets.
const uuidLen = 16

// linkLayer makes a DUID-LL (RFC 9915 section 11.4).
func linkLayer(mac ident.MAC) ident.DUID {
	return ident.DUID(append(header(dhcpv6.DUID_LL, iana.HWTypeEthernet), mac[:]...))
}

// linkLayerTime makes a DUID-LLT (RFC 9915 section 11.2) of a time in seconds
// since 2000.
func linkLayerTime(mac ident.MAC, seconds uint32) ident.DUID {
	b := binary.BigEndian.AppendUint32(header(dhcpv6.DUID_LLT, iana.HWTypeEthernet), seconds)
	return ident.DUID(append(b, mac[:]...))
}

// secondsOf gives a time in the form of a DUID-LLT: seconds since midnight of
// January 1, 2000, UTC, modulo 2^32.
func secondsOf(t time.Time) uint32 {
	return uint32(t.Unix() - time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).Unix())
}

// enterpriseNumber makes a DUID-EN (RFC 9915 section 11.3).
func enterpriseNumber(enterprise uint32, id []byte) ident.DUID {
	b := binary.BigEndian.AppendUint16(nil, uint16(dhcpv6.DUID_EN))
	return ident.DUID(append(binary.BigEndian.AppendUint32(b, enterprise), id...))
}

// uniqueID makes a DUID-UUID (RFC 9915 section 11.5).
func uniqueID(uuid []byte) ident.DUID {
	return ident.DUID(append(binary.BigEndian.AppendUint16(nil, uint16(dhcpv6.DUID_UUID)), uuid...))
}

// header begins a DUID that has a hardware type.
func header(t dhcpv6.DUIDType, hardware iana.HWType) []byte {
	return binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(nil, uint16(t)), uint16(hardware))
}
