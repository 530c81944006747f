package linkwatch

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"golang.org/x/sync/errgroup"
)

// Prober asks which DHCPv6 servers there are.
type Prober interface {
	// Ask asks on an interface.
	Ask(index uint32) error
	// Read waits for an answer, or for Stop: then it gives net.ErrClosed.
	Read() (Answer, error)
	Stop()
}

// Answer is that of a DHCPv6 server.
type Answer struct {
	Interface uint32
	From      netip.Addr
	DUID      []byte // empty where it is no answer
}

// probe asks until ctx ends.
func (w *Watch) probe(ctx context.Context) error {
	defer context.AfterFunc(ctx, w.Probe.Stop)()
	g, ctx := errgroup.WithContext(ctx)
	g.Go(w.readAnswers)
	g.Go(func() error { return w.ask(ctx) })
	return g.Wait()
}

// ask asks on every link that is watched.
func (w *Watch) ask(ctx context.Context) error {
	tick := time.NewTicker(w.Interval)
	defer tick.Stop()
	for {
		for _, index := range w.watched() {
			if err := w.Probe.Ask(index); err != nil {
				w.Log.WithError(err).Debug("other servers cannot be asked")
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// watched gives the indexes of the interfaces that are watched and up.
func (w *Watch) watched() (out []uint32) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for index, s := range w.links {
		if s.Watched && s.Up {
			out = append(out, index)
		}
	}
	return out
}

func (w *Watch) readAnswers() error {
	for {
		a, err := w.Probe.Read()
		switch {
		case errors.Is(err, net.ErrClosed):
			return nil
		case err != nil:
			return fmt.Errorf("answers of other servers: %w", err)
		}
		if name := w.nameOf(a.Interface); name != "" {
			w.note(a.DUID, name, a.From)
		}
	}
}

// nameOf gives the name of the link of an interface.
func (w *Watch) nameOf(index uint32) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if s := w.links[index]; s != nil {
		return s.Name
	}
	return ""
}
