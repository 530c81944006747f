package netlab

import (
	"context"
	"fmt"
	"net/netip"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Route is an IPv6 route of the main table by way of a router.
type Route struct {
	Destination netip.Prefix
	Via         netip.Addr
	Protocol    int // who made it, as in rtnetlink(7)
}

// Routes lists the IPv6 routes of a link that lead to a router.
func (n *Namespace) Routes(name string) ([]Route, error) {
	link, err := n.link(name)
	if err != nil {
		return nil, err
	}
	filter := &netlink.Route{LinkIndex: link.Attrs().Index, Table: unix.RT_TABLE_MAIN}
	found, err := n.handle.RouteListFiltered(netlink.FAMILY_V6, filter, netlink.RT_FILTER_OIF|netlink.RT_FILTER_TABLE)
	if err != nil {
		return nil, fmt.Errorf("%s: routes of %q: %w", n.Name, name, err)
	}
	var routes []Route
	for _, r := range found {
		via, ok := netip.AddrFromSlice(r.Gw)
		if !ok || r.Dst == nil {
			continue
		}
		to, _ := netip.AddrFromSlice(r.Dst.IP)
		bits, _ := r.Dst.Mask.Size()
		routes = append(routes, Route{netip.PrefixFrom(to, bits), via, int(r.Protocol)})
	}
	return routes, nil
}

// WaitRoutes waits until accept says yes to the routes of a link.
func (n *Namespace) WaitRoutes(ctx context.Context, name string, accept func([]Route) bool) error {
	stop, updates := make(chan struct{}), make(chan netlink.RouteUpdate)
	options := netlink.RouteSubscribeOptions{Namespace: &n.netns, ErrorCallback: func(error) {}}
	if err := netlink.RouteSubscribeWithOptions(updates, stop, options); err != nil {
		return fmt.Errorf("%s: watch routes: %w", n.Name, err)
	}
	defer func() {
		close(stop)
		// The watch ends when nobody keeps it from saying what it has.
		for range updates {
		}
	}()
	for {
		routes, err := n.Routes(name)
		if err != nil {
			return err
		}
		if accept(routes) {
			return nil
		}
		select {
		case _, open := <-updates:
			if !open {
				return fmt.Errorf("%s: watch routes of %q: the watch ended", n.Name, name)
			}
		case <-ctx.Done():
			return fmt.Errorf("%s: wait for routes of %q, which has %v: %w", n.Name, name, routes, context.Cause(ctx))
		}
	}
}
