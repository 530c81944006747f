package integ

import (
	"fmt"
	"strings"
	"testing"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/privilege"
)

// byNeighbor joins a machine that is known by nothing but the kernel's table of
// neighbours: its link-local address is not made of its MAC.
func byNeighbor(l *lab) plan {
	p := direct(l)
	check(l.t, l.machine.Down(wan))
	check(l.t, l.machine.Sysctl("net/ipv6/conf/"+wan+"/addr_gen_mode", "3"))
	check(l.t, l.machine.Up(wan))
	a := l.linkLocal(l.machine.Namespace, wan)
	if mac, ok := ident.MACFromEUI64(a); ok {
		l.t.Fatalf("%v is made of %v", a, mac)
	}
	p.identify, p.known = "relay neighbor uuid", true
	return p
}

func TestAMachineIsKnownByTheKernelsNeighbours(t *testing.T) {
	l := newLab(t, topology{"directly", byNeighbor})
	if n := l.server.metric("stage6_neighbor_entries"); n != "0" {
		t.Fatalf("%s neighbours are known before the machine says anything", n)
	}
	p := dhclientProfile("dhclient -6 -N", dhclientAddress)
	mark := l.wire.mark()
	l.bind(p, p.new(l.machine))
	l.wantOffered(mark, "2001:db8:10::101")
	for name, want := range map[string]string{
		"stage6_neighbor_solicited_total":                "1",
		`stage6_front_parked_total{end="known"}`:         "1",
		`stage6_front_parked_total{end="late"}`:          "0",
		`stage6_messages_received_total{type="solicit"}`: "1",
		"stage6_front_parked":                            "0",
	} {
		if got := l.server.metric(name); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
	want := []privilege.Capability{privilege.NetBindService}
	if got := l.server.capabilities(); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the server that asks for neighbours may %v, want %v", got, want)
	}
}

// wantOffered wants the first answer after a mark to offer an address.
func (l *lab) wantOffered(mark int, want string) {
	l.t.Helper()
	l.wire.await(l.context(), mark, func(x exchanged) bool {
		for _, ia := range x.answer.Options.IANA() {
			for _, a := range ia.Options.Addresses() {
				if x.answer.MessageType != dhcpv6.MessageTypeAdvertise || a.IPv6Addr.String() != want {
					l.t.Errorf("the first answer is %v, want an offer of %s", x.answer, want)
				}
			}
		}
		return true
	})
}

// metric gives the value of a metric of the server's, written as Prometheus
// does.
func (s *server) metric(name string) string {
	s.t.Helper()
	for line := range strings.Lines(string(s.scrape())) {
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), name+" "); ok {
			return value
		}
	}
	s.t.Fatalf("the server has no metric %s", name)
	return ""
}
