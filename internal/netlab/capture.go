package netlab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Capture records the UDP datagrams of one link, both ways, until it is closed.
// It is safe for concurrent use.
type Capture struct {
	file *os.File
	done chan struct{}

	mu      sync.Mutex
	packets []Packet
	changed chan struct{} // closed at the next packet or at the end
	ended   bool
}

// Direction says which packets of a link a capture sees.
type Direction int

// The directions of a capture.
const (
	BothWays Direction = iota
	Incoming
)

// Capture starts to record a link. What is sent after it returns is seen.
func (n *Namespace) Capture(link string, direction Direction) (*Capture, error) {
	index, err := n.Index(link)
	if err != nil {
		return nil, err
	}
	var file *os.File
	err = n.Do(func() error {
		file, err = packetSocket(index, direction)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("%s: capture on %q: %w", n.Name, link, err)
	}
	c := &Capture{file: file, done: make(chan struct{}), changed: make(chan struct{})}
	go c.read()
	return c, nil
}

func packetSocket(index int, direction Direction) (*os.File, error) {
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	file := os.NewFile(uintptr(fd), "packet")
	if direction == Incoming {
		if err := unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_IGNORE_OUTGOING, 1); err != nil {
			file.Close()
			return nil, err
		}
	}
	if err := unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: allProtocols, Ifindex: index}); err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}

// allProtocols is ETH_P_ALL in network byte order, which the kernel wants here on
// every machine; only this "protocol" shows outgoing frames.
const allProtocols = unix.ETH_P_ALL << 8

func (c *Capture) read() {
	defer close(c.done)
	buffer := make([]byte, 1<<16)
	for {
		size, err := c.file.Read(buffer)
		if errors.Is(err, unix.ENETDOWN) {
			continue // the link went down; it may come up again
		}
		if err != nil {
			c.end()
			return
		}
		packet, ok := parseFrame(append([]byte(nil), buffer[:size]...))
		if ok {
			packet.Time = time.Now()
			c.add(packet)
		}
	}
}

func (c *Capture) add(packet Packet) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.packets = append(c.packets, packet)
	close(c.changed)
	c.changed = make(chan struct{})
}

func (c *Capture) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = true
	close(c.changed)
}

// Close ends the recording; what was recorded stays.
func (c *Capture) Close() error {
	err := c.file.Close()
	<-c.done
	return err
}

// Packets returns what was recorded so far.
func (c *Capture) Packets() []Packet {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.packets[:len(c.packets):len(c.packets)]
}

// Wait returns the first packet, at index from or later, to which accept says
// yes, and the index after it.
func (c *Capture) Wait(ctx context.Context, from int, accept func(Packet) bool) (Packet, int, error) {
	for {
		packets, changed, ended := c.watch()
		for ; from < len(packets); from++ {
			if accept(packets[from]) {
				return packets[from], from + 1, nil
			}
		}
		if ended {
			return Packet{}, from, io.EOF
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return Packet{}, from, fmt.Errorf("wait for a packet: %w", context.Cause(ctx))
		}
	}
}

func (c *Capture) watch() ([]Packet, <-chan struct{}, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.packets, c.changed, c.ended
}
