// Package pipelinetest runs a whole server without sockets, root or a clock of
// its own, so that plugins and the protocol can be tested by what goes in and
// what comes out.
package pipelinetest

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv6"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/sirupsen/logrus"
	"golang.org/x/sync/errgroup"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/assembly"
	"github.com/stage6/stage6/internal/bindings"
	"github.com/stage6/stage6/internal/committer"
	"github.com/stage6/stage6/internal/config"
	"github.com/stage6/stage6/internal/events"
	"github.com/stage6/stage6/internal/exchange"
	"github.com/stage6/stage6/internal/history"
	"github.com/stage6/stage6/internal/memory"
	"github.com/stage6/stage6/internal/server"
	"github.com/stage6/stage6/lease"
	"github.com/stage6/stage6/link"
	"github.com/stage6/stage6/pipeline"
	"github.com/stage6/stage6/stage"
)

// Start is the time at which every server's clock begins.
var Start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// Interface is a link of the server's machine.
type Interface struct {
	Name     string
	Prefixes []netip.Prefix
}

// Server is a server in a test. It is for one goroutine.
type Server struct {
	t       testing.TB
	plugins []pipeline.Plugin
	folder  string // of the configuration
	file    config.File
	ifaces  []Interface
	now     atomic.Int64 // nanoseconds since 1970
	store   lease.Store
	table   *bindings.Table
	parts   *assembly.Assembly
	states  *assembly.States
	changed <-chan struct{} // closed when the hosts have changed
	server  *server.Server
	worker  *server.Worker
	commit  *committer.Committer[chan error]
	stop    func()
	ctx     context.Context // of the tasks
	tasks   *errgroup.Group
	end     func() // ends those of the plugins
	events  *events.Log
	history *history.Ring
	metrics *prometheus.Registry // of the plugins
	logged  logged
	advised func(link string) string // see SetAdvice
	told    uint64                   // the last event that Events gave
	expired []bindings.Expired

	neighbors neighbors
}

// Datagram is one message on its way to the server.
type Datagram struct {
	From      netip.AddrPort
	To        netip.Addr
	Interface string    // nothing is the first one
	Frame     ident.MAC // the source of its Ethernet frame, or zero
	Neighbor  ident.MAC // what its sender says when it is solicited, or zero
	Data      []byte
}

// Reply is what the server did with a datagram.
type Reply struct {
	To   netip.AddrPort
	Data []byte // nil when it was dropped
	Drop string // the reason, or nothing
}

// New starts a server with a configuration, whose relative file names are
// relative to folder. It fails the test if the configuration is wrong.
func New(t testing.TB, folder, yaml string, ifaces []Interface, plugins []pipeline.Plugin) *Server {
	t.Helper()
	s := &Server{t: t, plugins: withServerID(plugins), folder: folder, ifaces: ifaces, store: memory.New()}
	s.now.Store(Start.UnixNano())
	s.events = events.New(s.time)
	s.configure(yaml)
	s.start()
	t.Cleanup(func() {
		s.stop()
		for _, err := range s.table.Check() {
			t.Errorf("at the end the table is not consistent: %v", err)
		}
	})
	return s
}

// Restart stops the server and starts it again with the same leases, and with
// another configuration if one is given.
func (s *Server) Restart(yaml string) {
	s.t.Helper()
	s.stop()
	if yaml != "" {
		s.configure(yaml)
	}
	s.start()
}

func (s *Server) configure(yaml string) {
	s.t.Helper()
	file, err := config.Parse(filepath.Join(s.folder, "config.yml"), []byte(yaml))
	if err != nil {
		s.t.Fatal(err)
	}
	s.file = file
}

// Reload has the server go on with another configuration while it runs.
func (s *Server) Reload(yaml string) {
	s.t.Helper()
	s.configure(yaml)
	was, end, pools := s.parts, s.end, s.table.NewPoolSet()
	g, err := s.make(s.ctx, pools)
	if err != nil {
		s.t.Fatal(err)
	}
	err = s.states.Succeed(s.ctx, was, s.parts, func() {
		s.reserve()
		s.run()
		pools.ActivateWith(func() { <-s.server.Replace(g, s.links()).Unused() })
	})
	if err != nil {
		s.t.Fatal(err)
	}
	end()
	s.states.Forget(was)
}

