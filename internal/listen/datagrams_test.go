package listen

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sys/unix"

	"github.com/stage6/stage6/internal/netlab"
)

func TestUnicastKnowsItsDestination(t *testing.T) {
	for name, address := range map[string]string{"listening on any": "::", "listening on one": serverAddress} {
		t.Run(name, func(t *testing.T) {
			l := machine(t)
			ns := l.link("prov0")
			l.addresses("prov0", ns)
			l.listen(1, agentsAndServers, address)
			relay := l.clientAt(ns, netip.MustParseAddr(clientAddress), 547)
			relay.send(serverAddress, "relayed")
			p := l.next()
			if p.Dst.String() != serverAddress || p.Peer.String() != "["+clientAddress+"]:547" || p.Interface != l.index("prov0") {
				t.Errorf("from %v to %v by %d", p.Peer, p.Dst, p.Interface)
			}
		})
	}
}

func TestUnicastToALinkLocalAddressComesToAny(t *testing.T) {
	l := machine(t)
	ns := l.link("prov0")
	l.listen(1, agentsAndServers, "::")
	addr, err := l.server.LinkLocal(t.Context(), "prov0")
	l.check(err)
	l.client(ns, 546).send(addr.WithZone("").String(), "hello")
	if p := l.next(); p.Dst != addr.WithZone("") || p.Interface != l.index("prov0") {
		t.Errorf("to %v by %d, want to %v by %d", p.Dst, p.Interface, addr, l.index("prov0"))
	}
}

func TestAnAddressMayBeConfiguredLater(t *testing.T) {
	l := machine(t)
	ns := l.link("prov0")
	l.listen(1, serverAddress)
	l.addresses("prov0", ns)
	l.clientAt(ns, netip.MustParseAddr(clientAddress), 547).send(serverAddress, "hello")
	l.until("hello")
}

func TestALongDatagramIsMarked(t *testing.T) {
	l := machine(t)
	ns := l.link("prov0")
	l.listen(1, agentsAndServers)
	c := l.client(ns, 546)
	whole, long := strings.Repeat("x", MaxDatagram), strings.Repeat("x", MaxDatagram+1)
	c.send(agentsAndServers, whole)
	c.send(agentsAndServers, long)
	c.send(agentsAndServers, "short")
	for _, want := range []struct {
		data     string
		oversize bool
	}{{whole, false}, {whole, true}, {"short", false}} {
		if p := l.next(); p.data != want.data || p.Oversize != want.oversize {
			t.Errorf("%d octets, oversize %v, want %d, %v", len(p.data), p.Oversize, len(want.data), want.oversize)
		}
	}
	wantCounters(t, l.set, map[string]float64{"stage6_listen_received_total": 3, "stage6_listen_oversize_total": 1})
}

func TestAnAnswerToAGroupComesFromTheLinkLocalAddressAndPort(t *testing.T) {
	for _, group := range []string{agentsAndServers, servers} {
		t.Run(group, func(t *testing.T) {
			l := machine(t)
			ns := l.link("prov0")
			l.listen(1, group)
			c := l.client(ns, 546)
			c.send(group, "solicit")
			p := l.next()
			sent, err := p.conn.Write([]Outgoing{{Data: []byte("advertise"), To: p.Peer, Interface: p.Interface}})
			if sent != 1 || err != nil {
				t.Fatalf("sent %d, %v", sent, err)
			}
			addr, err := l.server.LinkLocal(t.Context(), "prov0")
			l.check(err)
			data, from := c.receive()
			if data != "advertise" || from != netip.AddrPortFrom(addr.WithZone(""), 547) {
				t.Errorf("%q from %v, want from %v port 547", data, from, addr)
			}
		})
	}
}

func TestAnAnswerToUnicastComesFromTheAddressAsked(t *testing.T) {
	l := machine(t)
	ns := l.link("prov0")
	l.addresses("prov0", ns)
	l.check(l.server.AddAddress("prov0", netip.MustParsePrefix("2001:db8:10::3/64")))
	l.listen(1, "::")
	relay := l.clientAt(ns, netip.MustParseAddr(clientAddress), 547)
	for _, asked := range []string{serverAddress, "2001:db8:10::3"} {
		relay.send(asked, "relay-forward")
		p := l.next()
		if _, err := p.conn.Write([]Outgoing{{Data: []byte("relay-reply"), To: p.Peer, Src: p.Dst}}); err != nil {
			t.Fatal(err)
		}
		if _, from := relay.receive(); from.String() != "["+asked+"]:547" {
			t.Errorf("from %v, want %v", from, asked)
		}
	}
}

