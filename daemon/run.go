package daemon

import (
	"context"
	"errors"
	"time"

	"github.com/mdlayher/sdnotify"
	"golang.org/x/sync/errgroup"

	"github.com/stage6/stage6/event"
)

// run serves until ctx ends or a task fails, and then makes durable what still
// waits: the committer ends after everybody who hands it something, and the watchdog
// after everybody whom a plugin may block. Last of all ends who hands events on.
func (s *service) run(ctx context.Context, notify func(...string) error) error {
	commits, endCommits := context.WithCancel(context.WithoutCancel(ctx))
	defer endCommits()
	committed := make(chan error, 1)
	go func() { committed <- s.front.Commit(commits) }()
	watched := make(chan error, 1)
	go func() { watched <- s.server.Watch(commits) }()
	told, endTelling := context.WithCancel(context.WithoutCancel(ctx))
	defer endTelling()
	handedOn := make(chan error, 1)
	go func() { handedOn <- s.sinks.Run(told) }()
	err := s.tasks(ctx, notify)
	endCommits()
	err = errors.Join(err, <-committed, <-watched)
	endTelling()
	return errors.Join(err, <-handedOn)
}

// tasks runs everything but the committer.
func (s *service) tasks(ctx context.Context, notify func(...string) error) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return s.sockets.Run(ctx) })
	if s.tap != nil {
		g.Go(func() error { return s.tap.Run(ctx) })
	}
	if s.neighbors != nil {
		g.Go(func() error { return s.neighbors.Run(ctx) })
	}
	if s.routers != nil {
		g.Go(func() error { return s.routers.Run(ctx) })
	}
	g.Go(func() error { return s.watch.Run(ctx) })
	g.Go(func() error { return s.watchLinks(ctx) })
	g.Go(func() error { return s.expire(ctx) })
	g.Go(func() error { return s.clock.Run(ctx) })
	g.Go(func() error { return s.logEvents(ctx) })
	g.Go(func() error { return s.watchAside(ctx) })
	g.Go(func() error { return s.serveAPI(ctx) })
	s.now().run(ctx, g)
	g.Go(func() error { return s.serveReloads(ctx, g, notify) })
	g.Go(func() error { return s.watchFiles(ctx) })
	g.Go(func() error { return s.announce(ctx, notify) })
	return g.Wait()
}

// announce tells the log and the service manager when the server is ready and
// when it is about to end.
func (s *service) announce(ctx context.Context, notify func(...string) error) error {
	defer s.events.End()
	select {
	case <-ctx.Done():
		return nil
	case <-s.sockets.Ready():
	}
	s.ready.Store(true)
	s.log.Info("ready")
	s.events.Publish(event.Event{Kind: event.Started, Text: s.version})
	if err := notify(sdnotify.Ready); err != nil {
		s.log.WithError(err).Warn("the service manager cannot be told that the server is ready")
	}
	giveBack()
	<-ctx.Done()
	s.log.Info("ending")
	s.events.Publish(event.Event{Kind: event.Stopping})
	_ = notify(sdnotify.Stopping) // nobody can be told that nobody can be told
	return nil
}

// Leases that ran out are looked for every second, and while there are more after a
// rest. That is for everybody else: with a million leases that run out at once, and no
// rest, each exchange waited for its turn at the table and at a processor several times.
const (
	expireEvery = time.Second
	expireRest  = time.Millisecond
)

// expire walks over what ran out, a bounded portion at a time.
func (s *service) expire(ctx context.Context) error {
	for wait := expireEvery; ; {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
		s.pace.follow(s.table.Plain())
		wait = expireEvery
		if s.expireSome() {
			wait = expireRest
		}
	}
}

// expireSome tells of a portion of what ran out, and says whether there is more.
func (s *service) expireSome() (more bool) {
	s.expired, more = s.table.Expire(s.expired[:0])
	for i := range s.expired {
		s.events.TellExpired(s.expired[i].Binding, s.expired[i].Lease)
	}
	return more
}
