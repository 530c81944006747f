package netlab

import (
	"encoding/binary"
	"fmt"
	"slices"
	"time"
)

// maxFrame is how long a frame of a capture may be: as long as tcpdump captures.
const maxFrame = 1 << 18

// linkType says what frames of a capture are: https://www.tcpdump.org/linktypes.html
type linkType uint32

const (
	linkEthernet linkType = pcapEthernet
	linkRaw      linkType = 101 // an IP packet and nothing before it
	linkIPv6     linkType = 229
	linkCooked   linkType = 113 // Linux, of any interface
	linkCooked2  linkType = 276
)

func (k linkType) check() error {
	if slices.Contains([]linkType{linkEthernet, linkRaw, linkIPv6, linkCooked, linkCooked2}, k) {
		return nil
	}
	return fmt.Errorf("link type %d, want Ethernet (%d), Linux cooked (%d, %d) or IP (%d, %d)", k, linkEthernet, linkCooked, linkCooked2, linkRaw, linkIPv6)
}

// linkFrame is a frame of a capture.
type linkFrame struct {
	kind   linkType
	time   time.Time
	octets []byte
}

// packet gives the UDP datagram in a frame, or false.
func (f *linkFrame) packet() (Packet, bool) {
	p, ok := parseFrame(f.ethernet())
	p.Time = f.time
	return p, ok
}

// Where the cooked headers have what is told of an Ethernet frame.
const (
	cookedAddress, cookedType, cookedHeader    = 6, 14, 16
	cooked2Address, cooked2Type, cooked2Header = 12, 0, 20
)

// ethernet gives the frame as an Ethernet frame without VLAN tags, or nothing.
func (f *linkFrame) ethernet() []byte {
	b := f.octets
	switch {
	case f.kind == linkEthernet:
		return untagged(b)
	case f.kind == linkCooked && len(b) >= cookedHeader:
		return framed(b[cookedAddress:][:6], b[cookedType:][:2], b[cookedHeader:])
	case f.kind == linkCooked2 && len(b) >= cooked2Header:
		return framed(b[cooked2Address:][:6], b[cooked2Type:][:2], b[cooked2Header:])
	case (f.kind == linkRaw || f.kind == linkIPv6) && len(b) > 0 && b[0]>>4 == 6:
		return framed(make([]byte, 6), binary.BigEndian.AppendUint16(nil, etherTypeIPv6), b)
	}
	return nil
}

// framed makes an Ethernet frame to nobody.
func framed(from, kind, packet []byte) []byte {
	return slices.Concat(make([]byte, 6), from, kind, packet)
}

// The EtherTypes of VLAN tags.
const (
	etherTypeVLAN    = 0x8100
	etherTypeService = 0x88a8
)

// untagged takes VLAN tags out of an Ethernet frame, two at most.
func untagged(frame []byte) []byte {
	const tag, most = 4, 2
	for range most {
		if len(frame) < ethernetHeader+tag {
			return frame
		}
		if kind := binary.BigEndian.Uint16(frame[12:]); kind != etherTypeVLAN && kind != etherTypeService {
			return frame
		}
		frame = slices.Concat(frame[:12], frame[12+tag:])
	}
	return frame
}
