package integ

import (
	"context"
	"encoding/json"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv6"
	"github.com/mdlayher/ndp"

	"github.com/stage6/stage6/api"
	occurrence "github.com/stage6/stage6/event"
	"github.com/stage6/stage6/internal/icmp6"
	"github.com/stage6/stage6/internal/netlab"
	"github.com/stage6/stage6/internal/netlab/labtest"
)

// TestABareVLANNeedsNothingElse has the kernel of a machine learn which prefix is
// on-link, and that addresses are to be had, before a client asks for one.
func TestABareVLANNeedsNothingElse(t *testing.T) {
	t.Parallel()
	m, ns := newMachine(t, "client"), exampleHost(t)
	plug(t, m, ns, "prov0")
	check(t, m.Sysctl("net/ipv6/conf/"+wan+"/accept_ra", "1")) // as machines have it
	startExample(t, ns, "bare-vlan", "config.yml")

	ra := solicited(t, m)
	if !ra.ManagedConfiguration || !ra.OtherConfiguration || ra.RouterLifetime != 0 {
		t.Errorf("advertised is M %t, O %t, lifetime %v, want M, O and no default router", ra.ManagedConfiguration, ra.OtherConfiguration, ra.RouterLifetime)
	}
	var table string
	check(t, m.WaitRoutes(m.context(), wan, func([]netlab.Route) bool {
		var err error
		table, err = m.Run(m.context(), "ip", "-6", "route", "show", "dev", wan)
		check(t, err)
		return strings.Contains(table, "2001:db8:10::/64 ")
	}))
	addresses, err := m.Addresses(wan)
	check(t, err)
	if got := global(addresses); len(got) != 0 {
		t.Errorf("without having asked for any, the machine has the addresses %v", got)
	}
	got := newDhclient(m, dhclientAddress).start()
	if pool := netip.MustParsePrefix("2001:db8:10::d:0/112"); len(got.Addresses) != 1 || !pool.Contains(got.Addresses[0].Prefix.Addr()) {
		t.Errorf("addresses %v, want one of %s", got.Addresses, pool)
	}
}

// solicited asks for a router advertisement and gives it.
func solicited(t *testing.T, m *machine) *ndp.RouterAdvertisement {
	t.Helper()
	var socket *icmp6.Socket
	check(t, m.Do(func() (err error) {
		socket, err = icmp6.OpenForHosts()
		return err
	}))
	defer socket.Close()
	defer context.AfterFunc(m.context(), socket.Stop)()
	index, err := m.Index(wan)
	check(t, err)
	check(t, socket.Solicit(uint32(index)))
	message, err := socket.Read()
	check(t, err)
	ra, ok := message.Body.(*ndp.RouterAdvertisement)
	if !ok {
		t.Fatalf("got %+v, want a router advertisement", message)
	}
	return ra
}

// watched is a server that watches a link.
const watched = `
leases: memory
api: unix:$DIR/api.sock
server6:
  listen: '[ff02::1:2%prov0]'
  linkwatch: {wait: 5s, probe: 1h}
  plugins:
    - server_id: LL 52:54:00:00:00:01
    - pool: '2001:db8:10::d:0/112'
`

// startWatched starts it, with a router at the other end of the link.
func startWatched(t *testing.T, config string) (*server, *machine) {
	t.Helper()
	router, ns := newMachine(t, "router"), labtest.Namespace(t, "server")
	plug(t, router, ns, "prov0")
	check(t, ns.AddAddress("prov0", netip.MustParsePrefix("2001:db8:10::1/64")))
	return startServer(t, ns, config), router
}

// advertise sends a router advertisement of a lifetime that outlives the test.
func advertise(t *testing.T, router *machine, managed bool) {
	t.Helper()
	message, err := ndp.MarshalMessage(&ndp.RouterAdvertisement{
		ManagedConfiguration: managed, RouterLifetime: time.Hour,
		Options: []ndp.Option{&ndp.PrefixInformation{
			Prefix: netip.MustParseAddr("2001:db8:10::"), PrefixLength: 64, OnLink: true, ValidLifetime: time.Hour, PreferredLifetime: time.Hour,
		}},
	})
	check(t, err)
	var socket *icmp6.Socket
	check(t, router.Do(func() (err error) {
		socket, err = icmp6.OpenForRouters()
		return err
	}))
	defer socket.Close()
	index, err := router.Index(wan)
	check(t, err)
	check(t, socket.SendToNodes(uint32(index), message))
}

