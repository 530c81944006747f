package listen

import (
	"testing"
)

func TestAClientsMulticastArrivesOnceWithItsInterfaceAndDestination(t *testing.T) {
	l := machine(t)
	l.link("other0")
	ns := l.link("prov0")
	l.addresses("prov0", ns)
	l.listen(1, agentsAndServers, servers, "::")
	c := l.client(ns, 546)

	c.send(agentsAndServers, "solicit")
	// Each socket gives what it gets in order: a second copy, at any of them,
	// would come before these.
	c.send(serverAddress, "unicast")
	c.send(agentsAndServers, "link")
	c.send(servers, "site")
	got := l.until("unicast", "link", "site")

	if n := len(got["solicit"]); n != 1 {
		t.Fatalf("the datagram arrived %d times, want once", n)
	}
	p := got["solicit"][0]
	if p.Dst.String() != agentsAndServers || p.Port != 547 || p.Interface != l.index("prov0") || p.Oversize {
		t.Errorf("to %v port %d at %d, oversize %v", p.Dst, p.Port, p.Interface, p.Oversize)
	}
	if want := c.local.WithZone(zoneText(int(l.index("prov0")))); p.Peer.Addr() != want || p.Peer.Port() != 546 {
		t.Errorf("from %v, want %v port 546", p.Peer, want)
	}
	if p := got["unicast"][0]; p.Dst.String() != serverAddress || p.Interface != l.index("prov0") {
		t.Errorf("unicast to %v at %d", p.Dst, p.Interface)
	}
	if p := got["site"][0]; p.Dst.String() != servers || p.Interface != l.index("prov0") {
		t.Errorf("site to %v at %d", p.Dst, p.Interface)
	}
}
