package testrelay_test

import (
	"net"
	"net/netip"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/internal/impair"
	"github.com/stage6/stage6/internal/netlab"
	"github.com/stage6/stage6/internal/netlab/labtest"
	"github.com/stage6/stage6/internal/testrelay"
)

func TestMain(m *testing.M) { labtest.Main(m) }

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// row is client - LDRA - relay - server, with a socket at each end.
type row struct {
	client, server *net.UDPConn
	ldra, relay    *testrelay.Agent
	clientMAC      net.HardwareAddr
	clientAddr     netip.Addr
	clientZone     string
}

func newRow(t *testing.T) row {
	client, ldra, relay, server := labtest.Namespace(t, "client"), labtest.Namespace(t, "ldra"), labtest.Namespace(t, "relay"), labtest.Namespace(t, "server")
	check(t, netlab.Cable(netlab.Port{Namespace: client, Link: "eth0"}, netlab.Port{Namespace: ldra, Link: "down"}))
	check(t, netlab.Cable(netlab.Port{Namespace: ldra, Link: "up"}, netlab.Port{Namespace: relay, Link: "down"}))
	check(t, netlab.Cable(netlab.Port{Namespace: relay, Link: "up"}, netlab.Port{Namespace: server, Link: "srv0"}))
	check(t, relay.AddAddress("up", netip.MustParsePrefix("2001:db8:ff::1/64")))
	check(t, server.AddAddress("srv0", netip.MustParsePrefix("2001:db8:ff::2/64")))

	var r row
	ctx := labtest.Context(t)
	addr, err := client.LinkLocal(ctx, "eth0")
	check(t, err)
	r.clientAddr = addr
	for _, link := range []struct {
		ns   *netlab.Namespace
		name string
	}{{ldra, "down"}, {ldra, "up"}, {relay, "down"}} {
		_, err := link.ns.LinkLocal(ctx, link.name)
		check(t, err)
	}
	index, err := client.Index("eth0")
	check(t, err)
	r.clientZone = strconv.Itoa(index)
	r.clientMAC, err = client.MAC("eth0")
	check(t, err)
	r.client = listen(t, client, ":546")
	r.server = listen(t, server, ":547")
	r.ldra = start(t, testrelay.Config{
		Namespace: ldra, Down: "down", Up: "up",
		InterfaceID: []byte("port 7"), ClientMAC: true, OddPort: true,
	})
	r.relay = start(t, testrelay.Config{
		Namespace: relay, Down: "down", Up: "up",
		LinkAddress: netip.MustParseAddr("2001:db8:10::1"), Server: netip.MustParseAddr("2001:db8:ff::2"),
		RemoteID: &dhcpv6.OptRemoteID{EnterpriseNumber: 9, RemoteID: []byte("remote")}, SubscriberID: []byte("subscriber"),
		ClientMAC: true, OddPort: true,
	})
	return r
}

func start(t *testing.T, config testrelay.Config) *testrelay.Agent {
	agent, err := testrelay.Start(config)
	check(t, err)
	t.Cleanup(func() { agent.Close() })
	return agent
}

func listen(t *testing.T, ns *netlab.Namespace, address string) (conn *net.UDPConn) {
	check(t, ns.Do(func() error {
		opened, err := net.ListenPacket("udp6", address)
		if err == nil {
			conn = opened.(*net.UDPConn)
		}
		return err
	}))
	t.Cleanup(func() { conn.Close() })
	return conn
}

// solicit sends a Solicit from the client and returns what the server got.
func (r row) solicit(t *testing.T) (*dhcpv6.RelayMessage, netip.AddrPort) {
	solicit := &dhcpv6.Message{MessageType: dhcpv6.MessageTypeSolicit, TransactionID: dhcpv6.TransactionID{1, 2, 3}}
	group := netip.MustParseAddr("ff02::1:2").WithZone(r.clientZone)
	_, err := r.client.WriteToUDPAddrPort(solicit.ToBytes(), netip.AddrPortFrom(group, 547))
	check(t, err)
	buffer := make([]byte, 2000)
	deadline, _ := labtest.Context(t).Deadline()
	check(t, r.server.SetReadDeadline(deadline))
	size, from, err := r.server.ReadFromUDPAddrPort(buffer)
	check(t, err)
	message, err := dhcpv6.RelayMessageFromBytes(buffer[:size])
	check(t, err)
	return message, from
}

func TestTwoLevelsCarryWhatTheyWereAskedTo(t *testing.T) {
	r := newRow(t)
	outer, from := r.solicit(t)
	inner := outer.Options.RelayMessage().(*dhcpv6.RelayMessage)
	type facts struct {
		Hops       uint8
		Link, Peer string
		Interface  string
		MAC        string
		Port       bool
	}
	of := func(m *dhcpv6.RelayMessage) facts {
		_, mac := m.Options.ClientLinkLayerAddress()
		return facts{m.HopCount, m.LinkAddr.String(), m.PeerAddr.String(), string(m.Options.InterfaceID()), mac.String(), m.Options.RelayPort() != nil}
	}
	want := []facts{
		{Hops: 1, Link: "2001:db8:10::1", Peer: outer.PeerAddr.String(), Port: true},
		{Hops: 0, Link: "::", Peer: r.clientAddr.String(), Interface: "port 7", MAC: r.clientMAC.String(), Port: true},
	}
	if diff := cmp.Diff(want, []facts{of(outer), of(inner)}); diff != "" {
		t.Errorf("levels (-want +got):\n%s", diff)
	}
	if id := outer.Options.RemoteID(); id == nil || id.EnterpriseNumber != 9 || string(id.RemoteID) != "remote" {
		t.Errorf("remote-id %v", id)
	}
	if option := outer.Options.GetOne(dhcpv6.OptionRelayAgentSubscriberID); option == nil || string(option.ToBytes()) != "subscriber" {
		t.Errorf("subscriber-id %v", option)
	}
	if from.Port() == 547 {
		t.Error("the relay sent from port 547, want another")
	}
}

