package route

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// mainTable is the kernel's main routing table. Of its routes those are ours
// that carry the number of our protocol; others are never touched.
type mainTable struct{ protocol int }

func (t mainTable) list() ([]route, error) {
	filter := &netlink.Route{Table: unix.RT_TABLE_MAIN, Protocol: netlink.RouteProtocol(t.protocol)}
	found, err := netlink.RouteListFiltered(netlink.FAMILY_V6, filter, netlink.RT_FILTER_TABLE|netlink.RT_FILTER_PROTOCOL)
	if err != nil {
		return nil, err
	}
	names, err := interfaceNames()
	if err != nil {
		return nil, err
	}
	out := make([]route, 0, len(found))
	for i := range found {
		if r, ok := readRoute(&found[i], names); ok {
			out = append(out, r)
		}
	}
	return out, nil
}

// interfaceNames gives the names of the interfaces by index.
func interfaceNames() (map[int]string, error) {
	all, err := net.Interfaces()
	if err != nil {
		return nil, fmt.Errorf("list interfaces: %w", err)
	}
	names := make(map[int]string, len(all))
	for i := range all {
		names[all[i].Index] = all[i].Name
	}
	return names, nil
}

// readRoute reads a route of the kernel's, and says whether it is one that add
// makes.
func readRoute(r *netlink.Route, names map[int]string) (route, bool) {
	via, ok := netip.AddrFromSlice(r.Gw)
	if !ok || r.Dst == nil {
		return route{}, false
	}
	to, ok := netip.AddrFromSlice(r.Dst.IP)
	if !ok {
		return route{}, false
	}
	if via.IsLinkLocalUnicast() {
		via = via.WithZone(names[r.LinkIndex])
	}
	bits, _ := r.Dst.Mask.Size()
	return route{netip.PrefixFrom(to, bits), via, r.Priority}, true
}

func (t mainTable) add(_ context.Context, r route) error {
	nl, err := t.route(r)
	if err != nil {
		return err
	}
	switch err := netlink.RouteAdd(nl); {
	case errors.Is(err, unix.EEXIST):
		return errors.New("another route to the prefix has the same metric: remove it, or set another metric")
	case errors.Is(err, unix.EHOSTUNREACH):
		return fmt.Errorf("%w: the next hop is no neighbour of this machine", err)
	default:
		return err
	}
}

func (t mainTable) remove(_ context.Context, r route) error {
	nl, err := t.route(r)
	var gone netlink.LinkNotFoundError
	if errors.As(err, &gone) {
		return nil // and its routes with it
	}
	if err != nil {
		return err
	}
	if err := netlink.RouteDel(nl); !errors.Is(err, unix.ESRCH) {
		return err
	}
	return nil
}

// route gives a route as the kernel wants it. For a next hop that is not
// link-local the kernel finds the interface.
func (t mainTable) route(r route) (*netlink.Route, error) {
	out := &netlink.Route{
		Dst:      &net.IPNet{IP: r.prefix.Addr().AsSlice(), Mask: net.CIDRMask(r.prefix.Bits(), 128)},
		Gw:       r.via.WithZone("").AsSlice(),
		Table:    unix.RT_TABLE_MAIN,
		Protocol: netlink.RouteProtocol(t.protocol),
		Priority: r.metric,
	}
	if name := r.via.Zone(); name != "" {
		l, err := netlink.LinkByName(name)
		if err != nil {
			return nil, fmt.Errorf("interface %q: %w", name, err)
		}
		out.LinkIndex = l.Attrs().Index
	}
	return out, nil
}
