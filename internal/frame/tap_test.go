package frame

import (
	"context"
	"fmt"
	"net/netip"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sys/unix"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/netlab/labtest"
)

func TestADatagramHasTheAddressOfItsFrame(t *testing.T) {
	l := newLab(t)
	p := l.link("prov0")
	l.listen()
	p.say(clientMAC, clientAddress, "hello")
	l.want("hello", clientMAC)
}

func TestDatagramsOfOneAddressAreEachTheirFrames(t *testing.T) {
	l := newLab(t)
	p := l.link("prov0")
	l.listenHeld()
	var want []arrival
	for i := range 30 {
		mac := ident.MAC{2, 0, 0, 0, 0, byte(i%3 + 1)}
		want = append(want, arrival{fmt.Sprint("datagram ", i), l.index("prov0"), mac})
		p.say(mac, clientAddress, want[i].data)
	}
	close(l.hold) // all frames are in the ring
	for _, w := range want {
		if got := l.next(); got != w {
			t.Errorf("got %v, want %v", got, w)
		}
	}
}

func TestInterfacesAreToldApart(t *testing.T) {
	l := newLab(t)
	first, second := l.link("prov0"), l.link("prov1")
	l.listenHeld()
	first.say(clientMAC, clientAddress, "first")
	second.say(otherMAC, clientAddress, "second")
	close(l.hold)
	want := map[string]arrival{
		"first":  {"first", l.index("prov0"), clientMAC},
		"second": {"second", l.index("prov1"), otherMAC},
	}
	for range want {
		if got := l.next(); got != want[got.data] {
			t.Errorf("got %v, want %v", got, want[got.data])
		}
	}
}

func TestAnInterfaceMayAppearLater(t *testing.T) {
	l := newLab(t)
	l.link("other0")
	l.listen()
	p := l.link("prov0")
	// The group is joined some time after the interface has come.
	for i := 0; ; i++ {
		p.say(clientMAC, clientAddress, fmt.Sprint("hello ", i))
		select {
		case a := <-l.arrivals:
			if a.mac != clientMAC || a.index != l.index("prov0") {
				t.Errorf("got %v, want it from %v", a, clientMAC)
			}
			return
		case <-l.ctx.Done():
			t.Fatal("no datagram")
		default:
			runtime.Gosched()
		}
	}
}

func TestATagForPriorityIsNoVLAN(t *testing.T) {
	l := newLab(t)
	p := l.link("prov0")
	l.listen()
	packet := func(data string) []byte { return ipv6(clientAddress, unix.IPPROTO_UDP, udp(clientAddress, data)) }
	p.send(ethernet(otherMAC, []byte{0x81, 0, 0, 7}, packet("of VLAN 7")))
	p.send(ethernet(clientMAC, []byte{0x81, 0, 0xe0, 0}, packet("of priority 7")))
	l.want("of priority 7", clientMAC)
	wantSeen(t, l.tap, 1)
}

func TestNobodyCanHideBehindExtensionHeaders(t *testing.T) {
	// Six octets of padding make a header of eight (RFC 8200 section 4.2).
	options := append([]byte{unix.IPPROTO_UDP, 0, 1, 4, 0, 0, 0, 0}, udp(clientAddress, "options")...)
	twice := append([]byte{unix.IPPROTO_DSTOPTS, 0, 1, 4, 0, 0, 0, 0}, options...)
	whole := udp(clientAddress, "fragments")
	fragment := func(from, to int, more byte) []byte {
		header := []byte{unix.IPPROTO_UDP, 0, 0, byte(from) | more, 0, 0, 0, 9}
		return ipv6(clientAddress, unix.IPPROTO_FRAGMENT, append(header, whole[from:to]...))
	}
	for name, test := range map[string]struct {
		data    string
		packets [][]byte
	}{
		"a destination options header": {"options", [][]byte{ipv6(clientAddress, unix.IPPROTO_DSTOPTS, options)}},
		"a hop-by-hop options header":  {"options", [][]byte{ipv6(clientAddress, unix.IPPROTO_HOPOPTS, options)}},
		"two headers":                  {"options", [][]byte{ipv6(clientAddress, unix.IPPROTO_HOPOPTS, twice)}},
		"fragments":                    {"fragments", [][]byte{fragment(0, 8, 1), fragment(8, len(whole), 0)}},
		"fragments in reverse":         {"fragments", [][]byte{fragment(8, len(whole), 0), fragment(0, 8, 1)}},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t)
			p := l.link("prov0")
			l.listen()
			p.say(clientMAC, clientAddress, "before")
			l.want("before", clientMAC)
			for _, packet := range test.packets {
				p.send(ethernet(otherMAC, nil, packet))
			}
			p.say(clientMAC, clientAddress, "after")
			l.want(test.data, otherMAC)
			l.want("after", clientMAC)
		})
	}
}

