package wire

import (
	"encoding/binary"
	"math"
	"net/netip"

	"github.com/insomniacslk/dhcp/dhcpv6"
	"github.com/insomniacslk/dhcp/iana"
)

// AppendHeader appends the header of a message between client and server (RFC
// 9915 section 8).
func AppendHeader(dst []byte, t dhcpv6.MessageType, xid [3]byte) []byte {
	return append(dst, byte(t), xid[0], xid[1], xid[2])
}

// AppendOption appends one option. Data of more than 65535 octets is beyond
// what an option holds, and any message with it beyond what CloseRelays passes.
func AppendOption(dst []byte, code uint16, data []byte) []byte {
	dst, mark := BeginOption(dst, code)
	return EndOption(append(dst, data...), mark)
}

// BeginOption appends the header of an option whose data follows. The mark is
// for EndOption.
func BeginOption(dst []byte, code uint16) (out []byte, mark int) {
	dst = append(dst, byte(code>>8), byte(code), 0, 0)
	return dst, len(dst)
}

// EndOption fills in the length of the option that was begun at mark. For data
// of more than 65535 octets the same holds as for AppendOption.
func EndOption(dst []byte, mark int) []byte {
	n := min(len(dst)-mark, math.MaxUint16)
	binary.BigEndian.PutUint16(dst[mark-2:], uint16(n))
	return dst
}

// AppendStatus appends a Status Code option (RFC 9915 section 21.13). The
// message is UTF-8 text for people.
func AppendStatus(dst []byte, status iana.StatusCode, message string) []byte {
	dst, mark := BeginOption(dst, uint16(dhcpv6.OptionStatusCode))
	dst = binary.BigEndian.AppendUint16(dst, uint16(status))
	return EndOption(append(dst, message...), mark)
}

// AppendIAAddr appends an IA Address option (RFC 9915 section 21.6). Lifetimes
// are in seconds; suboptions are whole options or nothing.
func AppendIAAddr(dst []byte, addr netip.Addr, preferred, valid uint32, suboptions []byte) []byte {
	dst, mark := BeginOption(dst, uint16(dhcpv6.OptionIAAddr))
	dst = appendAddr(dst, addr)
	dst = binary.BigEndian.AppendUint32(dst, preferred)
	dst = binary.BigEndian.AppendUint32(dst, valid)
	return EndOption(append(dst, suboptions...), mark)
}

// AppendIAPrefix appends an IA Prefix option (RFC 9915 section 21.22), as
// AppendIAAddr does.
func AppendIAPrefix(dst []byte, prefix netip.Prefix, preferred, valid uint32, suboptions []byte) []byte {
	dst, mark := BeginOption(dst, uint16(dhcpv6.OptionIAPrefix))
	dst = binary.BigEndian.AppendUint32(dst, preferred)
	dst = binary.BigEndian.AppendUint32(dst, valid)
	dst = append(dst, byte(prefix.Bits()))
	dst = appendAddr(dst, prefix.Addr())
	return EndOption(append(dst, suboptions...), mark)
}

// AppendExclude appends a PD Exclude option, which goes into the IA Prefix
// option of prefix (RFC 6603 section 4.2). It appends nothing unless exclude is
// a part of prefix, but not all of it.
func AppendExclude(dst []byte, prefix, exclude netip.Prefix) []byte {
	n := exclude.Bits() - prefix.Bits()
	if n <= 0 || !prefix.Overlaps(exclude) {
		return dst
	}
	dst, mark := BeginOption(dst, uint16(dhcpv6.OptionPDExclude))
	dst = append(dst, byte(exclude.Bits()))
	dst = appendBits(dst, exclude.Masked().Addr().As16(), prefix.Bits(), n)
	return EndOption(dst, mark)
}

// appendBits appends n bits of a from the bit of index first on, moved to the
// left, and zeros up to a whole octet.
func appendBits(dst []byte, a [16]byte, first, n int) []byte {
	for i := 0; i < n; i += 8 {
		at, shift := (first+i)/8, (first+i)%8
		b := a[at] << shift
		if shift > 0 && at+1 < len(a) {
			b |= a[at+1] >> (8 - shift)
		}
		dst = append(dst, b)
	}
	return dst
}

func appendAddr(dst []byte, addr netip.Addr) []byte {
	b := addr.As16()
	return append(dst, b[:]...)
}