// SetInterfaces changes the links of the server's machine while it runs.
func (s *Server) SetInterfaces(ifaces []Interface) {
	s.ifaces = ifaces
	s.reserve()
	s.server.SetLinks(s.links())
}

// SetState sets the state of a host while the server runs.
func (s *Server) SetState(name string, state host.State) {
	s.t.Helper()
	if s.parts.Hosts.ByName(name) == nil {
		s.t.Fatalf("no host is named %q", name)
	}
	if err := s.states.Set(context.Background(), name, state); err != nil {
		s.t.Fatal(err)
	}
}

// Pin tells the DUID of a host's installed system while the server runs.
func (s *Server) Pin(name string, duid ident.DUID) {
	s.t.Helper()
	if err := s.states.Pin(context.Background(), name, duid); err != nil {
		s.t.Fatal(err)
	}
}

// Advance moves the clock.
func (s *Server) Advance(d time.Duration) { s.now.Add(int64(d)) }

// time gives the time of the server's clock.
func (s *Server) time() time.Time { return time.Unix(0, s.now.Load()).UTC() }

func (s *Server) start() {
	s.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	s.table = bindings.New(s.time, bindings.Options{})
	if err := s.table.Load(ctx, s.store); err != nil {
		s.t.Fatal(err)
	}
	g, err := s.generation(ctx)
	if err != nil {
		s.t.Fatal(err)
	}
	s.server = server.New(s.table, g, s.links())
	s.server.SetEvents(pipeline.NewEvents(s.events))
	s.history = history.New(history.Options{Memory: 1 << 20})
	s.server.SetHistory(s.history)
	if _, needed := s.parts.Needs(pipeline.NeedNeighbors); needed {
		s.neighbors.known = map[netip.Addr]ident.MAC{}
		s.server.SetNeighbors(&s.neighbors)
	}
	s.worker = s.server.NewWorker()
	s.commit = committer.New(s.table, s.store, func(items []chan error, err error) {
		for _, c := range items {
			c <- err
		}
	}, committer.Options{MaxWaiting: 1, Durable: s.follow().Follow})
	s.ctx, s.tasks = ctx, &errgroup.Group{}
	s.tasks.Go(func() error { return s.commit.Run(ctx) })
	s.run()
	s.stop = func() {
		cancel()
		if err := s.tasks.Wait(); err != nil && !errors.Is(err, context.Canceled) {
			s.t.Errorf("a task ended: %v", err)
		}
	}
}

// run begins the tasks of the plugins.
func (s *Server) run() {
	ctx, end := context.WithCancel(s.ctx)
	s.end = end
	for _, step := range s.parts.Steps {
		if r, ok := step.Handler.(pipeline.Runner); ok {
			s.tasks.Go(func() error { return r.Run(ctx) })
		}
	}
}

func (s *Server) generation(ctx context.Context) (*server.Generation, error) {
	pools := s.table.NewPoolSet()
	g, err := s.make(ctx, pools)
	if err != nil {
		return nil, err
	}
	pools.Activate()
	s.reserve()
	s.states, err = s.parts.LoadStates(ctx, s.store)
	return g, err
}

// make makes the plugins of the configuration.
func (s *Server) make(ctx context.Context, pools *bindings.PoolSet) (*server.Generation, error) {
	log := logrus.New()
	log.SetOutput(&s.logged)
	s.metrics = prometheus.NewRegistry()
	a, err := assembly.Plugins(s.plugins).Make(assembly.Surroundings{
		File: s.file, Table: s.table, Pools: pools, Log: log,
		Clock: s.time, Metrics: s.metrics,
		Events: pipeline.NewEvents(s.events), Before: s.parts,
	})
	if err != nil {
		return nil, err
	}
	s.parts = a
	id, err := a.ServerID(ctx, s.store)
	if err != nil {
		return nil, err
	}
	settings, err := assembly.Settings(s.file.Server6)
	if err != nil {
		return nil, err
	}
	return server.NewGeneration(settings, id, a.Hosts, a.Steps), nil
}

