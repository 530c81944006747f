package linkwatch

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/stage6/stage6/internal/icmp6"
)

// Times of RFC 4861 section 10.
const (
	maxSolicitations     = 3
	solicitationInterval = 4 * time.Second
)

// lookInterval is how often links are judged.
const lookInterval = time.Second

// Run watches until ctx ends.
func (w *Watch) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	if w.Socket != nil {
		defer context.AfterFunc(ctx, w.Socket.Stop)()
		g.Go(w.read)
	}
	if w.Probe != nil {
		g.Go(func() error { return w.probe(ctx) })
	}
	g.Go(func() error { return w.look(ctx) })
	return g.Wait()
}

// read takes note of what comes.
func (w *Watch) read() error {
	for {
		m, err := w.Socket.Read()
		switch {
		case errors.Is(err, net.ErrClosed):
			return nil
		case err != nil:
			return fmt.Errorf("router advertisements: %w", err)
		}
		w.receive(m)
	}
}

// look judges the links from time to time, and notes which servers are named.
func (w *Watch) look(ctx context.Context) error {
	tick := time.NewTicker(lookInterval)
	defer tick.Stop()
	w.lookOnce()
	for {
		select {
		case <-ctx.Done():
			return nil
		case m := <-w.heard:
			w.mentioned(m)
		case <-tick.C:
			w.lookOnce()
		}
	}
}

// lookOnce judges the links, and asks routers to advertise themselves where it is
// time. An interface that is going, or has no address yet, is asked again.
func (w *Watch) lookOnce() {
	for _, index := range w.judgeAll() {
		_ = w.Socket.Solicit(index)
	}
}

// judgeAll judges every link, and gives those on which routers are to be asked to
// advertise themselves.
func (w *Watch) judgeAll() (ask []uint32) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.Socket == nil {
		return nil
	}
	now := time.Now()
	for index, s := range w.links {
		w.judge(s, now)
		if w.rules.Solicit && s.asks(now) {
			s.solicited++
			ask = append(ask, index)
		}
	}
	return ask
}

// asks says whether it is time to ask routers to advertise themselves: at the
// start of a link, until one has answered (RFC 4861 section 6.3.7).
func (s *linkState) asks(now time.Time) bool {
	return s.Watched && s.Up && len(s.routers) == 0 && s.solicited < maxSolicitations &&
		!now.Before(s.since.Add(time.Duration(s.solicited)*solicitationInterval))
}

var _ Socket = (*icmp6.Socket)(nil)
