package integ

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/stage6/stage6/internal/netlab"
	"github.com/stage6/stage6/internal/netlab/labtest"
	"github.com/stage6/stage6/internal/testrelay"
)

// arrangement is a place in which machines that are provisioned stand, and how
// they are known there.
type arrangement struct {
	name     string
	build    func(*story) seat
	identify string    // the sources of identity
	hosts    [2]string // by what the machines are known

	// blind says that nothing tells the server which machine an installer or an
	// installed system is on.
	blind bool
}

// seat is what the server has to know of the network.
type seat struct {
	listen string
	server netip.Addr   // for HTTP
	relays []netip.Addr // who is believed; empty: the outermost
	// connect makes the way by which an address of the first machine reaches the
	// server; nil: they are on one link.
	connect func(netip.Addr)
}

func arrangements() []arrangement {
	byMAC := [2]string{"mac: '52:54:00:aa:bb:01'", "mac: '52:54:00:aa:bb:02'"}
	byPort := [2]string{"port: 'interface-id:port 1'", "port: 'interface-id:port 2'"}
	byUUID := [2]string{"uuid: " + storyUUID, "uuid: 4c4c4544-0042-3510-8052-b4c04f4a3133"}
	return []arrangement{
		{name: "directly", build: onTheLink, identify: "frame", hosts: byMAC},
		{name: "through dnsmasq's relay, which tells the MAC", build: behindDnsmasq, identify: "relay", hosts: byMAC},
		{name: "through an LDRA that tells the MAC and a relay", build: behindSwitches(true), identify: "relay", hosts: byMAC},
		{name: "through an LDRA that tells the port and a relay", build: behindSwitches(false), identify: "port", hosts: byPort},
		{name: "through ISC's relay, which tells nothing", build: behindDhcrelay, identify: "[relay, port, {uuid: trusted}, learned]", hosts: byUUID, blind: true},
	}
}

func onTheLink(s *story) seat {
	s.plugInto(s.station, "prov0")
	s.address(s.station, "prov0", "2001:db8:10::2/64")
	return seat{listen: "[ff02::1:2%prov0]", server: netip.MustParseAddr("2001:db8:10::2")}
}

func behindDnsmasq(s *story) seat {
	relay := s.router()
	s.plugInto(relay, "down")
	s.address(relay, "down", "2001:db8:10::1/64")
	agent, err := relay.Spawn(nil, labtest.Program(s.t, "dnsmasq"), "--no-daemon", "--conf-file=/dev/null", "--user=root",
		"--log-facility=-", "--pid-file=", "--port=0", "--dhcp-relay=2001:db8:10::1,2001:db8:ff::2")
	check(s.t, err)
	check(s.t, agent.WaitOutput(labtest.Context(s.t), 0, "DHCP relay"))
	return seat{listen: onUnicast, server: behindRelays, connect: s.byWayOfRelay}
}

func behindDhcrelay(s *story) seat {
	relay := s.router()
	s.plugInto(relay, "down")
	s.address(relay, "down", "2001:db8:10::1/64")
	agent, err := relay.Spawn(nil, labtest.Program(s.t, "dhcrelay"), "-6", "-d", "-I", "--no-pid", "-l", "down", "-u", "2001:db8:ff::2%up")
	check(s.t, err)
	check(s.t, agent.WaitOutput(labtest.Context(s.t), 0, "Sending on   Socket/up"))
	return seat{listen: onUnicast, server: behindRelays, connect: s.byWayOfRelay}
}

// behindSwitches puts each machine behind an LDRA of its own, whose port has the
// number of the machine.
func behindSwitches(tellsMAC bool) func(*story) seat {
	return func(s *story) seat {
		relay, believed := s.router(), []netip.Addr{netip.MustParseAddr("2001:db8:ff::1")}
		var ldras []*netlab.Namespace
		var ports []string
		for i, machine := range s.machines {
			ldra, port := labtest.Namespace(s.t, "LDRA"), fmt.Sprintf("port%d", i+1)
			s.cable(machine, wan, ldra, "down")
			s.cable(ldra, "up", relay, port)
			s.agent(testrelay.Config{
				Namespace: ldra, Down: "down", Up: "up",
				InterfaceID: []byte(fmt.Sprintf("port %d", i+1)), ClientMAC: tellsMAC,
			})
			believed, ldras, ports = append(believed, s.linkLocal(ldra, "up")), append(ldras, ldra), append(ports, port)
		}
		check(s.t, relay.Bridge("down", ports...))
		s.address(relay, "down", "2001:db8:10::1/64")
		s.agent(testrelay.Config{
			Namespace: relay, Down: "down", Up: "up",
			LinkAddress: netip.MustParseAddr("2001:db8:10::1"), Server: behindRelays,
		})
		return seat{listen: onUnicast, server: behindRelays, relays: believed, connect: func(a netip.Addr) { s.byWayOfSwitch(ldras[0], relay, a) }}
	}
}

