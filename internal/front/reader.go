package front

import (
	"context"
	"errors"
	"net"
	"sync"

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
	parked  sync.WaitGroup     // the exchanges that wait
}

// Serve answers what comes in by a socket until it is closed. Of exchanges that
// wait then there is no answer.
func (f *Front) Serve(ctx context.Context, conn Conn) error {
	r := &reader{responder: responder{front: f, conn: conn, worker: f.server.NewWorker(), out: make([]listen.Outgoing, 0, batchSize)}}
	for i := range r.replies {
		r.replies[i] = f.buffers.Get().(*[]byte)
	}
	ctx, end := context.WithCancel(ctx)
	defer r.parked.Wait()
	defer end()
	for {
		n, err := conn.Read(r.packets[:])
		r.serve(ctx, r.packets[:n])
		switch {
		case errors.Is(err, net.ErrClosed):
			return nil
		case err != nil:
			return err
		}
	}
}

// serve answers one batch.
func (r *reader) serve(ctx context.Context, packets []listen.Packet) {
	now := r.front.clock()
	for i := range packets {
		p := &packets[i]
		if p.Oversize {
			r.front.server.Counters().Drop(server.DropOversize)
			continue
		}
		a := exchange.Arrival{Peer: p.Peer, Dst: p.Dst, Port: p.Port, Interface: p.Interface, FrameMAC: r.front.frameMAC(p), Time: now}
		wait := r.answer(ctx, p.Data, a, &r.replies[i])
		if wait != nil && !r.park(ctx, p.Data, a, wait) {
			a.Waited = true
			r.answer(ctx, p.Data, a, &r.replies[i])
		}
	}
	r.send()
}

// frameMAC gives the source of a datagram's frame, which says who the sender is
// only if its address is of the link.
func (f *Front) frameMAC(p *listen.Packet) ident.MAC {
	if f.frames == nil || !p.Peer.Addr().IsLinkLocalUnicast() {
		return ident.MAC{}
	}
	return f.frames.MAC(p.Interface, p.Peer.Addr(), p.Stamp)
}
