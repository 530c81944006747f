package main

import (
	"encoding/binary"
	"net"
	"net/netip"

	"golang.org/x/net/ipv6"
)

// mirrorName is the server that is none: it turns each message around, with an
// address that it makes up, and keeps nothing. The rate at which it loses messages
// is what generator, cable and machine can do at most.
const mirrorName = "mirror"

// mirrorCommand has this program be it.
const mirrorCommand = "serve-mirror"

// mirror answers on an interface until it is killed.
func mirror(name string) error {
	link, err := net.InterfaceByName(name)
	if err != nil {
		return err
	}
	conn, err := net.ListenUDP("udp6", net.UDPAddrFromAddrPort(netip.MustParseAddrPort("[::]:547")))
	if err != nil {
		return err
	}
	packets := ipv6.NewPacketConn(conn)
	if err := packets.JoinGroup(link, &net.UDPAddr{IP: net.ParseIP("ff02::1:2")}); err != nil {
		return err
	}
	m := mirrorer{in: batch(), out: batch()}
	for {
		n, err := packets.ReadBatch(m.in, 0)
		if err != nil {
			return err
		}
		if out := m.turn(m.in[:n]); len(out) > 0 {
			if _, err := packets.WriteBatch(out, 0); err != nil {
				return err
			}
		}
	}
}

// mirrorer has the buffers.
type mirrorer struct {
	in, out []ipv6.Message
	count   uint32
}

func batch() []ipv6.Message {
	all := make([]ipv6.Message, 64)
	for i := range all {
		all[i].Buffers = [][]byte{make([]byte, 2048)}
	}
	return all
}

// turn gives the answers to messages.
func (m *mirrorer) turn(in []ipv6.Message) []ipv6.Message {
	n := 0
	for _, one := range in {
		m.count++
		out := &m.out[n]
		answer := reflect(out.Buffers[0][:0:2048], one.Buffers[0][:one.N], m.count)
		if answer == nil {
			continue
		}
		out.Buffers[0], out.Addr = answer, one.Addr
		n++
	}
	return m.out[:n]
}

// The options that the mirror knows.
const (
	optionIANA = 3
	optionIAPD = 25
)

// tail is what every answer ends with: a server identifier, a DNS server, a domain.
var tail = []byte{
	0, 2, 0, 10, 0, 3, 0, 1, 2, 0, 0, 0, 0, 1,
	0, 23, 0, 16, 0x20, 1, 0xd, 0xb8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x53,
	0, 24, 0, 13, 7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 3, 'n', 'e', 't', 0,
}

// reflect appends the answer to a message, or gives nil.
func reflect(to, message []byte, number uint32) []byte {
	if len(message) < 4 {
		return nil
	}
	if message[0] == 12 && len(message) > 34 {
		return reflectRelayed(to, message, number)
	}
	kind := len(to)
	to = append(to, 7)
	to = append(to, message[1:4]...)
	rapid, had := false, message[0] != 1
	eachOption(message[4:], func(code uint16, option []byte) {
		switch code {
		case 1:
			to = append(to, option...)
		case 14:
			rapid = true
			to = append(to, option...)
		case optionIANA, optionIAPD:
			to = appendIA(to, code, option, number, had)
		}
	})
	if message[0] == 1 && !rapid {
		to[kind] = 2
	}
	return append(to, tail...)
}

// reflectRelayed wraps the answer for the relay agent.
func reflectRelayed(to, message []byte, number uint32) []byte {
	to = append(to, 13)
	to = append(to, message[1:34]...)
	eachOption(message[34:], func(code uint16, option []byte) {
		if code != 9 {
			if code == 18 {
				to = append(to, option...)
			}
			return
		}
		to = append(to, 0, 9, 0, 0)
		begin := len(to)
		to = reflect(to, option[4:], number)
		binary.BigEndian.PutUint16(to[begin-2:], uint16(len(to)-begin))
	})
	return to
}

// appendIA appends an identity association with what it had, or something new.
func appendIA(to []byte, code uint16, option []byte, number uint32, had bool) []byte {
	if had {
		return append(to, option...)
	}
	begin := len(to)
	to = append(to, option[:min(16, len(option))]...)
	lifetimes := []byte{0, 0, 14, 16, 0, 0, 28, 32}
	if code == optionIAPD {
		to = append(append(to, 0, 26, 0, 25), lifetimes...)
		to = append(to, 60, 0x20, 1, 0xd, 0xb8)
		to = append(binary.BigEndian.AppendUint32(to, number<<4), 0, 0, 0, 0, 0, 0, 0, 0)
	} else {
		to = append(to, 0, 5, 0, 24, 0x20, 1, 0xd, 0xb8, 0, 1, 0, 0, 0, 0, 0, 1)
		to = append(binary.BigEndian.AppendUint32(to, number), lifetimes...)
	}
	binary.BigEndian.PutUint16(to[begin+2:], uint16(len(to)-begin-4))
	return to
}

// eachOption visits the options, with their headers, up to the first that is cut off.
func eachOption(options []byte, visit func(code uint16, option []byte)) {
	for len(options) >= 4 {
		size := 4 + int(binary.BigEndian.Uint16(options[2:]))
		if size > len(options) {
			return
		}
		visit(binary.BigEndian.Uint16(options), options[:size])
		options = options[size:]
	}
}
