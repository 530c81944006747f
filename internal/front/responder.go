package front

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/stage6/stage6/internal/exchange"
	"github.com/stage6/stage6/internal/listen"
	"github.com/stage6/stage6/internal/server"
)

// responder forms replies that leave by one socket, for one goroutine.
type responder struct {
	front  *Front
	conn   Conn
	worker *server.Worker
	out    []listen.Outgoing   // what leaves with the batch
	of     []uint64            // the messages that it answers; see server.Reply
	came   time.Time           // its messages
	way    prometheus.Observer // of what leaves so
}

// answer forms the reply to one datagram in buf. It goes out with the batch, or
// to the committer, which then keeps buf, and another one takes its place. It
// gives what the exchange waits for if there is no reply yet, and whether the
// watchdog gave the worker up meanwhile: then everything that was to be done is
// somebody else's.
func (r *responder) answer(ctx context.Context, datagram []byte, a exchange.Arrival, buf **[]byte) (wait *server.Wait, givenUp bool) {
	reply, reason := r.worker.Serve(ctx, (**buf)[:0], datagram, a)
	if reason != "" || reply.Wait != nil || reply.GivenUp {
		return reply.Wait, reply.GivenUp // a reason was counted by the worker
	}
	r.take(reply, buf)
	return nil, false
}

// take has a reply leave.
func (r *responder) take(reply server.Reply, buf **[]byte) {
	**buf = reply.Data // grown, maybe
	out := listen.Outgoing{Data: reply.Data, To: reply.To, Interface: reply.Interface, Src: reply.Src}
	if reply.Ticket.IsZero() {
		r.out, r.of = append(r.out, out), append(r.of, reply.Message)
		r.front.server.Counters().Sent(reply.Type)
		return
	}
	if !r.front.commit.Submit(reply.Ticket, waiting{r.conn, out, reply.Type, *buf, r.came, reply.Message, reply.Kept, time.Now()}) {
		r.front.server.Counters().Drop(server.DropStoreQueueFull)
		r.front.server.Answered(reply.Message)
		r.front.server.History().Refused(reply.Kept)
		return
	}
	*buf = r.front.buffers.Get().(*[]byte)
}

// send sends the batch and begins another one.
func (r *responder) send() {
	if len(r.out) > 0 {
		now := r.front.clock()
		r.front.write(r.conn, r.out, now)
		left(r.way, len(r.out), now.Sub(r.came))
	}
	for _, message := range r.of {
		r.front.server.Answered(message)
	}
	r.out, r.of = r.out[:0], r.of[:0]
}
