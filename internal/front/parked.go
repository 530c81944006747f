package front

import (
	"context"
	"time"

	"github.com/stage6/stage6/internal/exchange"
	"github.com/stage6/stage6/internal/listen"
	"github.com/stage6/stage6/internal/server"
)

// parkedExchange is an exchange that waits, or that a plugin may block.
type parkedExchange struct {
	front    *Front
	conn     Conn
	datagram []byte
	arrival  exchange.Arrival
	leave    func() // gives its place back, once
}

// serve serves the exchange once there is nothing to wait for any more, and gives
// its place back. When a plugin blocks it without having said so, the watchdog
// gives the place back, and what the plugin comes to is not heard.
func (e *parkedExchange) serve(ctx context.Context, w *server.Wait) {
	for w != nil {
		if !e.front.wait(ctx, e.arrival.Time.Add(maxWait), w.Known) {
			w.Done()
			e.front.server.KeepDropped(e.datagram, e.arrival, server.DropSocketClosed)
			break
		}
		e.arrival = w.Anew(e.arrival)
		next, givenUp := e.resume(ctx)
		w.Done()
		if givenUp {
			return
		}
		w = next
	}
	e.leave()
}

// wait waits until something is known or it is late, and gives false if ctx ends
// before. Where nothing is to become known it does not wait.
func (f *Front) wait(ctx context.Context, until time.Time, known <-chan struct{}) bool {
	if known == nil {
		f.parking.counts.blocking.Add(1)
		return true
	}
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

// resume serves the exchange from the beginning: to decode a message again takes
// less than to keep what was made of it. Its reply leaves by the socket that the
// message came in by. It gives what the exchange waits for next, and whether the
// watchdog has given it up. A worker that a plugin still uses is left to it.
func (e *parkedExchange) resume(ctx context.Context) (wait *server.Wait, givenUp bool) {
	f := e.front
	w, buf := f.workers.Get().(*server.Worker), f.buffers.Get().(*[]byte)
	again := responder{front: f, conn: e.conn, worker: w, came: e.arrival.Time, way: f.latency.parked, out: make([]listen.Outgoing, 0, 1)}
	end := w.Watched(func() {
		f.server.KeepDropped(e.datagram, e.arrival, server.DropPluginStuck)
		e.leave()
	})
	wait, givenUp = again.answer(ctx, e.datagram, e.arrival, &buf)
	if givenUp {
		return nil, true
	}
	end()
	again.send()
	f.buffers.Put(buf)
	if !w.Lost() {
		f.workers.Put(w)
	}
	return wait, false
}
