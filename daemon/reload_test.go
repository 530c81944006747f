package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv6"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	logtest "github.com/sirupsen/logrus/hooks/test"
	"golang.org/x/sync/errgroup"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/event"
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/assembly"
	"github.com/stage6/stage6/internal/bindings"
	"github.com/stage6/stage6/internal/config"
	"github.com/stage6/stage6/internal/events"
	"github.com/stage6/stage6/internal/exchange"
	"github.com/stage6/stage6/internal/linkwatch"
	"github.com/stage6/stage6/internal/listen"
	"github.com/stage6/stage6/internal/memory"
	"github.com/stage6/stage6/internal/server"
	"github.com/stage6/stage6/lease"
	"github.com/stage6/stage6/pipeline"
)

// reloading is a server without sockets that reads its configuration again, and the
// gates that stand in it.
type reloading struct {
	*service
	t       *testing.T
	path    string
	entered chan string   // names of gates that an exchange came to
	leave   chan struct{} // has an element for each that may go on
	closed  chan string   // names of gates that were closed
	told    chan string   // what the service manager was told
}

// identity is a plugin that says what the server's DUID is.
type identity struct{ pipeline.Handler }

// ServerID is that of pipeline.ServerIdentity.
func (identity) ServerID(context.Context, lease.Store) (ident.DUID, error) {
	return ident.ParseDUID("00:03:00:01:52:54:00:aa:bb:01")
}

// gate is a plugin at which exchanges wait.
type gate struct {
	name string
	r    *reloading
}

// Handle waits until the test lets the exchange go.
func (g *gate) Handle(context.Context, *pipeline.Exchange) (pipeline.Action, error) {
	g.r.entered <- g.name
	<-g.r.leave
	return pipeline.Continue, nil
}

// Close is that of io.Closer.
func (g *gate) Close() error {
	g.r.closed <- g.name
	return nil
}

// plugins gives those that may stand in the configuration.
func (r *reloading) plugins() assembly.Plugins {
	return assembly.Plugins{
		pipeline.Define("id", func(string, pipeline.Env) (pipeline.Handler, error) {
			return identity{pipeline.HandlerFunc(func(context.Context, *pipeline.Exchange) (pipeline.Action, error) { return pipeline.Continue, nil })}, nil
		}),
		pipeline.Define("gate", func(name string, _ pipeline.Env) (pipeline.Handler, error) {
			if name == "broken" {
				return nil, errors.New("this gate is broken")
			}
			return &gate{name, r}, nil
		}),
	}
}

// read reads the configuration, without what it listens on.
func (r *reloading) read() (config.File, error) {
	text, err := os.ReadFile(r.path)
	if err != nil {
		return config.File{}, err
	}
	file, err := config.Parse(r.path, text)
	file.Server6.Listen = nil
	return file, err
}

