package netlab

import (
	"fmt"
	"net"
	"net/netip"

	"github.com/vishvananda/netlink"
)

// Port is one end of a cable: a link in a namespace.
type Port struct {
	*Namespace
	Link string
}

// Cable joins two ports with a pair of virtual Ethernet links and brings both
// up. Neither link may exist yet. Both ports may be in one namespace.
func Cable(a, b Port) error {
	pair := &netlink.Veth{
		LinkAttrs:     netlink.LinkAttrs{Name: a.Link},
		PeerName:      b.Link,
		PeerNamespace: netlink.NsFd(b.netns),
	}
	if err := a.handle.LinkAdd(pair); err != nil {
		return fmt.Errorf("cable %s:%s to %s:%s: %w", a.Name, a.Link, b.Name, b.Link, err)
	}
	if err := a.Up(a.Link); err != nil {
		return err
	}
	return b.Up(b.Link)
}

// Bridge makes an Ethernet bridge of links that exist, and brings it up. It does
// not filter multicast.
func (n *Namespace) Bridge(name string, members ...string) error {
	snooping := false
	bridge := &netlink.Bridge{LinkAttrs: netlink.LinkAttrs{Name: name}, MulticastSnooping: &snooping}
	if err := n.handle.LinkAdd(bridge); err != nil {
		return fmt.Errorf("%s: make bridge %q: %w", n.Name, name, err)
	}
	for _, member := range members {
		link, err := n.link(member)
		if err != nil {
			return err
		}
		if err := n.handle.LinkSetMaster(link, bridge); err != nil {
			return fmt.Errorf("%s: add %q to bridge %q: %w", n.Name, member, name, err)
		}
	}
	return n.Up(name)
}

// Up brings a link up.
func (n *Namespace) Up(name string) error {
	link, err := n.link(name)
	if err != nil {
		return err
	}
	if err := n.handle.LinkSetUp(link); err != nil {
		return fmt.Errorf("%s: bring %q up: %w", n.Name, name, err)
	}
	return nil
}

// Down takes a link down.
func (n *Namespace) Down(name string) error {
	link, err := n.link(name)
	if err != nil {
		return err
	}
	if err := n.handle.LinkSetDown(link); err != nil {
		return fmt.Errorf("%s: take %q down: %w", n.Name, name, err)
	}
	return nil
}

// Remove takes a link away; a cable disappears at both ends.
func (n *Namespace) Remove(name string) error {
	link, err := n.link(name)
	if err != nil {
		return err
	}
	return n.handle.LinkDel(link)
}

// SetMAC gives a link, which should be down, another hardware address.
func (n *Namespace) SetMAC(name string, mac net.HardwareAddr) error {
	link, err := n.link(name)
	if err != nil {
		return err
	}
	if err := n.handle.LinkSetHardwareAddr(link, mac); err != nil {
		return fmt.Errorf("%s: give %q the address %v: %w", n.Name, name, mac, err)
	}
	return nil
}

// MAC returns a link's hardware address.
func (n *Namespace) MAC(name string) (net.HardwareAddr, error) {
	link, err := n.link(name)
	if err != nil {
		return nil, err
	}
	return link.Attrs().HardwareAddr, nil
}

// Index returns a link's interface index.
func (n *Namespace) Index(name string) (int, error) {
	link, err := n.link(name)
	if err != nil {
		return 0, err
	}
	return link.Attrs().Index, nil
}

// AddRoute sends what is for destination to via, a router on the named link.
func (n *Namespace) AddRoute(name string, destination netip.Prefix, via netip.Addr) error {
	link, err := n.link(name)
	if err != nil {
		return err
	}
	route := &netlink.Route{
		LinkIndex: link.Attrs().Index,
		Dst:       ipNet(destination),
		Gw:        via.AsSlice(),
	}
	if err := n.handle.RouteReplace(route); err != nil {
		return fmt.Errorf("%s: route %v via %v: %w", n.Name, destination, via, err)
	}
	return nil
}

// Forward makes the namespace a router.
func (n *Namespace) Forward() error { return n.Sysctl("net/ipv6/conf/all/forwarding", "1") }

func (n *Namespace) link(name string) (netlink.Link, error) {
	link, err := n.handle.LinkByName(name)
	if err != nil {
		return nil, fmt.Errorf("%s: link %q: %w", n.Name, name, err)
	}
	return link, nil
}

func ipNet(p netip.Prefix) *net.IPNet {
	return &net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}
}
