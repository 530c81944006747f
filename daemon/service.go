package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/sirupsen/logrus"

	"github.com/stage6/stage6/internal/assembly"
	"github.com/stage6/stage6/internal/backup"
	"github.com/stage6/stage6/internal/bindings"
	"github.com/stage6/stage6/internal/committer"
	"github.com/stage6/stage6/internal/config"
	"github.com/stage6/stage6/internal/credentials"
	"github.com/stage6/stage6/internal/events"
	"github.com/stage6/stage6/internal/frame"
	"github.com/stage6/stage6/internal/front"
	"github.com/stage6/stage6/internal/history"
	"github.com/stage6/stage6/internal/icmp6"
	"github.com/stage6/stage6/internal/lasting"
	"github.com/stage6/stage6/internal/leaseclock"
	"github.com/stage6/stage6/internal/linkwatch"
	"github.com/stage6/stage6/internal/listen"
	"github.com/stage6/stage6/internal/neighbor"
	"github.com/stage6/stage6/internal/server"
	"github.com/stage6/stage6/internal/sink"
	"github.com/stage6/stage6/internal/strict"
	"github.com/stage6/stage6/lease"
	"github.com/stage6/stage6/pipeline"
)

// service is a server with everything that it is made of.
type service struct {
	plugins  assembly.Plugins
	log      *logrus.Logger
	version  string
	started  time.Time
	metrics  *prometheus.Registry
	gate     *tokenGate
	guests   *guests
	ends     *credentials.Ends
	events   *events.Log
	stdout   io.Writer
	sinks    *sink.Set
	commits  *commits
	requests *prometheus.CounterVec // to the API

	verifying  sync.Mutex           // held by who checks the leases
	linking    sync.Mutex           // held while the links are looked at
	interfaces []assembly.Interface // as they were last

	reloads reloads
	counted lasting.Metrics        // of plugins
	told    tellers                // plugins that follow what is leased
	broken  atomic.Pointer[string] // why the configuration could not be read again, or nil

	store     lease.Store
	clock     *leaseclock.Clock
	apis      []*endpoint
	table     *bindings.Table
	pace      *pace
	current   atomic.Pointer[generation]
	states    *assembly.States
	server    *server.Server
	front     *front.Front
	sockets   *listen.Set
	tap       *frame.Tap      // nil unless a plugin needs frames
	neighbors *neighbor.Table // nil unless a plugin needs them
	routers   *routers        // nil unless a plugin needs them
	watch     *linkwatch.Watch
	// advertisements and inquirer are what the watch listens by, or nil.
	advertisements *icmp6.Socket
	inquirer       *linkwatch.Inquirer
	ready          atomic.Bool
	trying         sync.Mutex             // held by who tries messages
	failing        atomic.Pointer[string] // what is wrong with the store, or nil
	expired        []bindings.Expired     // of the expiry walk
}

