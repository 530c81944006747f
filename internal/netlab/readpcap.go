package netlab

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"time"
)

// ReadPcap reads the UDP datagrams over IPv6 out of a capture file, as EachPacket does.
func ReadPcap(r io.Reader) (packets []Packet, err error) {
	err = EachPacket(r, func(p Packet) bool {
		packets = append(packets, p)
		return true
	})
	return packets, err
}

// EachPacket visits the UDP datagrams over IPv6 in a capture file until visit says
// false: a pcap or pcapng file in either byte order, of Ethernet frames, with VLAN tags
// or without, of what Linux gives of "any" interface, or of IP packets. What is in it
// beside them is passed over. One frame is in memory at a time.
func EachPacket(r io.Reader, visit func(Packet) bool) error {
	in := bufio.NewReader(r)
	begin, err := in.Peek(4)
	if err != nil {
		return fmt.Errorf("pcap: %w", err)
	}
	next, err := frames(in, begin)
	if err != nil {
		return fmt.Errorf("pcap: %w", err)
	}
	for n := 1; ; n++ {
		f, err := next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("pcap: record %d: %w", n, err)
		}
		if p, ok := f.packet(); ok && !visit(p) {
			return nil
		}
	}
}

// frames gives a function that reads the next frame of a file, or returns io.EOF.
func frames(in *bufio.Reader, begin []byte) (func() (linkFrame, error), error) {
	if binary.LittleEndian.Uint32(begin) == ngSection {
		return (&ngReader{in: in}).next, nil
	}
	r := &pcapReader{in: in}
	return r.next, r.begin()
}

// pcapReader reads the classic format.
type pcapReader struct {
	in    io.Reader
	order binary.ByteOrder
	tick  time.Duration // of the fractions of seconds
	kind  linkType
}

func (r *pcapReader) begin() error {
	header := make([]byte, pcapFileHeader)
	if _, err := io.ReadFull(r.in, header); err != nil {
		return err
	}
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		switch order.Uint32(header) {
		case pcapMagic:
			r.order, r.tick = order, time.Microsecond
		case pcapNanoMagic:
			r.order, r.tick = order, time.Nanosecond
		default:
			continue
		}
		r.kind = linkType(order.Uint32(header[20:]))
		return r.kind.check()
	}
	return fmt.Errorf("magic number %x is that of neither pcap nor pcapng", header[:4])
}

func (r *pcapReader) next() (f linkFrame, err error) {
	header := make([]byte, pcapRecordHeader)
	if _, err := io.ReadFull(r.in, header); err != nil {
		return f, err
	}
	f.kind = r.kind
	f.time = time.Unix(int64(r.order.Uint32(header)), int64(r.order.Uint32(header[4:]))*int64(r.tick)).UTC()
	f.octets, err = readFrame(r.in, r.order.Uint32(header[8:]))
	return f, err
}

// readFrame reads so many octets, which a frame may have.
func readFrame(in io.Reader, length uint32) ([]byte, error) {
	if length > maxFrame {
		return nil, fmt.Errorf("frame of %d bytes, more than %d", length, maxFrame)
	}
	octets := make([]byte, length)
	if _, err := io.ReadFull(in, octets); err != nil {
		return nil, io.ErrUnexpectedEOF
	}
	return octets, nil
}
