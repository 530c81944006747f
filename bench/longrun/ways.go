package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/netlab"
	"github.com/stage6/stage6/internal/simulate"
	"github.com/stage6/stage6/internal/testrelay"
)

// linkItself makes the server's own link: a switch with three machines and an LDRA
// that has one.
func (n *network) linkItself(ctx context.Context, o options) error {
	hub, err := n.open("switch")
	if err != nil {
		return err
	}
	if err := cable(ctx, port(n.station, "srv0"), "2001:db8:10::2/64", port(hub, "srv"), ""); err != nil {
		return err
	}
	ports := []string{"srv"}
	for i := range 3 {
		link := fmt.Sprintf("m%d", i)
		if err := n.alone(ctx, o, hub, link, uint64(i)); err != nil {
			return err
		}
		ports = append(ports, link)
	}
	if err := n.access(ctx, o, hub); err != nil {
		return err
	}
	return hub.Bridge("br0", append(ports, "ldra")...)
}

// alone puts one machine at the end of a cable.
func (n *network) alone(ctx context.Context, o options, at *netlab.Namespace, link string, number uint64) error {
	ns, err := n.open("machine")
	if err != nil {
		return err
	}
	if err := cable(ctx, port(ns, "eth0"), "", port(at, link), ""); err != nil {
		return err
	}
	raw, err := ns.MAC("eth0")
	if err != nil {
		return err
	}
	s := &segment{name: "direct", prefix: netip.MustParsePrefix("2001:db8:10::/64"), own: ident.MAC(raw)}
	err = ns.Do(func() (err error) {
		s.carrier, err = simulate.DialLink(ctx, "eth0")
		return err
	})
	if err != nil {
		return err
	}
	if link != "down" {
		s.carrier.Impair(o.bad, o.seed+100*number)
	}
	n.ways = append(n.ways, s)
	return nil
}

// access puts a machine behind an LDRA.
func (n *network) access(ctx context.Context, o options, hub *netlab.Namespace) error {
	ns, err := n.open("access switch")
	if err != nil {
		return err
	}
	if err := cable(ctx, port(ns, "up"), "", port(hub, "ldra"), ""); err != nil {
		return err
	}
	if err := n.alone(ctx, o, ns, "down", 3); err != nil {
		return err
	}
	n.ways[len(n.ways)-1].name = "LDRA"
	if n.ldra, err = ns.LinkLocal(ctx, "up"); err != nil {
		return err
	}
	return n.agent(testrelay.Config{
		Namespace: ns, Down: "down", Up: "up", InterfaceID: []byte("port 7"), ClientMAC: true, Impaired: o.bad, Seed: o.seed + 1000,
	})
}

func (n *network) agent(c testrelay.Config) error {
	a, err := testrelay.Start(c)
	if err == nil {
		n.agents = append(n.agents, a)
	}
	return err
}

// relayed makes machines that are behind one relay agent.
func (n *network) relayed(ctx context.Context, o options) error {
	ns, err := n.open("relay")
	if err != nil {
		return err
	}
	if err := cable(ctx, port(ns, "up"), "2001:db8:ff::1/64", port(n.station, "up0"), "2001:db8:ff::2/64"); err != nil {
		return err
	}
	relay := simulate.Relay{LinkAddress: netip.MustParseAddr("2001:db8:20::1"), ClientMAC: true, InterfaceID: "ge-${mac}", OddPort: true}
	s := &segment{name: "relayed", prefix: netip.MustParsePrefix("2001:db8:20::/64")}
	if err := n.dial(ns, s, "2001:db8:ff::2", relay); err != nil {
		return err
	}
	s.carrier.Impair(o.bad, o.seed+2000)
	return nil
}

func (n *network) dial(ns *netlab.Namespace, s *segment, server string, relay simulate.Relay) error {
	to := netip.AddrPortFrom(netip.MustParseAddr(server), dhcpv6.DefaultServerPort)
	n.ways = append(n.ways, s)
	return ns.Do(func() (err error) {
		s.carrier, err = simulate.DialServer(to, relay)
		return err
	})
}

// relayedTwice makes machines whose relay agent sends to another one.
func (n *network) relayedTwice(ctx context.Context, o options) error {
	s := &segment{name: "relayed twice", prefix: netip.MustParsePrefix("2001:db8:30::/64")}
	relay := simulate.Relay{
		LinkAddress: netip.MustParseAddr("2001:db8:30::1"), ClientMAC: true, InterfaceID: "rack of ${mac}",
		RemoteID: &simulate.RemoteID{Enterprise: 9, ID: "near"},
	}
	return n.behindAgent(ctx, s, relay, "fd", "fe", testrelay.Config{
		LinkAddress: netip.MustParseAddr("2001:db8:fd::1"), RemoteID: &dhcpv6.OptRemoteID{EnterpriseNumber: 9, RemoteID: []byte("far")},
		InterfaceID: []byte("ge-0/0/1.100"), OddPort: true, Impaired: o.bad, Seed: o.seed + 3000,
	})
}

// behindLDRAs makes machines whose access switches are LDRAs.
func (n *network) behindLDRAs(ctx context.Context, o options) error {
	s := &segment{name: "LDRA and relay", prefix: netip.MustParsePrefix("2001:db8:40::/64")}
	relay := simulate.Relay{LinkAddress: netip.IPv6Unspecified(), ClientMAC: true, InterfaceID: "port of ${mac}"}
	return n.behindAgent(ctx, s, relay, "fb", "fc", testrelay.Config{
		LinkAddress: netip.MustParseAddr("2001:db8:40::1"), Impaired: o.bad, Seed: o.seed + 4000,
	})
}

// behindAgent puts machines, with a relay agent of theirs, behind a second one. The
// names are those of the networks on both sides of that.
func (n *network) behindAgent(ctx context.Context, s *segment, relay simulate.Relay, below, above string, c testrelay.Config) error {
	near, err := n.open("near relay")
	if err != nil {
		return err
	}
	if c.Namespace, err = n.open("far relay"); err != nil {
		return err
	}
	at := func(net, host string) string { return "2001:db8:" + net + "::" + host }
	err = errors.Join(
		cable(ctx, port(near, "up"), at(below, "2/64"), port(c.Namespace, "down"), at(below, "1/64")),
		cable(ctx, port(c.Namespace, "up"), at(above, "1/64"), port(n.station, "up-"+above), at(above, "2/64")),
	)
	if err != nil {
		return err
	}
	c.Down, c.Up, c.Server = "down", "up", netip.MustParseAddr(at(above, "2"))
	if err := n.agent(c); err != nil {
		return err
	}
	return n.dial(near, s, at(below, "1"), relay)
}
