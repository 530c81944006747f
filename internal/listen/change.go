package listen

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"

	"golang.org/x/sync/errgroup"
)

// order is something that the goroutine in Run does between two changes of
// interfaces.
type order func(ctx context.Context, g *errgroup.Group)

// Change is a change of what a Set listens on, of which everything new is open, and
// nothing is read. It is to be taken or dropped.
type Change struct {
	set       *Set
	addresses []Address
	opened    map[endpoint][]*Conn
}

// errNotRunning is the error of changes of a Set that does not run.
var errNotRunning = errors.New("the sockets are being closed")

// Prepare opens what a Set that is Ready is to listen on, as far as its interfaces
// are there. On error nothing is changed.
func (s *Set) Prepare(ctx context.Context, addresses []Address) (*Change, error) {
	c := &Change{s, addresses, map[endpoint][]*Conn{}}
	var err error
	ended := s.do(ctx, func(context.Context, *errgroup.Group) { err = c.open() })
	if ended != nil {
		return nil, ended
	}
	if err != nil {
		c.Drop()
		return nil, err
	}
	return c, nil
}

// Take has what is new served, and then closes what is not wanted any more. What
// came in there before is served.
func (c *Change) Take(ctx context.Context) error {
	return c.set.do(ctx, c.take)
}

// Drop closes what was opened.
func (c *Change) Drop() {
	for _, conns := range c.opened {
		closeAll(conns)
	}
}

// do has the goroutine in Run do something, and waits for that.
func (s *Set) do(ctx context.Context, f order) error {
	done := make(chan struct{})
	select {
	case s.orders <- func(ctx context.Context, g *errgroup.Group) {
		defer close(done)
		f(ctx, g)
	}:
	case <-ctx.Done():
		return errNotRunning
	}
	<-done
	return nil
}

// open opens what is not open yet. That of which the interface has just changed is
// left to who follows the interfaces.
func (c *Change) open() error {
	interfaces, err := net.Interfaces()
	if err != nil {
		return fmt.Errorf("list interfaces: %w", err)
	}
	for _, e := range allEndpoints(c.addresses, interfaces) {
		if c.set.open[e] != nil {
			continue
		}
		conns, err := c.openNew(e)
		if err != nil && !passing(e, err) {
			return err
		}
		if err == nil {
			c.opened[e] = conns
		}
	}
	return nil
}

// openNew opens the sockets of an endpoint that no other process has. Where this
// set has the port already that cannot be found out.
func (c *Change) openNew(e endpoint) ([]*Conn, error) {
	if !c.set.hasPort(e.port) {
		if err := probe(e); err != nil {
			return nil, err
		}
	}
	return c.set.openConns(e)
}

func (s *Set) hasPort(port uint16) bool {
	for e := range s.open {
		if e.port == port {
			return true
		}
	}
	return false
}

// take is Take in the goroutine in Run.
func (c *Change) take(ctx context.Context, g *errgroup.Group) {
	s := c.set
	s.addresses = c.addresses
	clear(s.absent)
	for e, conns := range c.opened {
		if s.open[e] != nil { // its interface came meanwhile
			closeAll(conns)
			continue
		}
		s.serve(ctx, g, e, conns)
	}
	wanted, err := s.wanted()
	if err != nil {
		s.options.Log.WithError(err).Warn("the interfaces cannot be listed, waiting for their next change")
		return
	}
	for e := range s.open {
		if !slices.Contains(wanted, e) {
			s.leaveSoon(e)
		}
	}
	s.openMissing(ctx, g, wanted)
}

// leaveSoon is leave for an endpoint that has what is to be read yet.
func (s *Set) leaveSoon(e endpoint) {
	for _, c := range s.open[e] {
		c.leave()
	}
	delete(s.open, e)
	delete(s.broken, e)
	s.options.Log.WithFields(e.fields()).Info("no longer listening")
}
