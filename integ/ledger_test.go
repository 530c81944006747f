package integ

import (
	"fmt"
	"maps"
	"net/netip"
	"sync"
)

// ledger is what clients were told that they have, and did not give back. It is
// safe for concurrent use.
type ledger struct {
	mu     sync.Mutex
	owners map[netip.Prefix]uint32
	taken  int // acknowledgements so far
	more   chan struct{}
}

func newLedger() *ledger {
	return &ledger{owners: map[netip.Prefix]uint32{}, more: make(chan struct{}, 1)}
}

// take notes that the server gave a lease to a client, once more maybe. It is an
// error while another client has it.
func (l *ledger) take(client uint32, lease netip.Prefix) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.taken++
	select {
	case l.more <- struct{}{}:
	default:
	}
	if owner, ok := l.owners[lease]; ok && owner != client {
		return fmt.Errorf("%v was given to client %d while client %d has it", lease, client, owner)
	}
	l.owners[lease] = client
	return nil
}

// give notes that a client gives a lease back.
func (l *ledger) give(client uint32, lease netip.Prefix) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.owners[lease] == client {
		delete(l.owners, lease)
	}
}

// acknowledged counts what clients were given, each renewal once.
func (l *ledger) acknowledged() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.taken
}

// all gives what clients have.
func (l *ledger) all() map[netip.Prefix]uint32 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return maps.Clone(l.owners)
}