// reserve keeps what is reserved for hosts from the pools.
func (s *Server) reserve() {
	s.changed = s.parts.Hosts.Changed()
	s.table.SetReserved(assembly.Reserved(s.parts.Hosts, s.links(), s.kernel()))
}

func (s *Server) links() *link.Table {
	return assembly.Links(s.kernel(), s.file.Server6.Links, s.file.Server6.RapidCommit)
}

func (s *Server) kernel() (out []assembly.Interface) {
	for i, f := range s.ifaces {
		out = append(out, assembly.Interface{Index: uint32(i + 1), Name: f.Name, Prefixes: f.Prefixes})
	}
	return out
}

// Serve gives the server a datagram and waits until its reply could leave. A
// reply that a second implementation of the protocol cannot read fails the
// test.
func (s *Server) Serve(d Datagram) Reply {
	s.t.Helper()
	select {
	case <-s.changed:
		s.reserve()
	default:
	}
	index := slices.IndexFunc(s.ifaces, func(f Interface) bool { return f.Name == d.Interface })
	a := exchange.Arrival{Peer: d.From, Dst: d.To, Port: 547, Interface: uint32(max(index, 0) + 1), FrameMAC: d.Frame, Time: s.time()}
	s.neighbors.answer = d.Neighbor
	r, drop := s.worker.Serve(context.Background(), nil, d.Data, a)
	for r.Wait != nil {
		wait := r.Wait
		a = wait.Anew(a)
		if s.worker.Lost() {
			s.worker = s.server.NewWorker()
		}
		r, drop = s.worker.Serve(context.Background(), nil, d.Data, a)
		wait.Done()
	}
	if s.worker.Lost() {
		s.worker = s.server.NewWorker()
	}
	if drop != "" {
		return Reply{Drop: drop}
	}
	if !r.Ticket.IsZero() {
		if err := s.wait(r.Ticket); err != nil {
			s.t.Fatal(err)
		}
		s.history.Durable(r.Kept, 0)
	}
	if _, err := dhcpv6.FromBytes(r.Data); err != nil {
		s.t.Errorf("the reply %x cannot be read: %v", r.Data, err)
	}
	return Reply{To: r.To, Data: r.Data}
}

func (s *Server) wait(t bindings.Ticket) error {
	done := make(chan error, 1)
	if !s.commit.Submit(t, done) {
		return fmt.Errorf("the committer is full")
	}
	return <-done
}

// Leases lists the bindings as text, one lease a line, sorted.
func (s *Server) Leases() string {
	var lines []string
	for cursor := uint32(0); ; {
		page, next := s.table.Page(nil, cursor, 1000)
		for _, b := range page {
			for i := range b.Leases {
				lines = append(lines, s.describe(b, &b.Leases[i]))
			}
		}
		if cursor = next; cursor == 0 {
			break
		}
	}
	slices.Sort(lines)
	return strings.Join(append(lines, ""), "\n")
}

func (s *Server) describe(b *lease.Binding, l *lease.Lease) string {
	state := l.State.String()
	if l.State == lease.Active && !l.Live(s.time()) {
		state = "expired"
	}
	line := fmt.Sprintf("%s %s %s", l.Prefix, state, b.Key)
	if !l.Until.IsZero() {
		line += fmt.Sprintf(" for %s", l.Until.Sub(s.time()))
	}
	for _, f := range []struct{ name, value string }{{"link", b.Link}, {"host", b.Host}, {"pool", l.Pool}, {"hostname", b.Hostname}} {
		if f.value != "" {
			line += " " + f.name + "=" + f.value
		}
	}
	if b.Stage != stage.Unknown {
		line += " stage=" + b.Stage.String()
	}
	if b.Via.IsValid() {
		line += " via=" + b.Via.String()
	}
	return line
}