func TestAnAnswerMayComeFromALinkLocalAddress(t *testing.T) {
	l := machine(t)
	l.link("other0")
	ns := l.link("prov0")
	l.check(l.server.AddAddress("prov0", netip.MustParsePrefix("fe80::547/64")))
	l.listen(1, "::")
	c := l.client(ns, 546)
	c.send("fe80::547", "request")
	p := l.next()
	if _, err := p.conn.Write([]Outgoing{{Data: []byte("reply"), To: p.Peer, Interface: p.Interface, Src: p.Dst}}); err != nil {
		t.Fatal(err)
	}
	if _, from := c.receive(); from.String() != "[fe80::547]:547" {
		t.Errorf("from %v, want fe80::547", from)
	}
}

func TestAReplyLeavesByTheInterfaceEvenToAGlobalAddress(t *testing.T) {
	l := machine(t)
	other, ns := l.link("other0"), l.link("prov0")
	// Both links have the prefix; the route goes by the one that had it first.
	l.addresses("other0", other)
	l.check(l.server.AddAddress("prov0", netip.MustParsePrefix("2001:db8:10::3/64")))
	l.check(ns.AddAddress("eth0", netip.MustParsePrefix(clientAddress+"/64")))
	l.listen(1, "::")
	c := l.clientAt(ns, netip.MustParseAddr(clientAddress), 546)
	l.client(ns, 1024).send("ff02::1", "not for a server that is in no group")
	c.send("2001:db8:10::3", "hello")
	p := l.next()
	if p.data != "hello" {
		t.Fatalf("got %q, want hello", p.data)
	}
	if _, err := p.conn.Write([]Outgoing{{Data: []byte("back"), To: p.Peer, Interface: p.Interface}}); err != nil {
		t.Fatal(err)
	}
	if data, _ := c.receive(); data != "back" {
		t.Errorf("got %q", data)
	}
}

func TestABatchMayBeSmallerThanWhatWaits(t *testing.T) {
	p := linkPath(t)
	if err := p.send(); err != nil {
		t.Fatal(err)
	}
	total := 0
	for _, length := range []int{1, 0, 1} {
		n, err := p.to.Read(make([]Packet, length))
		if n != length || err != nil {
			t.Fatalf("read %d, %v, want %d", n, err, length)
		}
		total += n
	}
	for total < batchSize {
		n, err := p.to.Read(p.in)
		if err != nil {
			t.Fatal(err)
		}
		total += n
	}
}

func TestAZoneIsAsGoodAsAnInterface(t *testing.T) {
	l := machine(t)
	l.link("other0")
	ns := l.link("prov0")
	l.listen(1, "::")
	addr, err := l.server.LinkLocal(t.Context(), "prov0")
	l.check(err)
	c := l.client(ns, 546)
	c.send(addr.WithZone("").String(), "hello")
	p := l.next()
	if _, err := p.conn.Write([]Outgoing{{Data: []byte("back"), To: p.Peer}}); err != nil {
		t.Fatal(err)
	}
	if data, _ := c.receive(); data != "back" {
		t.Errorf("got %q", data)
	}
}

func TestAHundredGoBothWays(t *testing.T) {
	l := machine(t)
	ns := l.link("prov0")
	l.listen(1, agentsAndServers)
	c := l.client(ns, 546)
	var out []Outgoing
	var conn *Conn
	for i := range 100 {
		c.send(agentsAndServers, fmt.Sprint("solicit ", i))
	}
	for i := range 100 {
		p := l.next()
		if want := fmt.Sprint("solicit ", i); p.data != want {
			t.Fatalf("%q, want %q", p.data, want)
		}
		conn = p.conn
		out = append(out, Outgoing{Data: fmt.Append(nil, "advertise ", i), To: p.Peer, Interface: p.Interface})
	}
	if sent, err := conn.Write(out); sent != 100 || err != nil {
		t.Fatalf("sent %d, %v", sent, err)
	}
	for i := range 100 {
		if data, _ := c.receive(); data != fmt.Sprint("advertise ", i) {
			t.Fatalf("%q, want advertise %d", data, i)
		}
	}
	wantCounters(t, l.set, map[string]float64{"stage6_listen_received_total": 100, "stage6_listen_sent_total": 100})
}

