package front

import (
	"bytes"
	"context"
	"sync"
	"time"

	"github.com/stage6/stage6/internal/exchange"
	"github.com/stage6/stage6/internal/listen"
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
		p.counts.full.Add(1)
		return false
	case taken:
		r.front.server.Counters().Drop(server.DropAlreadyWaiting)
		return true
	}
	datagram = bytes.Clone(datagram)
	r.parked.Go(func() {
		defer p.leave(w.Message, a.Interface)
		if r.front.wait(ctx, a.Time.Add(maxWait), w.Known) {
			r.resume(ctx, datagram, a)
		}
	})
	return true
}

// wait waits until something is known or it is late, and gives false if ctx ends
// before.
func (f *Front) wait(ctx context.Context, until time.Time, known <-chan struct{}) bool {
	late := time.NewTimer(until.Sub(f.clock()))
	defer late.Stop()
	select {
	case <-ctx.Done():
		f.server.Counters().Drop(server.DropSocketClosed)
		return false
	case <-known:
		f.parking.counts.known.Add(1)
	case <-late.C:
		f.parking.counts.late.Add(1)
	}
	return true
}

// resume serves an exchange that has waited, from the beginning: to decode a
// message again takes less than to keep what was made of it. Its reply leaves by
// the socket that the message came in by.
func (r *reader) resume(ctx context.Context, datagram []byte, a exchange.Arrival) {
	f := r.front
	a.Waited, a.Alone = true, true
	w, buf := f.workers.Get().(*server.Worker), f.buffers.Get().(*[]byte)
	defer f.workers.Put(w)
	again := responder{front: f, conn: r.conn, worker: w, out: make([]listen.Outgoing, 0, 1)}
	again.answer(ctx, datagram, a, &buf)
	again.send()
	f.buffers.Put(buf)
}
