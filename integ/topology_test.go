package integ

import (
	"net/netip"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/internal/netlab"
	"github.com/stage6/stage6/internal/netlab/labtest"
	"github.com/stage6/stage6/internal/testrelay"
)

// topology is a way to join a machine to the server.
type topology struct {
	name  string
	build func(*lab) plan
}

// plan is what the server has to know of a topology, and what it is to do.
type plan struct {
	listen   string       // where clients or relays are heard
	identify string       // the sources of the client's MAC
	trusted  []netip.Addr // the relays that are believed; empty: the outermost
	rapid    bool         // rapid commit on the clients' link
	known    bool         // whether the server finds out the machine's MAC
	levels   []level      // of relaying, the outermost first
}

// level is what the server sees of a relay agent.
type level struct {
	Hops        uint8
	Link        netip.Addr
	InterfaceID string
}

func topologies() []topology {
	return []topology{
		{"directly", direct},
		{"through a relay", throughRelay},
		{"through two relays", throughTwoRelays},
		{"through an LDRA", throughLDRA},
		{"through an LDRA and a relay", throughLDRAAndRelay},
	}
}

const (
	onGroup   = "[ff02::1:2%srv0]"
	onUnicast = "[2001:db8:ff::2]"
)

func direct(l *lab) plan {
	l.cable(l.machine.Namespace, wan, l.serverSide, "srv0")
	l.address(l.serverSide, "srv0", "2001:db8:10::2/64")
	return plan{listen: onGroup, identify: "relay"}
}

func throughRelay(l *lab) plan {
	relay := labtest.Namespace(l.t, "relay")
	l.cable(l.machine.Namespace, wan, relay, "down")
	l.cable(relay, "up", l.serverSide, "srv0")
	l.address(relay, "down", "2001:db8:10::1/64")
	l.address(relay, "up", "2001:db8:ff::1/64")
	l.address(l.serverSide, "srv0", "2001:db8:ff::2/64")
	l.dhcrelay(relay, "2001:db8:10::1%down", "2001:db8:ff::2%up")
	return plan{
		listen: onUnicast, identify: "relay eui64", known: true,
		levels: []level{{Link: netip.MustParseAddr("2001:db8:10::1")}},
	}
}

func throughTwoRelays(l *lab) plan {
	near, far := labtest.Namespace(l.t, "near relay"), labtest.Namespace(l.t, "far relay")
	l.cable(l.machine.Namespace, wan, near, "down")
	l.cable(near, "up", far, "down")
	l.cable(far, "up", l.serverSide, "srv0")
	l.address(near, "down", "2001:db8:10::1/64")
	l.address(near, "up", "2001:db8:fe::1/64")
	l.address(far, "down", "2001:db8:fe::2/64")
	l.address(far, "up", "2001:db8:ff::1/64")
	l.address(l.serverSide, "srv0", "2001:db8:ff::2/64")
	l.dhcrelay(far, "2001:db8:fe::2%down", "2001:db8:ff::2%up")
	l.dhcrelay(near, "2001:db8:10::1%down", "2001:db8:fe::2%up")
	return plan{
		listen: onUnicast, identify: "relay",
		levels: []level{
			// ISC's relay has a link-address here, too, though the client's
			// is that of the inner level (RFC 9915 section 13.1).
			{Hops: 1, Link: netip.MustParseAddr("2001:db8:fe::2")},
			{Link: netip.MustParseAddr("2001:db8:10::1")},
		},
	}
}

func throughLDRA(l *lab) plan {
	ldra := labtest.Namespace(l.t, "LDRA")
	l.cable(l.machine.Namespace, wan, ldra, "down")
	l.cable(ldra, "up", l.serverSide, "srv0")
	l.address(l.serverSide, "srv0", "2001:db8:10::2/64")
	l.agent(ldraConfig(ldra))
	return plan{
		listen: onGroup, identify: "relay", known: true, rapid: true,
		trusted: []netip.Addr{l.linkLocal(ldra, "up")},
		levels:  []level{{Link: netip.IPv6Unspecified(), InterfaceID: "port 7"}},
	}
}

func throughLDRAAndRelay(l *lab) plan {
	ldra, relay := labtest.Namespace(l.t, "LDRA"), labtest.Namespace(l.t, "relay")
	l.cable(l.machine.Namespace, wan, ldra, "down")
	l.cable(ldra, "up", relay, "down")
	l.cable(relay, "up", l.serverSide, "srv0")
	l.address(relay, "up", "2001:db8:ff::1/64")
	l.address(l.serverSide, "srv0", "2001:db8:ff::2/64")
	l.agent(ldraConfig(ldra))
	l.agent(testrelay.Config{
		Namespace: relay, Down: "down", Up: "up",
		LinkAddress: netip.MustParseAddr("2001:db8:10::1"), Server: netip.MustParseAddr("2001:db8:ff::2"),
		InterfaceID:  []byte("ge-0/0/1.100"),
		RemoteID:     &dhcpv6.OptRemoteID{EnterpriseNumber: 9, RemoteID: []byte("remote")},
		SubscriberID: []byte("subscriber"),
		OddPort:      true,
	})
	return plan{
		listen: onUnicast, identify: "relay", known: true,
		trusted: []netip.Addr{netip.MustParseAddr("2001:db8:ff::1"), l.linkLocal(ldra, "up")},
		levels: []level{
			{Hops: 1, Link: netip.MustParseAddr("2001:db8:10::1"), InterfaceID: "ge-0/0/1.100"},
			{Link: netip.IPv6Unspecified(), InterfaceID: "port 7"},
		},
	}
}

// ldraConfig is an access node that tells everything it can about its client.
func ldraConfig(ns *netlab.Namespace) testrelay.Config {
	return testrelay.Config{
		Namespace: ns, Down: "down", Up: "up",
		InterfaceID:  []byte("port 7"),
		RemoteID:     &dhcpv6.OptRemoteID{EnterpriseNumber: 3561, RemoteID: []byte("rack 2")},
		SubscriberID: []byte("web01"),
		ClientMAC:    true,
		OddPort:      true,
	}
}