// answer turns a Relay-forward into the Relay-reply that a good server sends.
func answer(t *testing.T, forward *dhcpv6.RelayMessage) *dhcpv6.RelayMessage {
	reply := &dhcpv6.RelayMessage{MessageType: dhcpv6.MessageTypeRelayReply, HopCount: forward.HopCount, LinkAddr: forward.LinkAddr, PeerAddr: forward.PeerAddr}
	for _, code := range []dhcpv6.OptionCode{dhcpv6.OptionInterfaceID, dhcpv6.OptionRelayPort} {
		if option := forward.Options.GetOne(code); option != nil {
			reply.Options.Add(option)
		}
	}
	switch inner := forward.Options.RelayMessage().(type) {
	case *dhcpv6.RelayMessage:
		reply.Options.Add(dhcpv6.OptRelayMessage(answer(t, inner)))
	case *dhcpv6.Message:
		reply.Options.Add(dhcpv6.OptRelayMessage(&dhcpv6.Message{MessageType: dhcpv6.MessageTypeAdvertise, TransactionID: inner.TransactionID}))
	}
	return reply
}

func TestAFaithfulReplyReachesTheClient(t *testing.T) {
	r := newRow(t)
	forward, from := r.solicit(t)
	_, err := r.server.WriteToUDPAddrPort(answer(t, forward).ToBytes(), from)
	check(t, err)
	r.expectAdvertise(t)
	for name, agent := range map[string]*testrelay.Agent{"LDRA": r.ldra, "relay": r.relay} {
		if wrong := agent.Violations(); wrong != nil {
			t.Errorf("%s complains: %q", name, wrong)
		}
		if exchanges := agent.Exchanges(); len(exchanges) != 1 || exchanges[0].Reply == nil {
			t.Errorf("%s saw exchanges %v, want one with a reply", name, exchanges)
		}
	}
}

func TestALevelThatLostItsInterfaceIsToldByItsAgentOnly(t *testing.T) {
	r := newRow(t)
	forward, from := r.solicit(t)
	reply := answer(t, forward)
	reply.Options.RelayMessage().(*dhcpv6.RelayMessage).Options.Del(dhcpv6.OptionInterfaceID)
	_, err := r.server.WriteToUDPAddrPort(reply.ToBytes(), from)
	check(t, err)
	r.expectAdvertise(t)
	if wrong := r.ldra.Violations(); len(wrong) != 1 {
		t.Errorf("LDRA complains %q, want one complaint", wrong)
	}
	if wrong := r.relay.Violations(); wrong != nil {
		t.Errorf("relay complains %q, want nothing", wrong)
	}
}

func TestABadNetworkBehindAnAgentLosesAndRepeats(t *testing.T) {
	client, agentSide, server := labtest.Namespace(t, "client"), labtest.Namespace(t, "relay"), labtest.Namespace(t, "server")
	check(t, netlab.Cable(netlab.Port{Namespace: client, Link: "eth0"}, netlab.Port{Namespace: agentSide, Link: "down"}))
	check(t, netlab.Cable(netlab.Port{Namespace: agentSide, Link: "up"}, netlab.Port{Namespace: server, Link: "srv0"}))
	check(t, agentSide.AddAddress("up", netip.MustParsePrefix("2001:db8:ff::1/64")))
	check(t, server.AddAddress("srv0", netip.MustParsePrefix("2001:db8:ff::2/64")))
	ctx := labtest.Context(t)
	for _, end := range []netlab.Port{{Namespace: client, Link: "eth0"}, {Namespace: agentSide, Link: "down"}} {
		_, err := end.LinkLocal(ctx, end.Link)
		check(t, err)
	}
	index, err := client.Index("eth0")
	check(t, err)
	r := row{client: listen(t, client, ":546"), server: listen(t, server, ":547"), clientZone: strconv.Itoa(index)}
	r.relay = start(t, testrelay.Config{
		Namespace: agentSide, Down: "down", Up: "up",
		LinkAddress: netip.MustParseAddr("2001:db8:10::1"), Server: netip.MustParseAddr("2001:db8:ff::2"),
		Impaired: impair.Rates{Duplicate: 1}, Seed: 1,
	})
	first, _ := r.solicit(t)
	buffer := make([]byte, 2000)
	size, err := r.server.Read(buffer)
	check(t, err)
	second, err := dhcpv6.RelayMessageFromBytes(buffer[:size])
	check(t, err)
	if diff := cmp.Diff(first.ToBytes(), second.ToBytes()); diff != "" {
		t.Errorf("what came twice (-first +second):\n%s", diff)
	}
	if got := r.relay.Impaired(); got.Sent != 1 || got.Duplicated != 1 {
		t.Errorf("counted %+v", got)
	}
}

func (r row) expectAdvertise(t *testing.T) {
	buffer := make([]byte, 2000)
	deadline, _ := labtest.Context(t).Deadline()
	check(t, r.client.SetReadDeadline(deadline))
	size, err := r.client.Read(buffer)
	check(t, err)
	message, err := dhcpv6.MessageFromBytes(buffer[:size])
	check(t, err)
	if message.MessageType != dhcpv6.MessageTypeAdvertise || message.TransactionID != (dhcpv6.TransactionID{1, 2, 3}) {
		t.Errorf("client got %v", message)
	}
}
