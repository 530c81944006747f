package daemon

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/mdlayher/sdnotify"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/sirupsen/logrus"
	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/event"
	"github.com/stage6/stage6/internal/assembly"
	"github.com/stage6/stage6/internal/config"
)

// reloads are asked for by signals, over the API and by changes of files, and done
// one after the other.
type reloads struct {
	read    func() (config.File, error)
	asked   chan chan<- reloaded // an element for each who waits for what comes of it
	hangup  <-chan os.Signal
	outcome *prometheus.CounterVec
	taken   prometheus.Gauge // when the configuration that serves was
}

// newReloads makes what does reloads, of what is read.
func newReloads(read func() (config.File, error)) reloads {
	r := reloads{
		read: read, asked: make(chan chan<- reloaded),
		outcome: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "stage6_reloads_total", Help: "Reloads of the configuration: taken, or refused, after which the one before stays.",
		}, []string{"outcome"}),
		taken: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "stage6_configuration_timestamp_seconds", Help: "When the configuration that serves was taken, by a start or reload, in seconds since 1970.",
		}),
	}
	r.outcome.WithLabelValues("taken")
	r.outcome.WithLabelValues("refused")
	r.taken.SetToCurrentTime()
	return r
}

// reloaded is what came of a reload.
type reloaded struct {
	api.Reload
	err error
}

// Reload reads the configuration again and has it take the place of the one that
// serves. On error, which is an *api.BadRequestError if the configuration is to
// blame, nothing changes.
func (s *service) Reload(ctx context.Context) (api.Reload, error) {
	answer := make(chan reloaded, 1)
	select {
	case s.reloads.asked <- answer:
	case <-ctx.Done():
		return api.Reload{}, ctx.Err()
	}
	select {
	case r := <-answer:
		return r.Reload, r.err
	case <-ctx.Done():
		return api.Reload{}, ctx.Err()
	}
}

// together gives all who ask by now, so that one reload is for all of them: what
// they want to be read was there before they asked.
func (r *reloads) together(first chan<- reloaded) []chan<- reloaded {
	all := []chan<- reloaded{first}
	for {
		select {
		case next := <-r.asked:
			all = append(all, next)
		default:
			return all
		}
	}
}

// serveReloads does what is asked for once the server is ready, until ctx ends.
func (s *service) serveReloads(ctx context.Context, tasks *errgroup.Group, notify func(...string) error) error {
	select {
	case <-ctx.Done():
		return nil
	case <-s.sockets.Ready():
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-s.reloads.hangup:
			s.reload(ctx, tasks, notify)
		case answer := <-s.reloads.asked:
			everybody := s.reloads.together(answer)
			r := s.reload(ctx, tasks, notify)
			for _, answer := range everybody {
				answer <- r
			}
		}
	}
}

// reload reads the configuration again, and tells everybody what came of it.
func (s *service) reload(ctx context.Context, tasks *errgroup.Group, notify func(...string) error) reloaded {
	s.tellManager(notify, sdnotify.Reloading, "MONOTONIC_USEC="+monotonic())
	defer s.tellManager(notify, sdnotify.Ready)
	began := time.Now()
	g, err := s.replace(ctx, tasks)
	if err != nil {
		return reloaded{err: s.notReloaded(err)}
	}
	s.broken.Store(nil)
	s.reloads.outcome.WithLabelValues("taken").Inc()
	s.reloads.taken.SetToCurrentTime()
	r := api.Reload{File: g.file.Path, Hosts: g.parts.Hosts.Len(), Plugins: len(g.file.Server6.Plugins), Warnings: []string{}}
	for _, w := range g.parts.Warnings(s.server.Links()) {
		s.log.Warn(w)
		r.Warnings = append(r.Warnings, w)
	}
	s.events.Publish(event.Event{Kind: event.ConfigLoaded, Text: fmt.Sprintf("%s: %d plugins, %d hosts", r.File, r.Plugins, r.Hosts)})
	s.log.WithFields(logrus.Fields{"file": r.File, "hosts": r.Hosts, "duid": g.id, "took": time.Since(began).Round(time.Millisecond)}).Info("configuration read again")
	return reloaded{Reload: r}
}