func TestARefusedDestinationDoesNotLoseTheOthers(t *testing.T) {
	l := machine(t)
	ns := l.link("prov0")
	l.addresses("prov0", ns)
	l.listen(1, "::")
	relay := l.clientAt(ns, netip.MustParseAddr(clientAddress), 547)
	relay.send(serverAddress, "hello")
	p := l.next()
	nowhere := netip.MustParseAddrPort("[2001:db8:dead::1]:547")
	to := []netip.AddrPort{nowhere, p.Peer, nowhere, nowhere, p.Peer, nowhere}
	var out []Outgoing
	for i, a := range to {
		out = append(out, Outgoing{Data: fmt.Append(nil, i), To: a})
	}
	sent, err := p.conn.Write(out)
	if sent != 2 || !errors.Is(err, unix.ENETUNREACH) {
		t.Errorf("sent %d, %v, want 2 and an unreachable network", sent, err)
	}
	for _, want := range []string{"1", "4"} {
		if data, _ := relay.receive(); data != want {
			t.Errorf("got %q, want %q", data, want)
		}
	}
	wantCounters(t, l.set, map[string]float64{"stage6_listen_received_total": 1, "stage6_listen_sent_total": 2, "stage6_listen_send_errors_total": 4})
	if got := l.set.counters.unsent[noRoute].Load(); got != 4 {
		t.Errorf("%d counted as without a route, want 4", got)
	}
}

func TestRelaysSpreadOverTheSocketsOfAnAddress(t *testing.T) {
	l := machine(t)
	ns := l.link("prov0")
	l.addresses("prov0", ns)
	l.listen(4, "::")
	used := map[*Conn]bool{}
	// The kernel spreads by a hash that is keyed at random. That 64 senders miss
	// one of four sockets has a chance of one in twenty-five million.
	for port := range uint16(64) {
		l.clientAt(ns, netip.MustParseAddr(clientAddress), 2000+port).send(serverAddress, "hello")
		used[l.next().conn] = true
	}
	if len(used) != 4 {
		t.Errorf("%d sockets were used, want 4", len(used))
	}
}

func TestAPortInUseIsNamed(t *testing.T) {
	for name, address := range map[string]string{"any address": "::", "a group": agentsAndServers + "%lo"} {
		t.Run(name, func(t *testing.T) {
			l := machine(t)
			var other net.PacketConn
			// Such servers share their port with whoever wants it.
			l.check(l.server.Do(func() (err error) {
				other, err = sharing().ListenPacket(t.Context(), "udp6", "[::]:547")
				return err
			}))
			defer other.Close()
			l.newSet(1, address)
			err := l.run(t.Context())
			if !errors.Is(err, unix.EADDRINUSE) {
				t.Fatalf("error %v, want the address in use", err)
			}
			contains(t, err.Error(), "["+address+"]:547", "stop the other DHCPv6 server (ss -ulpn 'sport = :547' names it)")
			l.check(l.set.Close())
		})
	}
}

// sharing makes sockets that share their port.
func sharing() *net.ListenConfig {
	return &net.ListenConfig{Control: func(_, _ string, raw syscall.RawConn) error {
		var err error
		return errors.Join(raw.Control(func(fd uintptr) {
			err = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEADDR, 1)
		}), err)
	}}
}

func TestAPortThatIsNotPermittedIsExplained(t *testing.T) {
	l := machine(t)
	l.rights = []uint{}
	l.newSet(1, "::")
	err := l.run(t.Context())
	if !errors.Is(err, unix.EACCES) {
		t.Fatalf("error %v, want a refusal", err)
	}
	contains(t, err.Error(), "[::]:547", "needs CAP_NET_BIND_SERVICE")
}