// write writes a configuration with a gate, and more of it.
func (r *reloading) write(gate, more string) {
	r.t.Helper()
	text := fmt.Sprintf("%s\nserver6:\n  plugins:\n    - id: auto\n    - gate: %s\n", more, gate)
	if err := os.WriteFile(r.path, []byte(text), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

// newReloading starts a server with the gate "first", which can be reloaded.
func newReloading(t *testing.T) *reloading {
	t.Helper()
	r := &reloading{
		t: t, path: filepath.Join(t.TempDir(), "config.yml"), entered: make(chan string), leave: make(chan struct{}),
		closed: make(chan string, 100), told: make(chan string, 100),
	}
	r.write("first", "")
	log, _ := logtest.NewNullLogger()
	log.SetOutput(io.Discard)
	r.service = &service{clock: testClock(t), plugins: r.plugins(), log: log, events: events.New(time.Now), table: bindings.New(time.Now, bindings.Options{}), store: memory.New(), reloads: newReloads(r.read)}
	file, err := r.read()
	check(t, err)
	check(t, r.openSinks(&file))
	g, err := r.newGeneration(t.Context(), file)
	check(t, err)
	r.current.Store(g)
	check(t, r.load(t.Context(), g))
	r.watch = linkwatch.New(linkwatch.Options{Log: log.WithField("room", "linkwatch"), Publish: r.events.Publish}, watchRules(g))
	r.server = server.New(r.table, g.served, g.links(nil))
	r.sockets = listen.New(nil, listen.Options{Log: log.WithField("room", "listen")})
	r.start()
	return r
}

// start does reloads until the test ends.
func (r *reloading) start() {
	ctx, end := context.WithCancel(r.t.Context())
	tasks, inner := errgroup.WithContext(ctx)
	tasks.Go(func() error { return r.sockets.Run(inner) })
	tasks.Go(func() error { return r.sinks.Run(inner) })
	tasks.Go(func() error { return r.watchFiles(inner) })
	tasks.Go(func() error {
		return r.serveReloads(inner, tasks, func(states ...string) error { r.told <- states[0]; return nil })
	})
	r.t.Cleanup(func() {
		end()
		if err := errors.Join(tasks.Wait(), r.sinks.Close()); err != nil {
			r.t.Error(err)
		}
	})
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// solicit has an exchange begin, and gives what is closed when it has ended.
func (r *reloading) solicit() <-chan struct{} {
	r.t.Helper()
	m, err := dhcpv6.NewSolicit([]byte{0x52, 0x54, 0, 0xaa, 0xbb, 2})
	check(r.t, err)
	ended, worker := make(chan struct{}), r.server.NewWorker()
	arrival := exchange.Arrival{
		Peer: netip.MustParseAddrPort("[fe80::2]:546"), Dst: netip.MustParseAddr("ff02::1:2"), Port: 547, Interface: 2, Time: time.Now(),
	}
	go func() {
		defer close(ended)
		worker.Serve(r.t.Context(), nil, m.ToBytes(), arrival)
	}()
	return ended
}

// await waits for a value.
func await[T any](t *testing.T, c <-chan T) (v T) {
	t.Helper()
	select {
	case v = <-c:
	case <-time.After(time.Minute):
		t.Fatal("nothing comes")
	}
	return v
}

func TestAnExchangeFinishesWithTheGenerationThatItBeganWith(t *testing.T) {
	r := newReloading(t)
	ended := r.solicit()
	if at := await(t, r.entered); at != "first" {
		t.Fatalf("it came to %s", at)
	}
	r.write("second", "")
	got, err := r.Reload(t.Context())
	if err != nil || got.Plugins != 2 || got.File != r.path {
		t.Fatalf("%+v, %v", got, err)
	}
	next := r.solicit()
	if at := await(t, r.entered); at != "second" {
		t.Errorf("the next one came to %s", at)
	}
	if len(r.closed) > 0 {
		t.Errorf("%s was closed under an exchange", <-r.closed)
	}
	r.leave <- struct{}{}
	r.leave <- struct{}{}
	await(t, ended)
	await(t, next)
	if name := await(t, r.closed); name != "first" {
		t.Errorf("%s was closed", name)
	}
}

func TestAReloadThatIsRefusedChangesNothing(t *testing.T) {
	for name, tc := range map[string]struct{ gate, more, want string }{
		"a plugin that cannot be made": {"broken", "", "config.yml:5:7: plugins: this gate is broken"},
		"half of a file":               {"[", "", "config.yml:"},
		"another store":                {"second", "leases: memory", "config.yml:1:9: leases: leases cannot change"},
		"a file in no folder":          {"second", "events: {file: no/such/folder/events.jsonl}", "config.yml:1:16: file: "},
		"a secret that is not there":   {"second", "events: {webhook: 'https://[::1]/', secret: none}", "config.yml:1:45: secret: "},
	} {
		t.Run(name, func(t *testing.T) {
			r := newReloading(t)
			was := r.now()
			r.write(tc.gate, tc.more)
			_, err := r.Reload(t.Context())
			var mistake *api.BadRequestError
			if !errors.As(err, &mistake) || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got  %v\nwant %s", err, tc.want)
			}
			if r.now() != was || r.broken.Load() == nil {
				t.Error("another generation serves, or it is not told that the configuration is broken")
			}
			r.write("second", "")
			if _, err := r.Reload(t.Context()); err != nil || r.broken.Load() != nil {
				t.Errorf("and then, when it is right: %v", err)
			}
			if taken, refused := testutil.ToFloat64(r.reloads.outcome.WithLabelValues("taken")), testutil.ToFloat64(r.reloads.outcome.WithLabelValues("refused")); taken != 1 || refused != 1 {
				t.Errorf("%v taken, %v refused", taken, refused)
			}
		})
	}
}

func TestTheServiceManagerIsToldOfReloads(t *testing.T) {
	r := newReloading(t)
	for range 2 {
		_, err := r.Reload(t.Context())
		check(t, err)
		if a, b := await(t, r.told), await(t, r.told); a != "RELOADING=1" || b != "READY=1" {
			t.Errorf("told %q and %q", a, b)
		}
		r.write("broken", "")
		if _, err := r.Reload(t.Context()); err == nil {
			t.Error("what is broken is taken")
		}
		if a, b := await(t, r.told), await(t, r.told); a != "RELOADING=1" || b != "READY=1" {
			t.Errorf("of what is broken told %q and %q", a, b)
		}
		r.write("first", "")
	}
}

// TestSinksAreThoseOfTheNextConfiguration and tell that it is.
func TestSinksAreThoseOfTheNextConfiguration(t *testing.T) {
	r := newReloading(t)
	folder := filepath.Dir(r.path)
	for _, file := range []string{"a.jsonl", "b.jsonl"} {
		r.write("first", "events: {file: "+file+"}")
		_, err := r.Reload(t.Context())
		check(t, err)
		if _, err := os.Stat(filepath.Join(folder, file)); err != nil {
			t.Error(err)
		}
	}
	registry := prometheus.NewRegistry()
	check(t, registry.Register(r.sinks))
	families, err := registry.Gather()
	check(t, err)
	for _, f := range families {
		if f.GetName() == "stage6_sink_waiting" && len(f.GetMetric()) != 1 {
			t.Errorf("%d sinks, want 1", len(f.GetMetric()))
		}
	}
}

func TestWhatIsWrittenIsReadByItself(t *testing.T) {
	r := newReloading(t)
	r.write("second", "reload: on-change")
	_, err := r.Reload(t.Context())
	check(t, err)
	second := r.now()
	beside := &reloading{t: t, path: r.path + "~"}
	beside.write("third", "reload: on-change") // as editors do
	check(t, os.Rename(beside.path, r.path))
	await(t, second.replaced)
	third := r.now()
	r.write("[", "reload: on-change")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if p := r.events.Follow(ctx, events.Query{Kinds: []event.Kind{event.ConfigBroken}}); len(p.Events) != 1 {
		t.Errorf("%d events tell of what is broken, want 1", len(p.Events))
	}
	if r.now() != third {
		t.Error("what is broken is taken")
	}
	r.write("fourth", "")
	await(t, third.replaced)
}
