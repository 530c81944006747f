package frame

import (
	"encoding/binary"

	"golang.org/x/sys/unix"

	"github.com/stage6/stage6/ident"
)

// key is what a frame and its datagram have in common.
type key struct {
	stamp  int64    // when it came in, in nanoseconds since 1970
	source [16]byte // the IPv6 address
	index  uint32   // the interface's
}

// frame is what is kept of a frame.
type frame struct {
	key
	mac ident.MAC
}

// Where the fields are in a slot of the ring: those of a struct tpacket2_hdr,
// and of the struct sockaddr_ll behind it, see packet(7).
const (
	netAt       = 14 // where the IPv6 header begins
	secondsAt   = 16
	nanosAt     = 20
	addressAt   = 32 // of the sockaddr_ll
	indexAt     = addressAt + 4
	hardwareAt  = addressAt + 8
	macLengthAt = addressAt + 11
	macAt       = addressAt + 12
)

// What of an IPv6 header is of interest (RFC 8200 section 3).
const (
	nextHeaderAt = 6
	sourceAt     = 8
	ipv6Length   = 40
	udpPortAt    = ipv6Length + 2 // the destination's, if UDP follows at once
	snapLength   = ipv6Length + 8 // as much as the kernel is to copy
)

// parse reads a slot of the ring. It gives nothing for a frame that is no
// Ethernet frame with IPv6.
func parse(slot []byte) (f frame, ok bool) {
	if len(slot) < macAt+len(f.mac) {
		return frame{}, false
	}
	order := binary.NativeEndian
	at := int(order.Uint16(slot[netAt:]))
	if order.Uint16(slot[hardwareAt:]) != unix.ARPHRD_ETHER || slot[macLengthAt] != byte(len(f.mac)) || at+ipv6Length > len(slot) {
		return frame{}, false
	}
	f.stamp = int64(order.Uint32(slot[secondsAt:]))*1e9 + int64(order.Uint32(slot[nanosAt:]))
	f.index = order.Uint32(slot[indexAt:])
	f.source = [16]byte(slot[at+sourceAt:])
	f.mac, ok = ident.MACFromBytes(slot[macAt : macAt+len(f.mac)])
	return f, ok
}