// behindRelays is the server's address there.
var behindRelays = netip.MustParseAddr("2001:db8:ff::2")

// router makes the namespace between the machines and the server, without the
// machines' side.
func (s *story) router() *netlab.Namespace {
	relay := labtest.Namespace(s.t, "relay")
	s.cable(relay, "up", s.station, "srv0")
	s.address(relay, "up", "2001:db8:ff::1/64")
	s.address(s.station, "srv0", "2001:db8:ff::2/64")
	check(s.t, relay.Forward())
	check(s.t, s.station.AddRoute("srv0", netip.MustParsePrefix("2001:db8:10::/64"), netip.MustParseAddr("2001:db8:ff::1")))
	return relay
}

// byWayOfRelay sends what is for the server to the relay, a router.
func (s *story) byWayOfRelay(netip.Addr) {
	check(s.t, s.machines[0].AddRoute(wan, host(behindRelays), netip.MustParseAddr("2001:db8:10::1")))
}

// byWayOfSwitch has the LDRA, which here is no bridge, hand on what is for the
// server, and what is for the machine.
func (s *story) byWayOfSwitch(ldra, relay *netlab.Namespace, machine netip.Addr) {
	check(s.t, ldra.Forward())
	check(s.t, s.machines[0].AddRoute(wan, host(behindRelays), s.linkLocal(ldra, "down")))
	check(s.t, ldra.AddRoute("up", host(behindRelays), s.linkLocal(relay, "down")))
	check(s.t, ldra.AddRoute("down", host(machine), s.linkLocal(s.machines[0], wan)))
	check(s.t, relay.AddRoute("down", host(machine), s.linkLocal(ldra, "up")))
}

// host is an address as what routes lead to.
func host(a netip.Addr) netip.Prefix { return netip.PrefixFrom(a, a.BitLen()) }

// plugInto plugs the machines into a bridge.
func (s *story) plugInto(ns *netlab.Namespace, bridge string) {
	var ports []string
	for i, machine := range s.machines {
		port := fmt.Sprintf("port%d", i+1)
		s.cable(machine, wan, ns, port)
		ports = append(ports, port)
	}
	check(s.t, ns.Bridge(bridge, ports...))
}

func (s *story) cable(a *netlab.Namespace, aLink string, b *netlab.Namespace, bLink string) {
	s.t.Helper()
	check(s.t, netlab.Cable(netlab.Port{Namespace: a, Link: aLink}, netlab.Port{Namespace: b, Link: bLink}))
}

func (s *story) address(ns *netlab.Namespace, link, address string) {
	s.t.Helper()
	s.linkLocal(ns, link)
	check(s.t, ns.AddAddress(link, netip.MustParsePrefix(address)))
}

// linkLocal waits until a link can be used.
func (s *story) linkLocal(ns *netlab.Namespace, link string) netip.Addr {
	s.t.Helper()
	addr, err := ns.LinkLocal(labtest.Context(s.t), link)
	check(s.t, err)
	return addr
}

// agent starts a relay agent of ours, with which the server has to keep in line.
func (s *story) agent(config testrelay.Config) {
	s.t.Helper()
	s.linkLocal(config.Namespace, config.Down)
	s.linkLocal(config.Namespace, config.Up)
	agent, err := testrelay.Start(config)
	check(s.t, err)
	s.t.Cleanup(func() {
		agent.Close()
		if wrong := agent.Violations(); len(wrong) > 0 {
			s.t.Errorf("a relay agent complains:\n%s", strings.Join(wrong, "\n"))
		}
	})
}
