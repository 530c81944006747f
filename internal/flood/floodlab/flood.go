package floodlab

import (
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"

	"golang.org/x/sys/unix"
)

// Kind is a way to flood.
type Kind struct {
	Name string
	// Disguised says that it has made-up addresses, so that the server of this lab,
	// which sees no frames, cannot tell it from other strangers on the link.
	Disguised bool
	// what the i-th message is: a frame on the link of the clients, or a
	// datagram from the relay agent.
	frame    func(dst []byte, i uint32) []byte
	datagram func(dst []byte, i uint32) []byte
}

// madeUp is how many addresses and MACs a flood makes up: the kernel's table of
// neighbours is one for all namespaces, and tests are to leave room in it.
const madeUp = 200

// clients is how many DUIDs a flood makes up.
const clients = 1_000_000

// Kinds gives the ways to flood.
func Kinds() []Kind {
	own := net.HardwareAddr{2, 0, 0, 0, 0xfe, 1}
	return []Kind{
		{Name: "one client", frame: func(dst []byte, i uint32) []byte { return frame(dst, own, linkLocal(1), solicit(nil, i, 1)) }},
		{Name: "one link-local", frame: func(dst []byte, i uint32) []byte { return frame(dst, own, linkLocal(1), solicit(nil, i, i%clients)) }},
		{Name: "one MAC", Disguised: true, frame: func(dst []byte, i uint32) []byte {
			return frame(dst, own, linkLocal(1+i%madeUp), solicit(nil, i, i%clients))
		}},
		{Name: "one relay", datagram: func(dst []byte, i uint32) []byte { return forwarded(dst, relayLink, i, i%clients) }},
		{Name: "a million DUIDs", Disguised: true, frame: func(dst []byte, i uint32) []byte {
			mac := net.HardwareAddr{2, 0, 0xfe, 0, 0, 0}
			binary.BigEndian.PutUint16(mac[4:], uint16(i%madeUp))
			return frame(dst, mac, linkLocal(1+i%madeUp), solicit(nil, i, i%clients))
		}},
		{Name: "Requests of one link-local", frame: func(dst []byte, i uint32) []byte {
			return frame(dst, own, linkLocal(1), request(nil, i, i%clients))
		}},
		{Name: "Requests of a million DUIDs", Disguised: true, frame: func(dst []byte, i uint32) []byte {
			return frame(dst, own, linkLocal(1+i%madeUp), request(nil, i, i%clients))
		}},
		{Name: "one message", frame: func(dst []byte, _ uint32) []byte { return frame(dst, own, linkLocal(1), solicit(nil, 7, 1)) }},
	}
}

// run sends until ctx ends, and counts what it sent.
func (k *Kind) run(ctx context.Context, l *Lab) (sent uint32, err error) {
	send, closeSender, err := l.sender(k)
	if err != nil {
		return 0, err
	}
	defer closeSender()
	buf := make([]byte, 0, 512)
	for ctx.Err() == nil {
		if k.frame != nil {
			buf = k.frame(buf[:0], sent)
		} else {
			buf = k.datagram(buf[:0], sent)
		}
		if err := send(buf); err != nil && !fullFor(err) {
			return sent, fmt.Errorf("flood: %w", err)
		}
		sent++
	}
	return sent, nil
}

// fullFor says whether an error says that a queue on the way is full.
func fullFor(err error) bool {
	return err == unix.ENOBUFS || err == unix.EAGAIN //nolint:errorlint // the system call's own
}

// sender opens what a flood is sent by.
func (l *Lab) sender(k *Kind) (send func([]byte) error, end func(), err error) {
	if k.frame == nil {
		return l.relaySender()
	}
	index, err := l.clients.Index("eth0")
	if err != nil {
		return nil, nil, err
	}
	fd := -1
	err = l.clients.Do(func() error {
		fd, err = unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
		return err
	})
	to := &unix.SockaddrLinklayer{Ifindex: index, Halen: 6, Addr: [8]byte(append(append([]byte(nil), groupMAC...), 0, 0))}
	return func(b []byte) error { return unix.Sendto(fd, b, 0, to) }, func() { unix.Close(fd) }, err
}

func (l *Lab) relaySender() (send func([]byte) error, end func(), err error) {
	var c *net.UDPConn
	err = l.relay.Do(func() error {
		c, err = net.DialUDP("udp6", net.UDPAddrFromAddrPort(netip.AddrPortFrom(relayAddress, 547)), net.UDPAddrFromAddrPort(relayServer))
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	return func(b []byte) error {
		_, _ = c.Write(b) // what the server refuses comes back as an error
		return nil
	}, func() { c.Close() }, nil
}
