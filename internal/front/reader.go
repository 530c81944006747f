package front

import (
	"context"
	"errors"
	"net"

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
	front   *Front
	conn    Conn
	worker  *server.Worker
	packets [batchSize]listen.Packet
	replies [batchSize]*[]byte // memory for the replies of a batch
	out     []listen.Outgoing
}

// Serve answers what comes in by a socket until it is closed.
func (f *Front) Serve(ctx context.Context, conn Conn) error {
	r := &reader{front: f, conn: conn, worker: f.server.NewWorker(), out: make([]listen.Outgoing, 0, batchSize)}
	for i := range r.replies {
		r.replies[i] = f.buffers.Get().(*[]byte)
	}
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
	r.out = r.out[:0]
	for i := range packets {
		p := &packets[i]
		if p.Oversize {
			r.front.server.Counters().Drop(server.DropOversize)
			continue
		}
		a := exchange.Arrival{Peer: p.Peer, Dst: p.Dst, Port: p.Port, Interface: p.Interface, FrameMAC: r.front.frameMAC(p), Time: now}
		r.answer(ctx, p.Data, a, &r.replies[i])
	}
	if len(r.out) > 0 {
		_, _ = r.conn.Write(r.out) // the socket counts what it could not send
	}
}

// frameMAC gives the source of a datagram's frame, which says who the sender is
// only if its address is of the link.
func (f *Front) frameMAC(p *listen.Packet) ident.MAC {
	if f.frames == nil || !p.Peer.Addr().IsLinkLocalUnicast() {
		return ident.MAC{}
	}
	return f.frames.MAC(p.Interface, p.Peer.Addr(), p.Stamp)
}

// answer forms the reply to one datagram in buf. It goes out with the batch, or
// to the committer, which then keeps buf, and another one takes its place.
func (r *reader) answer(ctx context.Context, datagram []byte, a exchange.Arrival, buf **[]byte) {
	reply, reason := r.worker.Serve(ctx, (**buf)[:0], datagram, a)
	if reason != "" {
		return // counted by the worker
	}
	**buf = reply.Data // grown, maybe
	out := listen.Outgoing{Data: reply.Data, To: reply.To, Interface: reply.Interface, Src: reply.Src}
	if reply.Ticket.IsZero() {
		r.out = append(r.out, out)
		r.front.server.Counters().Sent(reply.Type)
		return
	}
	if !r.front.commit.Submit(reply.Ticket, waiting{r.conn, out, reply.Type, *buf}) {
		r.front.server.Counters().Drop(server.DropStoreQueueFull)
		return
	}
	*buf = r.front.buffers.Get().(*[]byte)
}
