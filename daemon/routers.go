package daemon

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync/atomic"

	"github.com/stage6/stage6/internal/icmp6"
	"github.com/stage6/stage6/internal/linkwatch"
	"github.com/stage6/stage6/pipeline"
)

// routers is by what plugins advertise this machine as a router.
type routers struct {
	socket    *icmp6.Socket
	watch     *linkwatch.Watch
	solicited chan string
	last      atomic.Pointer[routerSocket] // which may send
}

// pendingSolicitations is how many may wait for a plugin, which answers several at
// once.
const pendingSolicitations = 64

// openRouters opens what router advertisements are sent by, if a plugin sends them.
func (s *service) openRouters(g *generation) error {
	who, needed := g.parts.Needs(pipeline.NeedAdvertisements)
	if !needed {
		return nil
	}
	socket, err := icmp6.OpenForRouters()
	if err != nil {
		return fmt.Errorf("%s: %w", who, err)
	}
	s.routers = &routers{socket: socket, watch: s.watch, solicited: make(chan string, pendingSolicitations)}
	g.parts.Advertise(s.routers.next)
	return nil
}

// next gives what a generation sends by, in the place of the one before.
func (r *routers) next() pipeline.RouterSocket {
	s := &routerSocket{r}
	r.last.Store(s)
	return s
}

// Run hears those who ask for advertisements, until ctx ends.
func (r *routers) Run(ctx context.Context) error {
	defer context.AfterFunc(ctx, r.socket.Stop)()
	for {
		m, err := r.socket.Read()
		switch {
		case errors.Is(err, net.ErrClosed):
			return nil
		case err != nil:
			return fmt.Errorf("router solicitations: %w", err)
		case m.Malformed != "":
			continue
		}
		r.hear(m.Interface)
	}
}

// hear hands on that somebody asks on an interface.
func (r *routers) hear(index uint32) {
	i, err := net.InterfaceByIndex(int(index))
	if err != nil {
		return // it has gone meanwhile
	}
	select {
	case r.solicited <- i.Name:
	default:
	}
}

// routerSocket is a pipeline.RouterSocket.
type routerSocket struct{ *routers }

// Send sends to all hosts of an interface, and tells the watch, to which it does
// not come back. It joins the group of routers there, so that hosts can ask.
func (s *routerSocket) Send(iface string, message []byte) error {
	if s.last.Load() != s {
		return nil
	}
	i, err := net.InterfaceByName(iface)
	if err != nil {
		return err
	}
	index := uint32(i.Index)
	if err := s.socket.Join(index); err != nil {
		return fmt.Errorf("join the group of routers: %w", err)
	}
	if err := s.socket.SendToNodes(index, message); err != nil {
		return err
	}
	s.watch.Sent(index, message)
	return nil
}

// Solicited gives the names of interfaces on which hosts ask.
func (s *routerSocket) Solicited() <-chan string { return s.solicited }