func TestOnlyOneCapabilityIsNeeded(t *testing.T) {
	l := machine(t)
	l.rights = []uint{unix.CAP_NET_BIND_SERVICE}
	l.listen(2, agentsAndServers, servers, "::", serverAddress)
	ns := l.link("prov0")
	for _, group := range []string{agentsAndServers, servers} {
		l.logged(0, "address=\"["+group+"%prov0]:547\"")
	}
	l.client(ns, 546).send(agentsAndServers, "hello")
	l.until("hello")
}

func TestALinkLocalAddressNeedsItsInterface(t *testing.T) {
	l := machine(t)
	l.newSet(1, "fe80::1")
	err := l.run(t.Context())
	if err == nil {
		t.Fatal("no error")
	}
	contains(t, err.Error(), "[fe80::1]:547", "needs its interface, as in [fe80::1%eth0]")
}

func TestRepliesLeaveAfterReadingHasEnded(t *testing.T) {
	l := machine(t)
	ns := l.link("prov0")
	l.newSet(1, agentsAndServers)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- l.run(ctx) }()
	<-l.set.Ready()
	c := l.client(ns, 546)
	c.send(agentsAndServers, "request")
	p := l.next()
	cancel()
	l.check(<-ended)
	late := []Outgoing{{Data: []byte("reply"), To: p.Peer, Interface: p.Interface}}
	if _, err := p.conn.Write(late); err != nil {
		t.Fatal(err)
	}
	if data, _ := c.receive(); data != "reply" {
		t.Errorf("got %q", data)
	}
	l.check(l.set.Close())
	if _, err := p.conn.Write(late); !errors.Is(err, net.ErrClosed) {
		t.Errorf("error %v, want closed", err)
	}
}

func TestAnErrorOfServeEndsTheSet(t *testing.T) {
	l := machine(t)
	broken := errors.New("broken")
	set := New(parse([]string{"::"}), Options{Log: silent(), Serve: func(context.Context, *Conn) error { return broken }})
	if err := l.server.Do(func() error { return set.Run(t.Context()) }); !errors.Is(err, broken) {
		t.Errorf("error %v, want %v", err, broken)
	}
	l.check(set.Close())
}

func TestWhatTheKernelDroppedIsCounted(t *testing.T) {
	l := machine(t)
	ns := l.link("prov0")
	e := endpoint{addr: netip.MustParseAddr(agentsAndServers), port: 547, index: int(l.index("prov0")), name: "prov0"}
	var n counters
	conn := l.conn(l.server, e, &n)
	l.check(control(conn, func(fd int) error { return unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, 1) }))
	c := l.client(ns, 546)
	batch := make([]Packet, 32)
	for range 100 {
		c.send(agentsAndServers, "flood")
	}
	sent, received := uint64(100), uint64(0)
	// The kernel tells of drops with what arrives after them.
	for received+n.kernelDrops.Load() != sent {
		c.send(agentsAndServers, "after")
		sent++
		got, err := conn.Read(batch)
		l.check(err)
		received += uint64(got)
	}
	if n.kernelDrops.Load() == 0 {
		t.Errorf("no drops of %d datagrams, want some", sent)
	}
}

// control calls f with the file descriptor of a socket.
func control(c *Conn, f func(fd int) error) (err error) {
	return errors.Join(c.raw.Control(func(fd uintptr) { err = f(int(fd)) }), err)
}

// conn opens a socket in a namespace for as long as the test.
func (l *lab) conn(ns *netlab.Namespace, e endpoint, n *counters) (c *Conn) {
	l.t.Helper()
	l.check(ns.Do(func() (err error) {
		c, err = openConn(e, 32, n)
		return err
	}))
	l.t.Cleanup(c.close)
	return c
}

// wantCounters wants counters that are named, and zero for the others.
func wantCounters(t *testing.T, s *Set, want map[string]float64) {
	t.Helper()
	r := prometheus.NewPedanticRegistry()
	if err := r.Register(s); err != nil {
		t.Fatal(err)
	}
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, f := range families {
		if v := f.GetMetric()[0].GetCounter().GetValue(); v != 0 {
			got[f.GetName()] = v
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("counters (-want +got):\n%s", diff)
	}
}
