package netlab

import (
	"encoding/binary"
	"net/netip"
	"time"

	"github.com/google/go-cmp/cmp"
)

// ComparePackets lets cmp compare packets with their frames.
var ComparePackets = cmp.Options{cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b }), cmp.AllowUnexported(Packet{})}

// NewPacket makes a packet with a whole frame around its payload.
func NewPacket(at time.Time, payload string) Packet {
	frame := make([]byte, ethernetHeader+ipv6Header+udpHeader, 100)
	binary.BigEndian.PutUint16(frame[12:], etherTypeIPv6)
	frame[ethernetHeader+6] = protocolUDP
	binary.BigEndian.PutUint16(frame[ethernetHeader+ipv6Header+4:], uint16(udpHeader+len(payload)))
	packet, _ := parseFrame(append(frame, payload...))
	packet.Time = at
	return packet
}
