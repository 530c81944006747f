// Package frame tells which link-layer address a datagram came from: the source
// of its Ethernet frame, which a UDP socket does not show.
//
// A packet socket with a ring that is shared with the kernel has a copy of the
// first octets of each frame with a datagram from a link-local address to a
// server's port. The kernel gives a frame to packet sockets for all protocols
// before it gives it to IPv6 (__netif_receive_skb_core), so that what a UDP
// socket has was in the ring before: nobody ever waits for a frame.
//
// Frame and datagram are one buffer in the kernel, and carry the same time of
// arrival to the nanosecond. They are joined by it: a datagram has the address
// of its own frame and of no other, whatever else came from the same sender,
// before it or after it. A datagram that came in fragments, or with extension
// headers, has none.
//
// The socket is for all interfaces, those that come later included, and is
// opened once. It takes CAP_NET_RAW, which is not needed any more afterwards.
// Linux 5.1 is needed.
package frame

import (
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"github.com/stage6/stage6/ident"
)

// lookAhead is how many frames are looked at behind one that another processor
// is still writing.
const lookAhead = 64

// Tap is an open packet socket with the frames that it saw last. It is safe for
// concurrent use, and a prometheus.Collector.
type Tap struct {
	fd int

	mu    sync.Mutex // held for the two below, for as long as a few frames take
	ring  *ring      // nil after Close
	table *table

	seen, found, missing, drops atomic.Uint64
}

// Open opens a tap for datagrams to UDP ports, in the network namespace of the
// calling thread.
func Open(ports ...uint16) (*Tap, error) {
	fd, ring, err := openSocket(ports)
	if err != nil {
		return nil, fmt.Errorf("packet socket: %w", err)
	}
	return &Tap{fd: fd, ring: ring, table: newTable()}, nil
}

// MAC gives the source of the frame of a datagram that came in by an interface,
// from a link-local address, at a time that the kernel gave with it
// (SO_TIMESTAMPNS, in nanoseconds since 1970). It is zero if that is not known.
func (t *Tap) MAC(index uint32, from netip.Addr, stamp int64) ident.MAC {
	k := key{stamp, from.As16(), index}
	t.mu.Lock()
	m, ok := t.table.get(&k)
	if !ok && t.ring != nil {
		t.drain()
		if m, ok = t.table.get(&k); !ok {
			m, ok = t.ahead(&k)
		}
	}
	t.mu.Unlock()
	if ok {
		t.found.Add(1)
	} else {
		t.missing.Add(1)
	}
	return m
}

// drain moves frames from the ring to the table, as many as the ring has at
// most.
func (t *Tap) drain() {
	n := uint64(0)
	for ; n < t.ring.slots; n++ {
		slot := t.ring.next()
		if slot == nil {
			break
		}
		if f, ok := parse(slot); ok {
			t.table.put(&f)
		}
		t.ring.release()
	}
	t.seen.Add(n)
}

// ahead looks for a frame behind one that is not written yet. Several
// processors write to the ring at once, and one of them may be held up while
// another one's datagram is already here.
func (t *Tap) ahead(k *key) (ident.MAC, bool) {
	for i := uint64(1); i <= lookAhead; i++ {
		if slot := t.ring.peek(i); slot != nil {
			if f, ok := parse(slot); ok && f.key == *k {
				return f.mac, true
			}
		}
	}
	return ident.MAC{}, false
}

// sweep takes all frames out of the ring.
func (t *Tap) sweep() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ring != nil {
		t.drain()
	}
}

// Close closes the tap, which finds nothing any more. It must not be called
// before Run has returned.
func (t *Tap) Close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ring == nil {
		return nil
	}
	ring := t.ring
	t.ring = nil
	return errors.Join(ring.close(), unix.Close(t.fd))
}