// notReloaded tells that the configuration of before stays, and why, and gives the
// error for who asked.
func (s *service) notReloaded(err error) error {
	lines := messages(err)
	text := "the configuration cannot be used, the one before stays: " + lines[0]
	if len(lines) > 1 {
		text += fmt.Sprintf(" (and %d errors more)", len(lines)-1)
	}
	s.broken.Store(&text)
	s.reloads.outcome.WithLabelValues("refused").Inc()
	s.events.Publish(event.Event{Kind: event.ConfigBroken, Text: lines[0]})
	for _, line := range lines {
		s.log.WithField("error", line).Error("the configuration cannot be used, the one before stays")
	}
	var mistake *usageError
	if errors.As(wrong(err), &mistake) {
		return &api.BadRequestError{Err: err}
	}
	return err
}

// replace makes a generation of the configuration as it is now, and has it take the
// place of the one that serves. On error nothing is changed.
func (s *service) replace(ctx context.Context, tasks *errgroup.Group) (*generation, error) {
	was := s.now()
	file, err := s.reloads.read()
	if err != nil {
		return nil, err
	}
	if err := was.file.Fixed(&file); err != nil {
		return nil, err
	}
	g, err := s.newGeneration(ctx, file)
	if err == nil {
		err = s.suits(was, g)
	}
	if err == nil {
		err = s.succeed(ctx, tasks, was, g)
	}
	if err != nil {
		s.letGo(g)
		return nil, err
	}
	tasks.Go(func() error { return s.retire(ctx, was) })
	return g, nil
}

// letGo closes what the plugins of a generation hold that is not used.
func (s *service) letGo(g *generation) {
	if err := g.close(); err != nil {
		s.log.WithError(err).Warn("a plugin did not end well")
	}
}

// succeed has a generation take the place of another one. First comes all that can
// fail.
func (s *service) succeed(ctx context.Context, tasks *errgroup.Group, was, g *generation) error {
	change, err := s.sockets.Prepare(ctx, addresses(g.file.Server6.Listen))
	if err != nil {
		return g.file.Node.At("server6", "listen").Wrap(err)
	}
	sinks, err := s.prepareSinks(&g.file)
	if err != nil {
		change.Drop()
		return err
	}
	s.follow(g)
	if err := s.serve(ctx, tasks, was, g); err != nil {
		change.Drop()
		s.told.remove(g.tellers)
		return errors.Join(err, sinks.Drop())
	}
	if err := sinks.Take(); err != nil {
		s.log.WithError(err).Warn("where events went before was not closed well")
	}
	if err := change.Take(ctx); err != nil {
		change.Drop() // the server ends
	}
	return s.setLog(g)
}

// serve has exchanges that begin from now on use a generation. Meanwhile neither
// links nor states of hosts change.
func (s *service) serve(ctx context.Context, tasks *errgroup.Group, was, g *generation) error {
	s.linking.Lock()
	defer s.linking.Unlock()
	interfaces, err := kernelLinks()
	if err != nil {
		return err
	}
	links := g.links(interfaces)
	err = s.states.Succeed(ctx, was.parts, g.parts, func() {
		s.table.SetReserved(assembly.Reserved(g.parts.Hosts, links, interfaces))
		s.advertise(g)
		g.run(ctx, tasks)
		s.counted.Succeed(g.metrics)
		g.pools.ActivateWith(func() { s.server.Replace(g.served, links) })
		s.current.Store(g)
		close(was.replaced)
	})
	if err != nil {
		return fmt.Errorf("states of hosts: %w", err)
	}
	s.watch.SetRules(watchRules(g))
	s.tellIgnored()
	return nil
}

// retire lets go of a generation when nobody uses it any more, or when the server
// ends, unless a plugin of it does not come back even then.
func (s *service) retire(ctx context.Context, g *generation) error {
	select {
	case <-g.served.Unused():
	case <-ctx.Done():
		select {
		case <-g.served.Unused():
		case <-time.After(patience):
			return nil
		}
	}
	s.told.remove(g.tellers)
	g.stop()
	s.server.Forget(g.served)
	s.states.Forget(g.parts)
	if err := s.counted.Forget(g.metrics); err != nil {
		s.log.WithError(err).Warn("not all that plugins counted is kept")
	}
	s.letGo(g)
	giveBack()
	return nil
}

// tellManager tells the service manager how the server is.
func (s *service) tellManager(notify func(...string) error, states ...string) {
	if err := notify(states...); err != nil {
		s.log.WithError(err).Warnf("the service manager cannot be told %s", strings.Join(states, " "))
	}
}

// monotonic gives the time as the service manager wants it, to tell one reload from
// another: microseconds of CLOCK_MONOTONIC.
func monotonic() string {
	var now unix.Timespec
	if unix.ClockGettime(unix.CLOCK_MONOTONIC, &now) != nil {
		return "0"
	}
	return fmt.Sprint(now.Nano() / int64(time.Microsecond))
}