// toldOf waits for so many events of a kind since the server was started.
func (s *server) toldOf(kind occurrence.Kind, count int) (events []occurrence.Event) {
	s.t.Helper()
	out := s.operate("watch", "--json", "--since", "0", "--kind", kind.String(), "--count", strconv.Itoa(count))
	for line := range strings.Lines(out) {
		var e occurrence.Event
		check(s.t, json.Unmarshal([]byte(line), &e))
		events = append(events, e)
	}
	return events
}

// reasons gives what events are about, sorted.
func reasons(events []occurrence.Event) (out []string) {
	for _, e := range events {
		out = append(out, e.Reason)
	}
	slices.Sort(out)
	return out
}

func TestWhatRoutersLackIsToldAndThatItIsMended(t *testing.T) {
	t.Parallel()
	s, router := startWatched(t, watched)
	if got := reasons(s.toldOf(occurrence.RAProblem, 1)); !slices.Equal(got, []string{occurrence.NoRouter}) {
		t.Fatalf("without a router told is %v", got)
	}
	advertise(t, router, false)
	if got := reasons(s.toldOf(occurrence.RAProblem, 2)); !slices.Equal(got, []string{occurrence.ManagedMissing, occurrence.NoRouter}) {
		t.Fatalf("of a router without M told is %v", got)
	}
	if out, err := s.ns.Run(labtest.Context(t), s.binary, "links", "--config", s.config()); err == nil || !strings.Contains(out, "prov0: managed-flag-missing: ") {
		t.Errorf("stage6 links ends with %v and says\n%s", err, out)
	}
	advertise(t, router, true)
	if got := reasons(s.toldOf(occurrence.RAFits, 2)); !slices.Equal(got, []string{occurrence.ManagedMissing, occurrence.NoRouter}) {
		t.Fatalf("mended is %v", got)
	}
	var list api.LinkList
	check(t, json.Unmarshal([]byte(s.operate("links", "--json")), &list))
	i := slices.IndexFunc(list.Links, func(l api.Link) bool { return l.Interface == "prov0" })
	if i < 0 || len(list.Links[i].Problems) != 0 || len(list.Links[i].Routers) != 1 || !list.Links[i].Routers[0].Managed {
		t.Errorf("links are %+v", list)
	}
}

// another is a second server, at the other end of the link.
const another = `
leases: memory
api: unix:$DIR/api.sock
server6:
  listen: '[ff02::1:2%wan]'
  linkwatch: false
  plugins:
    - server_id: LL 52:54:00:00:00:02
    - dns: 2001:db8::53
`

func TestAnotherServerIsTold(t *testing.T) {
	t.Parallel()
	other, ns := newMachine(t, "other"), labtest.Namespace(t, "server")
	plug(t, other, ns, "prov0")
	check(t, ns.AddAddress("prov0", netip.MustParsePrefix("2001:db8:10::1/64")))
	startServer(t, other.Namespace, strings.ReplaceAll(another, "%wan", "%"+wan))
	s := startServer(t, ns, watched)

	got := s.toldOf(occurrence.OtherServer, 1)
	address, err := other.LinkLocal(labtest.Context(t), wan)
	check(t, err)
	if got[0].OtherDUID.String() != "00:03:00:01:52:54:00:00:00:02" || !strings.Contains(got[0].Text, address.String()) || got[0].Link != "prov0" {
		t.Errorf("told is %+v, want the server at %s", got[0], address)
	}
	request(t, other, dhcpv6.DUIDLL{HWType: 1, LinkLayerAddr: net.HardwareAddr{0x52, 0x54, 0, 0, 0, 3}})
	got = s.toldOf(occurrence.OtherServer, 2)
	if got[1].OtherDUID.String() != "00:03:00:01:52:54:00:00:00:03" {
		t.Errorf("told is %+v, want the server that a client names", got[1])
	}
}

// request sends a Request for a server, which need not be there.
func request(t *testing.T, m *machine, server dhcpv6.DUIDLL) {
	t.Helper()
	message, err := dhcpv6.NewMessage(dhcpv6.WithClientID(&dhcpv6.DUIDLL{HWType: 1, LinkLayerAddr: net.HardwareAddr{0x52, 0x54, 0, 0, 0, 9}}), dhcpv6.WithServerID(&server))
	check(t, err)
	message.MessageType = dhcpv6.MessageTypeRequest
	index, err := m.Index(wan)
	check(t, err)
	check(t, m.Do(func() error {
		c, err := net.ListenPacket("udp6", "[::]:0")
		if err != nil {
			return err
		}
		defer c.Close()
		_, err = c.WriteTo(message.ToBytes(), &net.UDPAddr{IP: dhcpv6.AllDHCPRelayAgentsAndServers, Port: 547, Zone: strconv.Itoa(index)})
		return err
	}))
}
