package netlab

import (
	"encoding/binary"
	"net"
	"net/netip"
	"time"
)

// Packet is one UDP datagram over IPv6 as seen on a link.
type Packet struct {
	Time        time.Time
	MAC         net.HardwareAddr // of the sender
	Source      netip.AddrPort
	Destination netip.AddrPort
	Payload     []byte

	frame []byte
}

const (
	ethernetHeader = 14
	ipv6Header     = 40
	udpHeader      = 8
	etherTypeIPv6  = 0x86dd
	protocolUDP    = 17
)

// parseFrame reads an Ethernet frame. It is false for everything but UDP directly
// over IPv6, which is all that DHCPv6 needs: its messages are not fragmented here.
func parseFrame(frame []byte) (Packet, bool) {
	if len(frame) < ethernetHeader+ipv6Header+udpHeader || binary.BigEndian.Uint16(frame[12:]) != etherTypeIPv6 {
		return Packet{}, false
	}
	ip, udp := frame[ethernetHeader:], frame[ethernetHeader+ipv6Header:]
	length := int(binary.BigEndian.Uint16(udp[4:]))
	if ip[6] != protocolUDP || length < udpHeader || length > len(udp) {
		return Packet{}, false
	}
	return Packet{
		MAC:         net.HardwareAddr(frame[6:12]),
		Source:      addrPort(ip[8:24], udp[0:]),
		Destination: addrPort(ip[24:40], udp[2:]),
		Payload:     udp[udpHeader:length],
		frame:       frame,
	}, true
}

func addrPort(addr, port []byte) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom16([16]byte(addr)), binary.BigEndian.Uint16(port))
}
