package server_test

import (
	"net/netip"
	"testing"

	"github.com/stage6/stage6/internal/exchange"
	"github.com/stage6/stage6/internal/server"
)

const (
	direct = "information-request 0a0b0c\n"

	relayed = "relay-forward hops=0 link=2001:db8:20::1 peer=fe80::1\n" +
		"  relay-message\n" +
		"    information-request 0a0b0c\n"

	relayedFromPort = "relay-forward hops=0 link=2001:db8:20::1 peer=fe80::1\n" +
		"  relay-port 0\n" +
		"  relay-message\n" +
		"    information-request 0a0b0c\n"

	relayedFromPortInside = "relay-forward hops=1 link=2001:db8:20::1 peer=2001:db8:20::2\n" +
		"  relay-message\n" +
		"    relay-forward hops=0 link=2001:db8:20::1 peer=fe80::1\n" +
		"      relay-port 1547\n" +
		"      relay-message\n" +
		"        information-request 0a0b0c\n"
)

// TestAddress is about where a reply goes (RFC 9915 sections 7.2 and 18.3.10,
// RFC 8357 section 5.2).
func TestAddress(t *testing.T) {
	const group, own = "ff02::1:2", "2001:db8:10::2"
	for _, c := range []struct {
		name, message, from, to string
		port                    uint16
		want                    string
		iface                   uint32
		src                     string
	}{
		{"answers a client on port 546", direct, "[fe80::1%prov0]:546", group, 547, "[fe80::1%prov0]:546", prov0, ""},
		{"takes any source port", direct, "[fe80::1%prov0]:40000", group, 547, "[fe80::1%prov0]:546", prov0, ""},
		{"answers on the same interface", direct, "[2001:db8:10::77]:546", group, 547, "[2001:db8:10::77]:546", prov0, ""},
		{"answers a relay on port 547", relayed, "[2001:db8:20::1]:547", own, 547, "[2001:db8:20::1]:547", 0, own},
		{"answers a relay on port 547 whatever port it used", relayed, "[2001:db8:20::1]:40000", own, 547, "[2001:db8:20::1]:547", 0, own},
		{"answers a relay on the link by its interface", relayed, "[fe80::9%prov0]:547", group, 547, "[fe80::9%prov0]:547", prov0, ""},
		{"answers from the address that was asked", relayed, "[2001:db8:20::1]:547", "2001:db8:10::3", 547, "[2001:db8:20::1]:547", 0, "2001:db8:10::3"},
		{"relay source port", relayedFromPort, "[2001:db8:20::1]:40000", own, 547, "[2001:db8:20::1]:40000", 0, own},
		{"inner relay source port changes nothing", relayedFromPortInside, "[2001:db8:20::1]:40000", own, 547, "[2001:db8:20::1]:547", 0, own},
		{"a server on a port of its own answers the sender's port", direct, "[fe80::1%prov0]:40000", group, 1547, "[fe80::1%prov0]:40000", prov0, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newServer(server.Settings{}).NewWorker()
			a := exchange.Arrival{Peer: netip.MustParseAddrPort(c.from), Dst: netip.MustParseAddr(c.to), Port: c.port, Interface: prov0, Time: start}
			r, drop := serve(t, w, a, c.message)
			if drop != "" {
				t.Fatalf("dropped: %s", drop)
			}
			var src netip.Addr
			if c.src != "" {
				src = netip.MustParseAddr(c.src)
			}
			if r.To.String() != c.want || r.Interface != c.iface || r.Src != src {
				t.Errorf("got %s by %d from %s, want %s by %d from %s", r.To, r.Interface, r.Src, c.want, c.iface, src)
			}
		})
	}
}

// TestWhoCannotBeAnsweredGetsNothing is about sources to which no reply can go.
func TestWhoCannotBeAnsweredGetsNothing(t *testing.T) {
	for _, from := range []string{"[::]:546", "[ff02::1:2]:547", "[ff02::1%prov0]:546", "[2001:db8:10::77]:0"} {
		for _, message := range []string{direct, relayed, relayedFromPort} {
			srv := newServer(server.Settings{})
			a := arrival()
			a.Peer = netip.MustParseAddrPort(from)
			if _, drop := serve(t, srv.NewWorker(), a, message); drop != "unanswerable-source" {
				t.Errorf("from %s dropped %q, want unanswerable-source:\n%s", from, drop, message)
			}
		}
	}
}
