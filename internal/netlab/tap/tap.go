// Package tap records the DHCPv6 datagrams of a link in front of a server, with the
// times at which the kernel had them.
package tap

import (
	"errors"
	"fmt"
	"os"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/stage6/stage6/internal/netlab"
)

// Frame is a DHCPv6 datagram on the server's cable.
type Frame struct {
	At      time.Time // by the kernel, when the server's link had it
	Sent    bool      // by the server
	Payload []byte
}

// Tap records the datagrams of a link. Nothing in the server knows of it, and it is
// the same for all, so that what it says of their delays can be compared: neither
// the clients' own slowness nor what waits in their queues is in it.
type Tap struct {
	file   *os.File
	frames []Frame
	done   chan error
}

// Open begins to record a link of the server's namespace.
func Open(n *netlab.Namespace, link string) (*Tap, error) {
	index, err := n.Index(link)
	if err != nil {
		return nil, err
	}
	t := &Tap{done: make(chan error, 1)}
	err = n.Do(func() (err error) {
		t.file, err = socket(index)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("record %s: %w", link, err)
	}
	go func() { t.done <- t.read() }()
	return t, nil
}

func socket(index int) (*os.File, error) {
	const all = unix.ETH_P_ALL << 8 // in network byte order
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	err = errors.Join(
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, 64<<20),
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1),
		unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: all, Ifindex: index}),
	)
	file := os.NewFile(uintptr(fd), "tap")
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// read reads until the deadline that Close sets.
func (t *Tap) read() error {
	raw, err := t.file.SyscallConn()
	if err != nil {
		return err
	}
	buffer, control := make([]byte, 1<<16), make([]byte, 256)
	for {
		var failed error
		err := raw.Read(func(fd uintptr) bool {
			n, c, _, from, err := unix.Recvmsg(int(fd), buffer, control, 0)
			if err == unix.EAGAIN {
				return false
			}
			failed = t.add(buffer[:max(n, 0)], control[:max(c, 0)], from, err)
			return true
		})
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return nil
		}
		if err := errors.Join(err, failed); err != nil {
			return err
		}
	}
}

// add keeps a frame if it is one of DHCPv6.
func (t *Tap) add(octets, control []byte, from unix.Sockaddr, err error) error {
	if err != nil {
		return err
	}
	payload, ok := datagram(octets)
	if !ok {
		return nil
	}
	at, err := timestamp(control)
	link, _ := from.(*unix.SockaddrLinklayer)
	t.frames = append(t.frames, Frame{at, link != nil && link.Pkttype == unix.PACKET_OUTGOING, append([]byte(nil), payload...)})
	return err
}

// datagram gives the payload of an Ethernet frame with UDP over IPv6 of port 547.
func datagram(f []byte) ([]byte, bool) {
	const ip, udp, payload = 14, 14 + 40, 14 + 40 + 8
	if len(f) < payload || f[12] != 0x86 || f[13] != 0xdd || f[ip+6] != unix.IPPROTO_UDP {
		return nil, false
	}
	port := func(at int) int { return int(f[at])<<8 | int(f[at+1]) }
	return f[payload:], port(udp) == 547 || port(udp+2) == 547
}

// timestamp finds the kernel's time in control messages.
func timestamp(control []byte) (time.Time, error) {
	messages, err := unix.ParseSocketControlMessage(control)
	if err != nil {
		return time.Time{}, err
	}
	for _, m := range messages {
		if m.Header.Type == unix.SO_TIMESTAMPNS && len(m.Data) >= int(unsafe.Sizeof(unix.Timespec{})) {
			spec := (*unix.Timespec)(unsafe.Pointer(&m.Data[0]))
			return time.Unix(spec.Unix()), nil
		}
	}
	return time.Time{}, errors.New("a frame without a time")
}

// Close ends the recording and gives what was recorded. It is an error when the
// kernel could not keep all of it.
func (t *Tap) Close() ([]Frame, error) {
	err := errors.Join(t.file.SetReadDeadline(time.Now()), <-t.done, t.lacking())
	return t.frames, errors.Join(err, t.file.Close())
}

// lacking says what the kernel could not keep.
func (t *Tap) lacking() error {
	raw, err := t.file.SyscallConn()
	if err != nil {
		return err
	}
	var stats *unix.TpacketStats
	failed := raw.Control(func(fd uintptr) {
		stats, err = unix.GetsockoptTpacketStats(int(fd), unix.SOL_PACKET, unix.PACKET_STATISTICS)
	})
	if err := errors.Join(failed, err); err != nil {
		return err
	}
	if stats.Drops > 0 {
		return fmt.Errorf("the record of the cable lacks %d frames; ask less often", stats.Drops)
	}
	return nil
}
