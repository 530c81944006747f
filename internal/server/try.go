package server

import (
	"context"
	"io"
	"sync/atomic"

	"github.com/sirupsen/logrus"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/exchange"
	"github.com/stage6/stage6/internal/history"
	"github.com/stage6/stage6/pipeline"
)

// Try tells what would become of messages that are tried one after the other. It is
// for one goroutine.
//
// A try has a server of its own beside the one that serves: over the same table, of
// which it only reads, with steps of its own around the same handlers, so that what
// they do wrong is neither counted nor told.
type Try struct {
	worker *Worker
	ring   *history.Ring
	dry    *exchange.Dry
	fault  *lastError
	end    func()
}

// tryMemory is enough for the one exchange that is kept at a time.
const tryMemory = 64 << 10

// NewTry begins a try with the settings of now. End ends it.
func (s *Server) NewTry() *Try {
	g := s.take()
	t := &Try{ring: history.New(history.Options{Memory: tryMemory}), dry: exchange.NewDry(), fault: &lastError{}, end: g.release}
	shadow := New(s.table, g.shadow(t.fault), s.links.Load())
	shadow.SetHistory(t.ring)
	shadow.SetNeighbors(s.neighbors)
	t.worker = shadow.NewWorker()
	t.worker.s.Dry = t.dry
	return t
}

// End lets go of what the try has of the server.
func (t *Try) End() { t.end() }

// Serve tells what would become of a datagram. It waits for nothing: what is not known
// of the client now is not known.
func (t *Try) Serve(ctx context.Context, datagram []byte, a exchange.Arrival) *history.Record {
	a.Waited = true
	t.fault.text.Store(nil)
	before := t.ring.Last()
	t.worker.Serve(ctx, nil, datagram, a)
	found := t.ring.Find(before, 1, func(*history.Record) bool { return true })
	if len(found) == 0 {
		return &history.Record{Arrival: a, Datagram: datagram, DatagramLen: len(datagram), Dry: true, Cast: &history.Cast{}, Drop: DropOversize}
	}
	x := found[0]
	x.Seq = 0
	if text := t.fault.text.Load(); text != nil {
		x.Fault = *text
	}
	return x
}

// shadow gives a generation of the same handlers, those that cannot be tried left out.
func (g *Generation) shadow(fault *lastError) *Generation {
	log := logrus.New()
	log.SetOutput(io.Discard)
	log.AddHook(fault)
	var steps []*Step
	for _, p := range g.all {
		_, blocks := p.Handler.(pipeline.Blocking)
		twin := &Step{
			Name: p.Name, Plugin: p.Plugin, Handler: p.Handler, When: p.When, DryRuns: p.DryRuns, Log: logrus.NewEntry(log),
			untried: !p.DryRuns || blocks || p.calls.block.Load(),
		}
		if _, identifies := p.Handler.(pipeline.Identifier); twin.untried && (identifies || blocks) {
			twin.Handler = pipeline.HandlerFunc(func(context.Context, *pipeline.Exchange) (pipeline.Action, error) {
				return pipeline.Continue, nil
			})
		}
		steps = append(steps, twin)
	}
	return NewGeneration(g.settings, ident.DUID(g.serverID), g.hosts, steps)
}

// lastError remembers what went wrong last.
type lastError struct{ text atomic.Pointer[string] }

// Levels is that of logrus.Hook.
func (*lastError) Levels() []logrus.Level { return []logrus.Level{logrus.ErrorLevel} }

// Fire is that of logrus.Hook.
func (l *lastError) Fire(e *logrus.Entry) error {
	if err, ok := e.Data[logrus.ErrorKey].(error); ok {
		text := err.Error()
		l.text.Store(&text)
	}
	return nil
}
