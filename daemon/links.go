package daemon

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/stage6/stage6/internal/assembly"
	"github.com/stage6/stage6/link"
)

// settleTime is how long the watcher waits after a change of interfaces or
// routes for those that come with it.
const settleTime = 100 * time.Millisecond

// links joins what the kernel knows of links with the configuration.
func (g *generation) links(interfaces []assembly.Interface) *link.Table {
	return assembly.Links(interfaces, g.file.Server6.Links, g.file.Server6.RapidCommit)
}

// watchLinks keeps the server's links true while interfaces and on-link
// prefixes come and go, and what is reserved while hosts do.
func (s *service) watchLinks(ctx context.Context) error {
	for ctx.Err() == nil {
		if err := s.followLinks(ctx); ctx.Err() == nil {
			s.log.WithError(err).Warn("watching the interfaces failed: starting again")
		}
		pause(ctx, time.Second)
	}
	return nil
}

// followLinks follows changes until ctx ends or the kernel's messages do.
func (s *service) followLinks(ctx context.Context) error {
	changes, err := kernelChanges(ctx)
	if err != nil {
		return err
	}
	for {
		g, hostsChanged, err := s.lookAtLinks()
		if err != nil {
			return err
		}
		select {
		case <-hostsChanged:
			continue
		case <-g.replaced:
			continue
		case _, ok := <-changes:
			if !ok {
				return errors.New("the kernel's messages ended")
			}
		}
		for quiet := false; !quiet; {
			select {
			case _, ok := <-changes:
				quiet = !ok
			case <-time.After(settleTime):
				quiet = true
			}
		}
	}
}

// lookAtLinks brings the links, and what is reserved on them, up to date. It gives
// the generation whose hosts these are, and what is closed when they change.
func (s *service) lookAtLinks() (g *generation, hostsChanged <-chan struct{}, err error) {
	s.linking.Lock()
	defer s.linking.Unlock()
	g = s.now()
	hostsChanged = g.parts.Hosts.Replaced()
	interfaces, err := kernelLinks()
	if err != nil {
		return g, hostsChanged, err
	}
	s.tellLinks(s.interfaces, interfaces)
	s.interfaces = interfaces
	links := g.links(interfaces)
	s.states.Steady(func() { // since hosts of the API reserve by themselves
		s.table.SetReserved(assembly.Reserved(g.parts.Hosts, links, interfaces))
		s.server.SetLinks(links)
	})
	s.announceLinks(g, interfaces, links)
	return g, hostsChanged, nil
}

// pause waits for d or the end of ctx.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// kernelChanges gives a value for each change of links and IPv6 routes. It is
// closed when ctx ends or messages were lost.
func kernelChanges(ctx context.Context) (<-chan struct{}, error) {
	out := make(chan struct{})
	links, routes := make(chan netlink.LinkUpdate), make(chan netlink.RouteUpdate)
	done := make(chan struct{})
	lost := make(chan struct{}, 2)
	onError := func(error) { lost <- struct{}{} }
	if err := netlink.LinkSubscribeWithOptions(links, done, netlink.LinkSubscribeOptions{ErrorCallback: onError}); err != nil {
		return nil, fmt.Errorf("watch interfaces: %w", err)
	}
	if err := netlink.RouteSubscribeWithOptions(routes, done, netlink.RouteSubscribeOptions{ErrorCallback: onError}); err != nil {
		close(done)
		return nil, fmt.Errorf("watch routes: %w", err)
	}
	go func() {
		defer close(out)
		defer func() {
			close(done)
			go drain(links)
			go drain(routes)
		}()
		forward(ctx, out, links, routes, lost)
	}()
	return out, nil
}

// drain lets the sender of the kernel's messages see that it shall end.
func drain[T any](c <-chan T) {
	for range c {
	}
}

// forward turns the kernel's messages into plain ones.
func forward(ctx context.Context, out chan<- struct{}, links <-chan netlink.LinkUpdate, routes <-chan netlink.RouteUpdate, lost <-chan struct{}) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-lost:
			return
		case _, ok := <-links:
			if !ok {
				return
			}
		case _, ok := <-routes:
			if !ok {
				return
			}
		}
		select {
		case out <- struct{}{}:
		case <-ctx.Done():
			return
		}
	}
}

// kernelLinks lists the interfaces but the loopback ones, with their addresses
// and on-link prefixes: those of the routes without a gateway.
func kernelLinks() ([]assembly.Interface, error) {
	ifaces, err := netlink.LinkList()
	if err != nil {
		return nil, fmt.Errorf("list interfaces: %w", err)
	}
	onLink, err := onLinkPrefixes()
	if err != nil {
		return nil, err
	}
	own, err := ownAddresses()
	if err != nil {
		return nil, err
	}
	var out []assembly.Interface
	for _, l := range ifaces {
		a := l.Attrs()
		if a.RawFlags&unix.IFF_LOOPBACK == 0 {
			out = append(out, assembly.Interface{Index: uint32(a.Index), Name: a.Name, Prefixes: onLink[a.Index], Addresses: own[a.Index], Up: a.RawFlags&unix.IFF_RUNNING != 0})
		}
	}
	return out, nil
}

// ownAddresses gives the addresses of this machine by interface index.
func ownAddresses() (map[int][]netip.Addr, error) {
	addresses, err := netlink.AddrList(nil, netlink.FAMILY_V6)
	if err != nil {
		return nil, fmt.Errorf("list addresses: %w", err)
	}
	out := map[int][]netip.Addr{}
	for _, a := range addresses {
		if ip, ok := netip.AddrFromSlice(a.IP); ok && !ip.IsLinkLocalUnicast() {
			out[a.LinkIndex] = append(out[a.LinkIndex], ip)
		}
	}
	return out, nil
}

// onLinkPrefixes gives the on-link prefixes by interface index.
func onLinkPrefixes() (map[int][]netip.Prefix, error) {
	routes, err := netlink.RouteListFiltered(netlink.FAMILY_V6, &netlink.Route{Table: unix.RT_TABLE_MAIN}, netlink.RT_FILTER_TABLE)
	if err != nil {
		return nil, fmt.Errorf("list routes: %w", err)
	}
	out := map[int][]netip.Prefix{}
	for _, r := range routes {
		if p, ok := onLinkPrefix(r); ok && !slices.Contains(out[r.LinkIndex], p) {
			out[r.LinkIndex] = append(out[r.LinkIndex], p)
		}
	}
	return out, nil
}

// onLinkPrefix gives the prefix of a route to a link, and whether it is one
// that clients can have addresses of.
func onLinkPrefix(r netlink.Route) (netip.Prefix, bool) {
	if r.Dst == nil || r.Gw != nil || r.Via != nil || len(r.MultiPath) > 0 || r.Type != unix.RTN_UNICAST {
		return netip.Prefix{}, false
	}
	a, ok := netip.AddrFromSlice(r.Dst.IP)
	bits, _ := r.Dst.Mask.Size()
	if !ok || bits == 0 || bits >= 128 || a.IsLinkLocalUnicast() || a.IsMulticast() {
		return netip.Prefix{}, false
	}
	return netip.PrefixFrom(a, bits).Masked(), true
}