// newService makes a service: first what needs root, then everything else,
// without root.
func (p *program) newService(ctx context.Context, file config.File, log *logrus.Logger) (*service, error) {
	s := &service{plugins: p.plugins, log: log, version: p.version().Version, started: time.Now(), metrics: prometheus.NewRegistry(), gate: newTokenGate(), guests: newGuests(), events: events.New(time.Now), stdout: p.stdout, commits: newCommits(), pace: newPace(), requests: newRequests()}
	s.reloads = newReloads(p.load)
	err := s.openAsRoot(ctx, file)
	if err == nil {
		err = s.assemble(ctx, file)
	}
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

// openAsRoot opens what may need root, and then gives root up.
func (s *service) openAsRoot(ctx context.Context, file config.File) error {
	user, err := becomes(file)
	if err != nil {
		return wrong(err)
	}
	if s.store, err = s.plugins.OpenStore(ctx, file, s.log, false); err != nil {
		return wrong(err)
	}
	if err := backup.Unfinished(ctx, s.store); err != nil {
		return fmt.Errorf("leases: %w", err)
	}
	if err := giveStore(s.store, user); err != nil {
		return err
	}
	for _, endpoint := range file.API {
		l, err := s.listenEndpoint(ctx, endpoint, user)
		if err != nil {
			return err
		}
		s.apis = append(s.apis, l)
	}
	if err := makeFiles(&file, user); err != nil {
		return wrong(err)
	}
	return dropRoot(user, keptToStart(file))
}

// assemble makes the server out of the leases, the links and the plugins.
func (s *service) assemble(ctx context.Context, file config.File) error {
	if err := errors.Join(s.openSinks(&file), s.openKeys(&file)); err != nil {
		return wrong(err)
	}
	if err := s.openClock(ctx); err != nil {
		return err
	}
	s.table = bindings.New(s.clock.Now, bindings.Options{})
	s.log.Info("reading the leases")
	if err := s.loadLeases(ctx); err != nil {
		return err
	}
	g, err := s.newGeneration(ctx, file)
	s.current.Store(g)
	if err == nil {
		err = s.load(ctx, g)
	}
	if err != nil {
		return wrong(err)
	}
	s.watch = s.newWatch(g)
	if err := errors.Join(s.openRouters(g), s.openTap(g), s.openNeighbors(g), s.keepRoutes(g)); err != nil {
		return err
	}
	interfaces, err := kernelLinks()
	if err != nil {
		return err
	}
	s.interfaces = interfaces
	links := g.links(interfaces)
	s.table.SetReserved(assembly.Reserved(g.parts.Hosts, links, interfaces))
	s.server = server.New(s.table, g.served, links)
	s.server.SetGuard(server.NewGuard())
	s.server.SetEvents(pipeline.NewEvents(s.events))
	if memory := file.Server6.History; memory > 0 {
		s.server.SetHistory(history.New(history.Options{Memory: int(memory)}))
	}
	s.server.SetOthers(s.watch.Named)
	s.announceLinks(g, interfaces, links)
	if s.neighbors != nil {
		s.server.SetNeighbors(s.neighbors)
	}
	s.front = front.New(s.server, s.frames(), s.table, s.store, s.clock.Now, committer.Options{MaxWaiting: file.Server6.Queue, Outage: s.storeOutage, Slow: s.storePace, Committed: s.commits.done, Durable: s.durable()})
	s.follow(g)
	s.sockets = listen.New(addresses(file.Server6.Listen), listen.Options{
		Log:    s.log.WithField("room", "listen"),
		Serve:  func(ctx context.Context, c *listen.Conn) error { return s.front.Serve(ctx, c) },
		Stamps: s.tap != nil,
		Lost:   s.tellLoss,
	})
	s.warn()
	return s.register()
}

// warn logs what would not work.
func (s *service) warn() {
	for _, w := range s.now().parts.Warnings(s.server.Links()) {
		s.log.Warn(w)
	}
}

// register makes the metrics known.
func (s *service) register() error {
	var errs []error
	parts := []prometheus.Collector{
		s.server.Counters(), s.server.Plugins(), s.front, s.sockets, s.watch, s.events.Collector(), newStoreCollector(s.table, s.front, s.commits), s.front.Latency(), s.requests, s.reloads.outcome, s.reloads.taken, s.gate.asked, s.guests.refused, s.sinks, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	}
	parts = append(parts, s.keyCollectors()...)
	if s.tap != nil {
		parts = append(parts, s.tap)
	}
	if s.neighbors != nil {
		parts = append(parts, s.neighbors)
	}
	for _, c := range parts {
		errs = append(errs, s.metrics.Register(c))
	}
	return errors.Join(errs...)
}

// addresses gives what to listen on.
func addresses(listens config.Listens) (out []listen.Address) {
	for _, l := range listens {
		out = append(out, listen.Address{Addr: l.Addr, Zone: l.Zone, Port: l.Port})
	}
	return out
}

// close lets go of everything that is open, the store last.
func (s *service) close() error {
	errs := []error{s.now().close()}
	for _, l := range s.apis {
		if err := l.Close(); !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	if s.sockets != nil {
		errs = append(errs, s.sockets.Close())
	}
	if s.tap != nil {
		errs = append(errs, s.tap.Close())
	}
	if s.neighbors != nil {
		errs = append(errs, s.neighbors.Close())
	}
	errs = append(errs, s.closeWatch())
	if s.store != nil {
		errs = append(errs, s.store.Close())
	}
	errs = append(errs, s.sinks.Close())
	return errors.Join(errs...)
}

// wrong marks an error with a place in the configuration as the user's.
func wrong(err error) error {
	var one *strict.Error
	var several strict.Errors
	if errors.As(err, &one) || errors.As(err, &several) {
		return &usageError{err}
	}
	return err
}
