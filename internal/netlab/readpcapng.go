package netlab

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"math/bits"
	"time"
)

// The newer capture format, which Wireshark writes:
// https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-02.html
const (
	ngSection   = 0x0a0d0d0a
	ngOrder     = 0x1a2b3c4d
	ngInterface = 1
	ngSimple    = 3
	ngPacket    = 6

	ngBlockMin      = 12      // what stands around the body of a block
	ngInterfaces    = 4096    // that a section may have
	ngBlockMax      = 1 << 20 // of the blocks that are read
	ngPacketHeader  = 20
	ngTimeUnit      = 9 // option if_tsresol
	ngBinaryFlag    = 0x80
	ngDefaultFactor = 1_000_000
)

// ngReader reads pcapng.
type ngReader struct {
	in         *bufio.Reader
	order      binary.ByteOrder
	interfaces []ngLink
}

// ngLink is an interface that was captured on.
type ngLink struct {
	kind    linkType
	seconds uint64 // units of time in one
}

func (r *ngReader) next() (linkFrame, error) {
	for {
		kind, body, err := r.block()
		if err != nil {
			return linkFrame{}, err
		}
		switch kind {
		case ngInterface:
			err = r.addInterface(body)
		case ngPacket:
			return r.packet(body)
		case ngSimple:
			return r.simple(body)
		}
		if err != nil {
			return linkFrame{}, err
		}
	}
}

// block reads a block and gives its body, which is empty for those that nobody
// looks at.
func (r *ngReader) block() (kind uint32, body []byte, err error) {
	header := make([]byte, 8)
	if _, err := io.ReadFull(r.in, header); err != nil {
		return 0, nil, err
	}
	if binary.LittleEndian.Uint32(header) == ngSection {
		if err := r.section(); err != nil {
			return 0, nil, err
		}
	}
	kind, length := r.order.Uint32(header), r.order.Uint32(header[4:])
	if length < ngBlockMin || length%4 != 0 {
		return 0, nil, fmt.Errorf("a block of %d bytes", length)
	}
	length -= 8
	if kind != ngInterface && kind != ngPacket && kind != ngSimple {
		_, err = io.CopyN(io.Discard, r.in, int64(length))
		return kind, nil, cutOff(err)
	}
	if length > ngBlockMax {
		return 0, nil, fmt.Errorf("a block of %d bytes, more than %d", length, ngBlockMax)
	}
	body = make([]byte, length)
	_, err = io.ReadFull(r.in, body)
	return kind, body[:length-4], cutOff(err)
}

func cutOff(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// section begins a section, whose byte order is looked at and left unread.
func (r *ngReader) section() error {
	magic, err := r.in.Peek(4)
	if err != nil {
		return cutOff(err)
	}
	r.interfaces = nil
	for _, r.order = range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		if r.order.Uint32(magic) == ngOrder {
			return nil
		}
	}
	return fmt.Errorf("byte order %x", magic)
}

func (r *ngReader) addInterface(body []byte) error {
	if len(body) < 8 || len(r.interfaces) == ngInterfaces {
		return fmt.Errorf("interface %d: it is cut off, or one too many", len(r.interfaces))
	}
	r.interfaces = append(r.interfaces, ngLink{linkType(r.order.Uint16(body)), r.units(body[8:])})
	return nil
}

// units gives how many units of time a second has, by the options of an interface.
func (r *ngReader) units(options []byte) uint64 {
	for len(options) >= 4 {
		code, length := r.order.Uint16(options), int(r.order.Uint16(options[2:]))
		padded := 4 + (length+3)&^3
		if code == 0 || padded > len(options) {
			break
		}
		if code == ngTimeUnit && length == 1 {
			return unitsOf(options[4])
		}
		options = options[padded:]
	}
	return ngDefaultFactor
}

// unitsOf gives the power of ten or two that a resolution stands for.
func unitsOf(resolution byte) uint64 {
	power := resolution &^ ngBinaryFlag
	switch {
	case resolution&ngBinaryFlag != 0 && power < 64:
		return 1 << power
	case resolution&ngBinaryFlag == 0 && power < 20:
		return uint64(math.Pow10(int(power)))
	}
	return ngDefaultFactor
}

// packet reads an Enhanced Packet Block.
func (r *ngReader) packet(body []byte) (f linkFrame, err error) {
	if len(body) < ngPacketHeader {
		return f, io.ErrUnexpectedEOF
	}
	link, err := r.link(r.order.Uint32(body))
	if err != nil {
		return f, err
	}
	ticks := uint64(r.order.Uint32(body[4:]))<<32 | uint64(r.order.Uint32(body[8:]))
	f.kind, f.time = link.kind, timeOf(ticks, link.seconds)
	f.octets, err = cut(body[ngPacketHeader:], r.order.Uint32(body[12:]))
	return f, err
}

func timeOf(ticks, seconds uint64) time.Time {
	high, low := bits.Mul64(ticks%seconds, uint64(time.Second))
	nanos, _ := bits.Div64(high, low, seconds)
	return time.Unix(int64(ticks/seconds), int64(nanos)).UTC()
}

// simple reads a Simple Packet Block, which is of the first interface and says no time.
func (r *ngReader) simple(body []byte) (f linkFrame, err error) {
	link, err := r.link(0)
	if err == nil && len(body) < 4 {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return f, err
	}
	f.kind = link.kind
	f.octets, err = cut(body[4:], min(r.order.Uint32(body), uint32(len(body)-4)))
	return f, err
}

// link gives an interface, of which the frames can be read.
func (r *ngReader) link(number uint32) (ngLink, error) {
	if int64(number) >= int64(len(r.interfaces)) {
		return ngLink{}, fmt.Errorf("a frame of interface %d, which there is not", number)
	}
	link := r.interfaces[number]
	return link, link.kind.check()
}

func cut(octets []byte, length uint32) ([]byte, error) {
	if uint64(length) > uint64(len(octets)) || length > maxFrame {
		return nil, fmt.Errorf("frame of %d bytes, more than its block has or %d", length, maxFrame)
	}
	return octets[:length], nil
}