func TestAFloodOfOthersPushesNobodyOut(t *testing.T) {
	l := newLab(t)
	p := l.link("prov0")
	l.listenHeld()
	flood := func() {
		from := netip.MustParseAddr("fe80::1:0:0:1")
		for range 1000 {
			p.say(otherMAC, from, "flood")
			from = from.Next()
		}
		l.tap.sweep()
	}
	flood()
	p.say(clientMAC, clientAddress, "hello")
	flood()
	flood()
	close(l.hold)
	for {
		switch a := l.next(); a.data {
		case "flood":
			continue
		default:
			if a.data != "hello" || a.mac != clientMAC {
				t.Errorf("%q from %v, want hello from %v", a.data, a.mac, clientMAC)
			}
			return
		}
	}
}

func TestABridgeHasTheFramesOfItsMembers(t *testing.T) {
	l := newLab(t)
	p := l.link("prov0")
	l.check(l.server.Bridge("br0", "prov0"))
	_, err := l.server.LinkLocal(l.ctx, "br0")
	l.check(err)
	l.listen()
	p.say(clientMAC, clientAddress, "hello")
	if got, want := l.next(), (arrival{"hello", l.index("br0"), clientMAC}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestFramesThatAreNoConcernAreIgnored(t *testing.T) {
	l := newLab(t)
	p := l.link("prov0")
	l.listen()
	good := func() []byte {
		return ethernet(otherMAC, nil, ipv6(clientAddress, unix.IPPROTO_UDP, udp(clientAddress, "ignored")))
	}
	const etherLength = 14
	for _, spoil := range []func(f []byte){
		func(f []byte) { f[0], f[5] = 0x02, 9 },                           // to another machine
		func(f []byte) { f[12], f[13] = 8, 0 },                            // IPv4
		func(f []byte) { f[etherLength+nextHeaderAt] = unix.IPPROTO_TCP }, // not UDP
		func(f []byte) { // a report of groups
			f[etherLength+nextHeaderAt], f[etherLength+ipv6Length] = unix.IPPROTO_HOPOPTS, unix.IPPROTO_ICMPV6
		},
		func(f []byte) { f[etherLength+sourceAt] = 0x20 }, // from a global address
		func(f []byte) { f[etherLength+udpPortAt+1]++ },   // to another port
	} {
		f := good()
		spoil(f)
		p.send(f)
	}
	p.send(good()[:etherLength+ipv6Length+2]) // cut before the port
	p.say(clientMAC, clientAddress, "hello")
	l.want("hello", clientMAC)
	wantSeen(t, l.tap, 1)
}

// wantSeen wants so many frames to have been read.
func wantSeen(t *testing.T, tap *Tap, want uint64) {
	t.Helper()
	if got := tap.count().seen; got != want {
		t.Errorf("%d frames were seen, want %d", got, want)
	}
}

// flood sends frames that no socket takes: their checksum is wrong.
func flood(p *port, n int) {
	d := udp(clientAddress, "flood")
	d[6]++
	frame := ethernet(otherMAC, nil, ipv6(clientAddress, unix.IPPROTO_UDP, d))
	for range n {
		p.send(frame)
	}
}

func TestAFullRingIsEmptiedByTheNextDatagram(t *testing.T) {
	l := newLab(t)
	p := l.link("prov0")
	l.listen()
	flood(p, slotCount+10)
	p.say(clientMAC, clientAddress, "during the flood")
	l.want("during the flood", ident.MAC{})
	p.say(clientMAC, clientAddress, "after it")
	l.want("after it", clientMAC)
	wantCounters(t, l.tap, map[string]float64{
		"stage6_frame_seen_total": slotCount + 1, "stage6_frame_kernel_drops_total": 11,
		"stage6_frame_found_total": 1, "stage6_frame_missing_total": 1,
	})
}

func wantCounters(t *testing.T, tap *Tap, want map[string]float64) {
	t.Helper()
	r := prometheus.NewPedanticRegistry()
	if err := r.Register(tap); err != nil {
		t.Fatal(err)
	}
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, f := range families {
		got[f.GetName()] = f.GetMetric()[0].GetCounter().GetValue()
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("counters (-want +got):\n%s", diff)
	}
}

func TestRunEmptiesTheRing(t *testing.T) {
	l := newLab(t)
	p := l.link("prov0")
	l.listen()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- l.tap.Run(ctx) }()
	for i := range 3 {
		flood(p, slotCount)
		for l.tap.count().seen < uint64((i+1)*slotCount+i) {
			runtime.Gosched()
		}
		p.say(clientMAC, clientAddress, "after a flood")
		l.want("after a flood", clientMAC)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestAClosedTapFindsNothing(t *testing.T) {
	l := newLab(t)
	l.check(l.tap.Close())
	if m := l.tap.MAC(1, clientAddress, 1); !m.IsZero() {
		t.Errorf("got %v, want nothing", m)
	}
}

func TestOpenSaysThatItNeedsTheCapability(t *testing.T) {
	server := labtest.Namespace(t, "server")
	err := server.Do(func() error {
		// The thread is thrown away afterwards, and what it lost with it.
		header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
		var none [2]unix.CapUserData
		if err := unix.Capset(&header, &none[0]); err != nil {
			t.Error(err)
		}
		_, err := Open(547)
		return err
	})
	const want = "packet socket: operation not permitted: start the server as root or give it CAP_NET_RAW " +
		"(AmbientCapabilities and CapabilityBoundingSet of a systemd unit)"
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}
