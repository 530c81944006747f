package integ

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/internal/testrelay"
)

// wantLevels looks at every Relay-reply that the server sent: each level must be
// that of the Relay-forward which it answers.
func (l *lab) wantLevels() {
	l.t.Helper()
	for _, agent := range l.agents {
		for _, wrong := range agent.Violations() {
			l.t.Errorf("a relay complains: %s", wrong)
		}
	}
	if l.plan.levels == nil {
		return
	}
	forwards := map[dhcpv6.TransactionID]*dhcpv6.RelayMessage{}
	answered := 0
	for _, packet := range l.uplink.Packets() {
		message, err := dhcpv6.RelayMessageFromBytes(packet.Payload)
		if err != nil {
			continue
		}
		inner, err := message.GetInnerMessage()
		check(l.t, err)
		if message.MessageType == dhcpv6.MessageTypeRelayForward {
			l.wantForward(message)
			forwards[inner.TransactionID] = message
			continue
		}
		answered++
		compareLevels(l.t, forwards[inner.TransactionID], message)
	}
	if answered == 0 {
		l.t.Error("the server answered no relay")
	}
}

// wantForward makes sure that the laboratory is what its plan says.
func (l *lab) wantForward(message *dhcpv6.RelayMessage) {
	l.t.Helper()
	var got []level
	for current := message; current != nil; current, _ = current.Options.RelayMessage().(*dhcpv6.RelayMessage) {
		link, _ := netip.AddrFromSlice(current.LinkAddr)
		got = append(got, level{current.HopCount, link, string(current.Options.InterfaceID())})
	}
	// ISC's relay writes a number of its own as interface-id.
	own := cmpopts.AcyclicTransformer("withoutNumber", func(l level) level { return l.withoutNumber() })
	if diff := cmp.Diff(l.plan.levels, got, own, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" {
		l.t.Fatalf("levels of a Relay-forward (-want +got):\n%s", diff)
	}
}

func (l level) withoutNumber() level {
	if len(l.InterfaceID) == 4 && l.InterfaceID[3] == 0 {
		l.InterfaceID = ""
	}
	return l
}

func compareLevels(t *testing.T, forward, reply *dhcpv6.RelayMessage) {
	t.Helper()
	if forward == nil {
		t.Errorf("a Relay-reply to nothing that was relayed: %v", reply.Summary())
		return
	}
	for forward != nil && reply != nil {
		for _, wrong := range testrelay.Check(forward, reply) {
			t.Errorf("Relay-reply: %s", wrong)
		}
		forward, _ = forward.Options.RelayMessage().(*dhcpv6.RelayMessage)
		reply, _ = reply.Options.RelayMessage().(*dhcpv6.RelayMessage)
	}
}
