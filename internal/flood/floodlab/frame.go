package floodlab

import (
	"encoding/binary"
	"net"
	"net/netip"
)

// Lengths of headers, in octets.
const (
	ethernet = 14
	ipv6     = 40
	udp      = 8
	headers  = ethernet + ipv6 + udp
)

// groupMAC is where ff02::1:2 goes on Ethernet (RFC 2464 section 7).
var groupMAC = net.HardwareAddr{0x33, 0x33, 0, 1, 0, 2}

// frame makes an Ethernet frame with a client's message to all servers.
func frame(dst []byte, mac net.HardwareAddr, from netip.Addr, message []byte) []byte {
	group := netip.MustParseAddr("ff02::1:2").As16()
	source := from.As16()
	length := uint16(udp + len(message))
	dst = append(append(append(dst, groupMAC...), mac...), 0x86, 0xdd)
	dst = append(dst, 0x60, 0, 0, 0, byte(length>>8), byte(length), 17, 1)
	dst = append(append(dst, source[:]...), group[:]...)
	dst = binary.BigEndian.AppendUint16(dst, 546)
	dst = binary.BigEndian.AppendUint16(dst, 547)
	dst = binary.BigEndian.AppendUint16(dst, length)
	dst = append(append(dst, 0, 0), message...)
	at := len(dst) - int(length)
	binary.BigEndian.PutUint16(dst[at+6:], checksum(dst[at-32:], uint32(length)+17))
	return dst
}

// checksum is that of RFC 1071 over the addresses and all behind them.
func checksum(b []byte, sum uint32) uint16 {
	for ; len(b) > 1; b = b[2:] {
		sum += uint32(b[0])<<8 | uint32(b[1])
	}
	if len(b) > 0 {
		sum += uint32(b[0]) << 8
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	if sum == 0xffff {
		return 0xffff
	}
	return ^uint16(sum)
}

// solicit makes a Solicit for an address, of a client with a DUID-EN.
func solicit(dst []byte, xid, client uint32) []byte { return message(dst, 1, xid, client) }

// request makes a Request for any address of the lab's server, which need not have
// offered one.
func request(dst []byte, xid, client uint32) []byte {
	dst = append(message(dst, 3, xid, client), 0, 2, 0, 10, 0, 3, 0, 1)
	return append(dst, serverMAC[:]...)
}

// message makes a message of a type that asks for an address.
func message(dst []byte, kind byte, xid, client uint32) []byte {
	dst = append(dst, kind, byte(xid>>16), byte(xid>>8), byte(xid))
	dst = append(dst, 0, 1, 0, 10, 0, 2, 0, 0, 0, 9)
	dst = binary.BigEndian.AppendUint32(dst, client)
	dst = append(dst, 0, 8, 0, 2, 0, 0)
	return append(dst, 0, 3, 0, 12, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0)
}

// forwarded makes the Relay-forward of a Solicit of a client.
func forwarded(dst []byte, link netip.Addr, xid, client uint32) []byte {
	at := link.As16()
	peer := linkLocal(client).As16()
	dst = append(append(append(dst, 12, 0), at[:]...), peer[:]...)
	message := solicit(nil, xid, client)
	dst = append(dst, 0, 9, 0, byte(len(message)))
	return append(dst, message...)
}

// linkLocal makes an address up.
func linkLocal(n uint32) netip.Addr {
	a := [16]byte{0xfe, 0x80, 8: 0x0f, 9: 0x10}
	binary.BigEndian.PutUint32(a[12:], n)
	return netip.AddrFrom16(a)
}
