package pipelinetest

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/internal/exchange"
	"github.com/stage6/stage6/internal/explain"
	"github.com/stage6/stage6/internal/history"
	"github.com/stage6/stage6/pipeline"
)

// Try tells what would become of a datagram, as stage6 explain --try does. It fails the
// test if that changes anything: a lease, an offer, a pool, a counter, an event.
func (s *Server) Try(d Datagram) string {
	s.t.Helper()
	told := s.explainer().Tried([]*history.Record{s.try(d)})
	var b strings.Builder
	for i := range told.Exchanges {
		told.Exchanges[i].Timing = api.ExplainedTiming{}
		if err := explain.Story(&b, &told.Exchanges[i], time.UTC); err != nil {
			s.t.Fatal(err)
		}
	}
	return strings.ReplaceAll(b.String(), s.folder+"/", "")
}

// tries is how often a message is tried where it seems that a try has changed what
// plugins change in the background, too: what a try itself does it does each time.
const tries = 5

func (s *Server) try(d Datagram) (x *history.Record) {
	s.t.Helper()
	kept := s.kept()
	var diff string
	for range tries {
		before := s.shown()
		t := s.server.NewTry()
		x = t.Serve(context.Background(), d.Data, s.arrival(d))
		t.End()
		if diff = cmp.Diff(before, s.shown()); diff == "" {
			break
		}
	}
	if diff += cmp.Diff(kept, s.kept()); diff != "" {
		s.t.Errorf("a try has changed something (-before +after)\n%s", diff)
	}
	return x
}

// compareTried fails the test where a try said something other than what happened
// then. Nothing can be said where a plugin cannot be tried.
func (s *Server) compareTried(step string, tried *history.Record, r *Reply) {
	s.t.Helper()
	if s.isUntried(tried) {
		return
	}
	to := netip.AddrPortFrom(r.To.Addr().WithZone(""), r.To.Port())
	real, said := Reply{to, r.Data, r.Drop}, Reply{tried.To, tried.Reply, tried.Drop}
	if diff := cmp.Diff(real.text(), said.text()); diff != "" || !bytes.Equal(real.Data, said.Data) {
		s.t.Errorf("%s: tried before, it is answered otherwise (-real +tried)\n%s", step, diff)
	}
}

// isUntried says whether a plugin had to be left out of a try: one that identifies
// clients, or a step that was come to.
func (s *Server) isUntried(x *history.Record) bool {
	for _, p := range s.parts.Steps {
		if _, identifies := p.Handler.(pipeline.Identifier); identifies && !p.DryRuns {
			return true
		}
	}
	return slices.ContainsFunc(x.Noted, func(n history.NotedStep) bool { return n.End == exchange.Untried })
}

// arrival gives how a datagram comes in.
func (s *Server) arrival(d Datagram) exchange.Arrival {
	return exchange.Arrival{Peer: d.From, Dst: d.To, Port: 547, Interface: s.indexOf(d.Interface), FrameMAC: d.Frame, Time: s.time()}
}

func (s *Server) indexOf(name string) uint32 {
	for i := range s.ifaces {
		if s.ifaces[i].Name == name {
			return uint32(i + 1)
		}
	}
	return 1
}

// kept writes down all that messages alone can change.
func (s *Server) kept() string {
	s.t.Helper()
	var b strings.Builder
	b.WriteString(s.Leases())
	for _, u := range s.table.Usage() {
		fmt.Fprintf(&b, "%+v\n", u)
	}
	fmt.Fprintf(&b, "%v\n", s.server.Counters().Snapshot())
	fmt.Fprintf(&b, "exchanges to %d\n", s.history.Last())
	return b.String()
}

// shown writes down what messages can change, and what plugins do in the background.
func (s *Server) shown() string {
	s.t.Helper()
	var b strings.Builder
	families, err := s.metrics.Gather()
	if err != nil {
		s.t.Fatal(err)
	}
	for _, f := range families {
		fmt.Fprintln(&b, f)
	}
	fmt.Fprintf(&b, "events %v\n%s", s.events.Counts(), s.logged.String())
	return b.String()
}

// logged is what plugins have logged. It is safe for concurrent use.
type logged struct {
	mu   sync.Mutex
	text strings.Builder
}

// Write is that of io.Writer.
func (l *logged) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

// String gives everything.
func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
