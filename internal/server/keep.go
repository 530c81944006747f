package server

import (
	"time"

	"github.com/stage6/stage6/internal/exchange"
	"github.com/stage6/stage6/internal/history"
	"github.com/stage6/stage6/pipeline"
)

// castOf names the steps of a generation.
func castOf(steps []*Step) (c history.Cast) {
	for _, p := range steps {
		r := history.Role{Name: p.Name, Plugin: p.Plugin}
		if p.When != nil {
			r.When = p.When.String()
		}
		switch p.Handler.(type) {
		case pipeline.Identifier, pipeline.ServerIdentity:
			r.Apart = true
		}
		if h, ok := p.Handler.(interface{ Sources() []string }); ok {
			c.Sources = append(c.Sources, h.Sources()...)
		}
		c.Steps = append(c.Steps, r)
	}
	return c
}

// recast has exchanges kept under the names of another generation's steps.
func (w *Worker) recast(g *Generation) {
	if h := w.srv.history; h != nil {
		w.cast = h.Cast(&g.cast)
	}
}

// phaseBegun notes when the exchange was taken up: when the one before it was formed, if
// both datagrams came together, else now. What is done for a datagram between the two
// is part of finding out whose it is, and the clock need not be read.
func (w *Worker) phaseBegun() {
	if s := w.s; w.formed != 0 && s.Time == w.came && !s.Alone && !s.Waited {
		s.Trace.Phases[exchange.Begun] = w.formed
		return
	}
	w.phase(exchange.Begun)
}

// phase notes that a part of the way of the exchange is done.
func (w *Worker) phase(p exchange.Phase) {
	if w.srv.history != nil {
		w.s.Trace.Phases[p] = time.Since(w.srv.began)
	}
}

// keep keeps what became of a datagram. Of a worker that a plugin still uses only
// what is not the worker's is looked at.
func (w *Worker) keep(datagram []byte, a *exchange.Arrival, r *Reply, reason string) history.Ref {
	if w.srv.history == nil {
		return 0
	}
	o := history.Outcome{Drop: reason, Reply: r.Data, To: r.To, Via: r.Interface, Waits: !r.Ticket.IsZero(), Dry: w.s.Dry != nil, Cast: w.cast}
	if !w.lost {
		w.phase(exchange.Formed)
		w.formed, w.came = w.s.Trace.Phases[exchange.Formed], a.Time
		o.State, o.Decoded = w.s, w.decoded
	} else {
		o.Plugin = w.stuckIn
	}
	return w.keeper.Keep(datagram, a, &o)
}

// KeepDropped keeps a datagram that was dropped before the server could look at it, or after
// it had done so in vain.
func (s *Server) KeepDropped(datagram []byte, a exchange.Arrival, reason string) {
	if s.history == nil {
		return
	}
	k, _ := s.keepers.Get().(*history.Keeper)
	if k == nil {
		k = history.NewKeeper(s.history)
	}
	k.Keep(datagram, &a, &history.Outcome{Drop: reason})
	s.keepers.Put(k)
}
