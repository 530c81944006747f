package listen

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"
)

// openEndpoint opens the sockets of an endpoint and has them served.
func (s *Set) openEndpoint(ctx context.Context, g *errgroup.Group, e endpoint) error {
	conns, err := s.openConns(e)
	if err != nil {
		return err
	}
	s.serve(ctx, g, e, conns)
	return nil
}

// openConns opens the sockets of an endpoint.
func (s *Set) openConns(e endpoint) (conns []*Conn, err error) {
	n := s.options.Sockets
	if e.addr.IsMulticast() {
		// The kernel gives what comes to a group to each socket in it.
		n = 1
	}
	for range n {
		c, err := s.openConn(e)
		if err != nil {
			closeAll(conns)
			return nil, err
		}
		conns = append(conns, c)
	}
	return conns, nil
}

// serve has the sockets of an endpoint served.
func (s *Set) serve(ctx context.Context, g *errgroup.Group, e endpoint, conns []*Conn) {
	s.open[e] = conns
	for _, c := range conns {
		g.Go(func() error {
			defer c.closeLeft()
			return s.options.Serve(ctx, c)
		})
	}
	delete(s.broken, e)
	s.options.Log.WithFields(e.fields()).Info("listening")
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
	closeAll(s.open[e])
	delete(s.open, e)
}

func closeAll(conns []*Conn) {
	for _, c := range conns {
		c.close()
	}
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
