// Package front carries datagrams between the sockets, the server and the
// committer: replies that change no lease leave with their batch, the others
// when their change is durable. Exchanges that must wait for evidence it parks.
package front

import (
	"context"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/bindings"
	"github.com/stage6/stage6/internal/committer"
	"github.com/stage6/stage6/internal/history"
	"github.com/stage6/stage6/internal/listen"
	"github.com/stage6/stage6/internal/server"
	"github.com/stage6/stage6/lease"
)

// Conn is a socket. Read waits for datagrams and gives net.ErrClosed at the
// end; Write sends what it can, in order.
type Conn interface {
	Read(batch []listen.Packet) (n int, err error)
	// ReadNow is Read for who does not wait.
	ReadNow(batch []listen.Packet) (n int, err error)
	Write(batch []listen.Outgoing) (sent int, err error)
	// Renew leaves the memory of the datagrams that Read gave to who holds them.
	Renew()
}

// Frames knows the Ethernet frames of datagrams.
type Frames interface {
	// MAC gives the source of the frame of a datagram that came in by an
	// interface, from a link-local address, at the time that the kernel gave it.
	// It is zero if that is not known.
	MAC(index uint32, from netip.Addr, stamp int64) ident.MAC
}

// Front joins sockets to a server. It is safe for concurrent use.
type Front struct {
	server  *server.Server
	frames  Frames // nil: nobody asks
	clock   func() time.Time
	commit  *committer.Committer[waiting]
	buffers sync.Pool // of *[]byte
	workers sync.Pool // of *server.Worker, for exchanges that have waited
	parking parking
	latency latency
	queues  atomic.Int32      // the sockets whose messages wait for their turn
	batch   []listen.Outgoing // of the committer's goroutine
}

// waiting is a reply that may leave when its leases are durable.
type waiting struct {
	conn    Conn
	out     listen.Outgoing
	kind    dhcpv6.MessageType
	buf     *[]byte   // the memory of out.Data
	came    time.Time // its message
	message uint64    // see server.Reply

	kept  history.Ref // of the exchange
	since time.Time   // when it began to wait
}

// New makes a front of a server over a table and its store. frames is nil where
// nobody asks for frames.
func New(srv *server.Server, frames Frames, table *bindings.Table, store lease.Store, clock func() time.Time, o committer.Options) *Front {
	f := &Front{server: srv, frames: frames, clock: clock, latency: newLatency()}
	f.buffers.New = func() any { b := make([]byte, 0, bufferSize); return &b }
	f.workers.New = func() any { return srv.NewWorker() }
	f.commit = committer.New(table, store, f.settled, o)
	return f
}

// Commit makes the changes of leases durable and sends the replies that wait
// for them, until ctx ends; then it does so with what still waits. It must end
// after all sockets.
func (f *Front) Commit(ctx context.Context) error { return f.commit.Run(ctx) }

// Wait waits until the changes of a ticket are durable.
func (f *Front) Wait(ctx context.Context, t bindings.Ticket) error { return f.commit.Wait(ctx, t) }

// Pace tells how fast the store is.
func (f *Front) Pace() committer.Pace { return f.commit.Pace() }

// Stats tells how the commits went.
func (f *Front) Stats() committer.Stats { return f.commit.Stats() }

// settled sends replies whose leases are durable, or drops those whose are
// not. The committer calls it from one goroutine.
func (f *Front) settled(items []waiting, err error) {
	if err != nil {
		for i := range items {
			f.server.Counters().Drop(server.DropStoreFailed)
			f.server.Answered(items[i].message)
			f.server.History().Failed(items[i].kept, time.Since(items[i].since))
			f.buffers.Put(items[i].buf)
		}
		return
	}
	items = f.inTime(items)
	for len(items) > 0 {
		n := sameConn(items)
		f.send(items[:n])
		items = items[n:]
	}
}

// inTime drops the replies that have waited for the disk so long that their clients
// have asked again. It gives the others, in the same memory.
func (f *Front) inTime(items []waiting) []waiting {
	now := time.Now()
	return slices.DeleteFunc(items, func(w waiting) bool {
		took := now.Sub(w.since)
		if took <= history.Patience {
			return false
		}
		f.server.Counters().Drop(server.DropReplyTooLate)
		f.server.Answered(w.message)
		f.server.History().Durable(w.kept, took)
		f.buffers.Put(w.buf)
		return true
	})
}

// sameConn counts the first items that leave by one socket.
func sameConn(items []waiting) int {
	for i := range items {
		if items[i].conn != items[0].conn {
			return i
		}
	}
	return len(items)
}

// write sends replies. The socket counts what it could not send, and the server
// then answers fewer of those whom nobody knows.
func (f *Front) write(conn Conn, batch []listen.Outgoing, now time.Time) {
	if sent, _ := conn.Write(batch); sent < len(batch) {
		f.server.Unsent(now)
	}
}

// send sends replies that leave by one socket. What cannot be sent the socket
// has counted; the client asks again.
func (f *Front) send(items []waiting) {
	f.batch = f.batch[:0]
	for i := range items {
		f.batch = append(f.batch, items[i].out)
		f.server.Counters().Sent(items[i].kind)
	}
	now := f.clock()
	f.write(items[0].conn, f.batch, now)
	for i := range items {
		f.server.Answered(items[i].message)
		left(f.latency.stored, 1, now.Sub(items[i].came))
		f.server.History().Durable(items[i].kept, time.Since(items[i].since))
		f.buffers.Put(items[i].buf)
	}
}
