package listen

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"
)

// openEndpoint opens the sockets of an endpoint and has them served.
func (s *Set) openEndpoint(ctx context.Context, g *errgroup.Group, e endpoint) error {
	n := s.options.Sockets
	if e.addr.IsMulticast() {
		// The kernel gives what comes to a group to each socket in it.
		n = 1
	}
	for range n {
		c, err := s.openConn(e)
		if err != nil {
			s.closeEndpoint(e)
			return err
		}
		s.open[e] = append(s.open[e], c)
	}
	for _, c := range s.open[e] {
		g.Go(func() error { return s.options.Serve(ctx, c) })
	}
	delete(s.broken, e)
	s.options.Log.WithFields(e.fields()).Info("listening")
	return nil
}

// openConn opens one of the sockets.
func (s *Set) openConn(e endpoint) (*Conn, error) {
	c, err := openConn(e, s.options.Batch, &s.counters)
	if err != nil || !s.options.Stamps {
		return c, err
	}
	if err := c.stamp(); err != nil {
		c.close()
		return nil, fmt.Errorf("%v: %w", e, err)
	}
	return c, nil
}

// leave closes the sockets of an endpoint that is no more.
func (s *Set) leave(e endpoint) {
	s.closeEndpoint(e)
	s.options.Log.WithFields(e.fields()).Info("no longer listening")
}

func (s *Set) closeEndpoint(e endpoint) {
	for _, c := range s.open[e] {
		c.close()
	}
	delete(s.open, e)
}

// warn logs that an endpoint cannot be opened, once for each reason: it is tried
// again with each change of an interface.
func (s *Set) warn(e endpoint, err error) {
	if s.broken[e] == err.Error() {
		return
	}
	s.broken[e] = err.Error()
	s.options.Log.WithFields(e.fields()).WithError(err).Warn("cannot listen, waiting for a change of the interface")
}
