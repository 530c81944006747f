package front

import (
	"bytes"
	"context"
	"sync"
	"time"

	"github.com/stage6/stage6/internal/exchange"
	"github.com/stage6/stage6/internal/server"
)

// maxWait is how long an exchange waits, from the arrival of its message.
const maxWait = 250 * time.Millisecond

// How many exchanges wait at a time, of all interfaces and of one: a flood on one
// link leaves room for the others.
const (
	maxParked      = 1024
	maxParkedThere = 256
)

// parking knows which messages wait for evidence. The zero value is ready for
// use.
type parking struct {
	counts parkingCounters

	mu    sync.Mutex // held for what is below, for as long as a look-up takes
	held  map[server.Message]struct{}
	there map[uint32]int // of those, how many came in by an interface
}

// place is what comes of asking for a place in the parking.
type place uint8

const (
	given place = iota
	taken       // by the same message, sent before
	full
)

// enter asks for a place for a message that came in by an interface.
func (p *parking) enter(m server.Message, index uint32) place {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, twice := p.held[m]; twice {
		return taken
	}
	if len(p.held) >= maxParked || p.there[index] >= maxParkedThere {
		return full
	}
	if p.held == nil {
		p.held, p.there = map[server.Message]struct{}{}, map[uint32]int{}
	}
	p.held[m] = struct{}{}
	p.there[index]++
	return given
}

// leave gives the place of a message back.
func (p *parking) leave(m server.Message, index uint32) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.held, m)
	if p.there[index]--; p.there[index] == 0 {
		delete(p.there, index)
	}
}

// len gives how many messages wait.
func (p *parking) len() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.held)
}

// park has an exchange wait in a goroutine of its own, with a copy of its
// datagram, unless its message waits already. It gives false where there is no
// place: then the exchange goes on at once with what is known of the client, so
// that nobody's made-up messages keep others from being served.
func (r *reader) park(ctx context.Context, datagram []byte, a exchange.Arrival, w *server.Wait) bool {
	p := &r.front.parking
	switch p.enter(w.Message, a.Interface) {
	case full:
		w.Done()
		p.counts.full.Add(1)
		return false
	case taken:
		w.Done()
		r.front.server.Counters().Drop(server.DropAlreadyWaiting)
		r.front.server.KeepDropped(datagram, a, server.DropAlreadyWaiting)
		return true
	}
	e := &parkedExchange{front: r.front, conn: r.conn, datagram: bytes.Clone(datagram), arrival: a}
	r.parked.Add(1)
	e.leave = func() {
		p.leave(w.Message, a.Interface)
		r.parked.Done()
	}
	go e.serve(ctx, w)
	return true
}
