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
// before it or after it. One that came in fragments has that of the
// fragment which came last.
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

	"golang.org/x/sys/unix"

	"github.com/stage6/stage6/ident"
)

// lookAhead is how many frames are looked at behind one that another processor
// is still writing.
const lookAhead = 32

// Tap is an open packet socket with the frames that it saw last. It is safe for
// concurrent use, and a prometheus.Collector.
type Tap struct {
	fd int

	mu    sync.Mutex // held for what is below, for as long as a few frames take
	ring  *ring      // nil after Close
	table *table     // what was taken out of the ring before its turn
	counters
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
// It is to be asked once for each datagram, soon after it was read.
func (t *Tap) MAC(index uint32, from netip.Addr, stamp int64) ident.MAC {
	k := key{stamp, from.As16(), index}
	t.mu.Lock()
	defer t.mu.Unlock()
	m, ok := t.find(&k)
	if ok {
		t.found++
	} else {
		t.missing++
	}
	return m
}

// find looks where the frame is most likely to be, first.
func (t *Tap) find(k *key) (ident.MAC, bool) {
	if t.ring == nil {
		return ident.MAC{}, false
	}
	if m, ok := t.oldest(k); ok {
		return m, true
	}
	if m, ok := t.table.get(k); ok {
		return m, true
	}
	if t.drain(k) {
		return t.table.get(k)
	}
	return t.ahead(k)
}

// oldest takes the oldest frame out of the ring if it is the one: one socket's
// datagrams come in the order of their frames. Should the next frame be like it,
// neither is taken.
func (t *Tap) oldest(k *key) (ident.MAC, bool) {
	f, ok := t.read(0)
	if !ok || f.key != *k {
		return ident.MAC{}, false
	}
	if next, ok := t.read(1); ok && next.key == *k {
		return ident.MAC{}, false
	}
	t.release()
	return f.mac, true
}

// read reads the frame that is n behind the oldest one of the ring.
func (t *Tap) read(n uint64) (frame, bool) {
	slot := t.ring.peek(n)
	if slot == nil {
		return frame{}, false
	}
	return parse(slot)
}

func (t *Tap) release() {
	t.ring.release()
	t.seen++
}

// drain moves frames from the ring to the table, up to one that is looked for
// and those that are like it, and says whether it was there. With nil it moves
// all of them, but not more than the ring has at a time.
func (t *Tap) drain(k *key) (found bool) {
	for range t.ring.slots {
		if t.ring.peek(0) == nil {
			break
		}
		f, ok := t.read(0)
		this := ok && k != nil && f.key == *k
		if found && !this {
			break
		}
		if ok {
			t.table.put(&f)
		}
		t.release()
		found = found || this
	}
	return found
}

// ahead looks for a frame behind one that is not written yet. Several
// processors write to the ring at once, and one of them may be held up while
// another one's datagram is already here.
func (t *Tap) ahead(k *key) (ident.MAC, bool) {
	for n := uint64(1); n <= lookAhead; n++ {
		if t.ring.peek(n) == nil {
			continue
		}
		if f, ok := t.read(n); ok && f.key == *k {
			return f.mac, true
		}
	}
	return ident.MAC{}, false
}

// sweep takes all frames out of the ring.
func (t *Tap) sweep() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ring != nil {
		t.drain(nil)
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
