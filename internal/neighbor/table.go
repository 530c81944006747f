// Package neighbor tells the link-layer addresses of machines on the links, as
// the kernel's table of neighbours has them.
//
// The table is followed by netlink, so that a look-up asks nobody. Whom it does
// not have the kernel is made to ask for (RFC 4861 section 7.2): that takes no
// more than a datagram to that machine, and no capability.
//
// A neighbour says itself what its address is, and can say another one's: what
// the table has is worth as much as the link is guarded.
package neighbor

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/stage6/stage6/ident"
)

// maxEntries is how many neighbours are kept, many times what the kernel does by
// default (net.ipv6.neigh.default.gc_thresh3).
const maxEntries = 1 << 16

// unansweredBytes is the room for datagrams to neighbours that have not answered
// yet. The kernel gives less where it must.
const unansweredBytes = 1 << 20

// key is a link-local address on the link of an interface.
type key struct {
	addr  [16]byte
	index uint32
}

// Table follows the kernel's table of neighbours. It is safe for concurrent use,
// and a prometheus.Collector.
type Table struct {
	log   *logrus.Entry
	clock func() time.Time
	send  func(index uint32, a netip.Addr) error
	conn  *net.UDPConn // what send sends with
	counters

	mu      sync.RWMutex // held for what is below
	entries map[key]ident.MAC
	asked   questions
}

// Open opens a table, in the network namespace of the calling thread. It knows
// nobody before Run runs.
func Open(log *logrus.Entry) (*Table, error) {
	conn, err := net.ListenUDP("udp6", nil)
	if err != nil {
		return nil, fmt.Errorf("socket to solicit neighbours: %w", err)
	}
	raw, err := conn.SyscallConn()
	err = errors.Join(err, conn.SetWriteBuffer(unansweredBytes))
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	t := newTable(log, time.Now, func(index uint32, a netip.Addr) error { return poke(raw, index, a) })
	t.conn = conn
	return t, nil
}

func newTable(log *logrus.Entry, clock func() time.Time, send func(uint32, netip.Addr) error) *Table {
	return &Table{log: log, clock: clock, send: send, entries: map[key]ident.MAC{}, asked: newQuestions()}
}

// Close closes the table, which solicits nobody any more.
func (t *Table) Close() error { return t.conn.Close() }

// MAC gives the address of a neighbour, by its link-local address on the link of
// an interface, or zero. Its zone does not count.
func (t *Table) MAC(index uint32, a netip.Addr) ident.MAC {
	t.mu.RLock()
	m := t.entries[key{a.As16(), index}]
	t.mu.RUnlock()
	if m.IsZero() {
		t.missing.Add(1)
	} else {
		t.found.Add(1)
	}
	return m
}

// set notes the address of a neighbour, and tells who waits for it.
func (t *Table) set(k key, m ident.MAC) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.put(k, m)
}

// put is set for who holds mu.
func (t *Table) put(k key, m ident.MAC) {
	if _, known := t.entries[k]; !known && len(t.entries) >= maxEntries {
		t.forgetAny()
	}
	t.entries[k] = m
	t.asked.answered(k)
}

// forgetAny makes room. A neighbour that is forgotten is asked again.
func (t *Table) forgetAny() {
	for k := range t.entries {
		delete(t.entries, k)
		return
	}
}

// forget forgets a neighbour.
func (t *Table) forget(k key) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.entries, k)
}

// replace takes what the kernel's table has in the place of all that was known.
func (t *Table) replace(changes []change) {
	t.mu.Lock()
	defer t.mu.Unlock()
	clear(t.entries)
	for _, c := range changes {
		if !c.mac.IsZero() {
			t.put(c.key, c.mac)
		}
	}
}

// len gives how many neighbours are known.
func (t *Table) len() int {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return len(t.entries)
}
