package front

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/exchange"
	"github.com/stage6/stage6/internal/listen"
	"github.com/stage6/stage6/internal/server"
)

const (
	batchSize  = 32   // datagrams that are read or written at once
	bufferSize = 1500 // octets that a reply has room for before it grows
)

// reader serves one socket. Its memory is reused from batch to batch.
type reader struct {
	responder
	packets [batchSize]listen.Packet
	replies [batchSize]*[]byte // memory for the replies of a batch
	read    int                // how many packets the batch has
	next    int                // the first of them that is not begun
	held    bool               // their changes gather
	parked  *sync.WaitGroup    // the exchanges that wait
	ended   chan<- error       // told when the socket is closed
}

// Serve answers what comes in by a socket until it is closed. Of exchanges that
// wait then there is no answer.
func (f *Front) Serve(ctx context.Context, conn Conn) error {
	ctx, end := context.WithCancel(ctx)
	ended := make(chan error, 1)
	conn = f.inTurns(conn)
	r := &reader{responder: responder{front: f, conn: conn, way: f.latency.direct, out: make([]listen.Outgoing, 0, batchSize)}, parked: new(sync.WaitGroup), ended: ended}
	for i := range r.replies {
		r.replies[i] = f.buffers.Get().(*[]byte)
	}
	r.begin(ctx)
	err := <-ended
	end()
	r.parked.Wait()
	return err
}

// begin has the reader go on in a goroutine of its own. When a plugin blocks it
// without having said so, another reader takes its place.
func (r *reader) begin(ctx context.Context) {
	r.worker = r.front.server.NewWorker()
	end := r.worker.Watched(func() {
		p := &r.packets[r.next-1]
		r.front.server.KeepDropped(p.Data, r.arrival(p, r.front.clock()), server.DropPluginStuck)
		r.successor().begin(ctx)
	})
	go func() {
		if err, givenUp := r.run(ctx); !givenUp {
			end()
			r.ended <- err
		}
	}()
}

// successor gives a reader that goes on with the rest of the batch. What the
// plugin holds is left to it: the worker and the datagram.
func (r *reader) successor() *reader {
	next := &reader{responder: r.responder, packets: r.packets, replies: r.replies, read: r.read, next: r.next, held: r.held, parked: r.parked, ended: r.ended}
	next.replies[r.next-1] = r.front.buffers.Get().(*[]byte)
	r.conn.Renew()
	return next
}

// run answers what comes in until the socket is closed.
func (r *reader) run(ctx context.Context) (err error, givenUp bool) {
	for {
		if r.serve(ctx) {
			return nil, true
		}
		switch {
		case errors.Is(err, net.ErrClosed):
			return nil, false
		case err != nil:
			return err, false
		}
		r.next = 0
		r.read, err = r.conn.Read(r.packets[:])
		r.hold()
	}
}

// hold has the changes of a batch gather, until it is served.
func (r *reader) hold() {
	if r.held = r.read > 1; r.held {
		r.front.commit.Hold()
	}
}

// release has what changed made durable.
func (r *reader) release() {
	if r.held {
		r.held = false
		r.front.commit.Release()
	}
}

// serve answers what is left of a batch. It gives true when the watchdog gave the
// reader up meanwhile.
func (r *reader) serve(ctx context.Context) (givenUp bool) {
	now := r.front.clock()
	r.came = now
	for r.next < r.read {
		r.next++
		if r.serveOne(ctx, r.next-1, now) {
			return true
		}
	}
	r.release()
	r.send()
	return false
}

// serveOne answers the packet of index i, or has its exchange wait.
func (r *reader) serveOne(ctx context.Context, i int, now time.Time) (givenUp bool) {
	p := &r.packets[i]
	if p.Oversize {
		r.front.server.Counters().Drop(server.DropOversize)
		r.front.server.KeepDropped(p.Data, r.arrival(p, now), server.DropOversize)
		return false
	}
	a := r.arrival(p, now)
	wait, givenUp := r.answer(ctx, p.Data, a, &r.replies[i])
	if wait != nil && !r.park(ctx, p.Data, a, wait) {
		a.Waited = true
		_, givenUp = r.answer(ctx, p.Data, a, &r.replies[i])
	}
	return givenUp
}

// arrival gives how a packet came in.
func (r *reader) arrival(p *listen.Packet, now time.Time) exchange.Arrival {
	return arrivalOf(p, r.front.frameMAC(p), now)
}

// frameMAC gives the source of a datagram's frame, which says who the sender is
// only if its address is of the link.
func (f *Front) frameMAC(p *listen.Packet) ident.MAC {
	if f.frames == nil || !p.Peer.Addr().IsLinkLocalUnicast() {
		return ident.MAC{}
	}
	return f.frames.MAC(p.Interface, p.Peer.Addr(), p.Stamp)
}
