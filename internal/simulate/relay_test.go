package simulate

import (
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"github.com/insomniacslk/dhcp/dhcpv6"
)

var linkAddress = netip.MustParseAddr("2001:db8:10::1")

func TestARelayAgentSaysWhereTheMachineIs(t *testing.T) {
	r := &Relay{
		LinkAddress: linkAddress, ClientMAC: true, InterfaceID: "port of ${mac}",
		RemoteID: &RemoteID{9, "rack ${mac}"}, OddPort: true, port: 4711,
	}
	m := NewMachine(testMAC, UUID{}, 1)
	message := (&dhcpv6.Message{MessageType: solicit}).ToBytes()
	f, err := dhcpv6.RelayMessageFromBytes(r.wrap(m, message))
	if err != nil {
		t.Fatal(err)
	}
	_, mac := f.Options.ClientLinkLayerAddress()
	remote := f.Options.RemoteID()
	got := map[string]string{
		"link":      f.LinkAddr.String(),
		"peer":      f.PeerAddr.String(),
		"mac":       mac.String(),
		"interface": string(f.Options.InterfaceID()),
		"remote":    string(remote.RemoteID),
		"message":   string(f.Options.RelayMessage().ToBytes()),
	}
	want := map[string]string{
		"link":      "2001:db8:10::1",
		"peer":      "fe80::5054:ff:feaa:bb01",
		"mac":       "52:54:00:aa:bb:01",
		"interface": "port of 52:54:00:aa:bb:01",
		"remote":    "rack 52:54:00:aa:bb:01",
		"message":   string(message),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Relay-forward (-want +got):\n%s", diff)
	}
	if port := f.Options.GetOne(dhcpv6.OptionRelayPort); port == nil || !cmp.Equal(port.ToBytes(), []byte{4711 >> 8, 4711 & 0xff}) {
		t.Errorf("relay port %v, want 4711", port)
	}
}

func TestARelayAgentSaysOnlyWhatItIsTold(t *testing.T) {
	r := &Relay{LinkAddress: linkAddress}
	f, err := dhcpv6.RelayMessageFromBytes(r.wrap(NewMachine(testMAC, UUID{}, 1), (&dhcpv6.Message{MessageType: solicit}).ToBytes()))
	if err != nil {
		t.Fatal(err)
	}
	if len(f.Options.Options) != 1 {
		t.Errorf("options %v, want the message alone", f.Options)
	}
}

// relayed answers through the relay agent, and lets a test spoil what it hears.
func relayed(spoil func(*dhcpv6.RelayMessage)) func([]byte) [][]byte {
	return func(datagram []byte) [][]byte {
		f, err := dhcpv6.RelayMessageFromBytes(datagram)
		if err != nil {
			panic(err)
		}
		inner := lendTo(f.Options.RelayMessage().(*dhcpv6.Message), testAddress)
		reply, err := dhcpv6.NewRelayReplFromRelayForw(f, inner)
		if err != nil {
			panic(err)
		}
		outer := reply.(*dhcpv6.RelayMessage)
		spoil(outer)
		return [][]byte{outer.ToBytes()}
	}
}

func TestARelayAgentLooksAtWhatItHandsDown(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*dhcpv6.RelayMessage)
		want  string
	}{
		"all is well":        {func(*dhcpv6.RelayMessage) {}, ""},
		"another client":     {func(m *dhcpv6.RelayMessage) { m.PeerAddr[15]++ }, "is for fe80::5054:ff:feaa:bb02 and not for the client"},
		"another link":       {func(m *dhcpv6.RelayMessage) { m.LinkAddr[15]++ }, "has link-address 2001:db8:10::2"},
		"another interface":  {func(m *dhcpv6.RelayMessage) { m.Options.Update(dhcpv6.OptInterfaceID([]byte("port 2"))) }, `has interface-id "port 2"`},
		"another hop count":  {func(m *dhcpv6.RelayMessage) { m.HopCount = 3 }, "has hop count 3"},
		"not a reply":        {func(m *dhcpv6.RelayMessage) { m.MessageType = dhcpv6.MessageTypeRelayForward }, "no answer"},
		"nothing to hand on": {func(m *dhcpv6.RelayMessage) { m.Options.Del(dhcpv6.OptionRelayMsg) }, "no answer"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				carrier := newCarrier(newFakeSocket(relayed(c.spoil)), &Relay{LinkAddress: linkAddress, InterfaceID: "port 1"})
				defer carrier.Close()
				b := Boot{Plan: mustPlan(t, "dhclient"), Carrier: carrier}
				err := b.Run(t.Context(), NewMachine(testMAC, UUID{}, 1))
				if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
					t.Errorf("got %v, want %q", err, c.want)
				}
			})
		})
	}
}

func TestARemoteIDHasAnEnterprise(t *testing.T) {
	got, err := ParseRemoteID("9:rack:7")
	if err != nil || *got != (RemoteID{9, "rack:7"}) {
		t.Errorf("got %v, %v", got, err)
	}
	for _, text := range []string{"", "9", "9:", "x:y", "4294967296:y", "-1:y"} {
		if _, err := ParseRemoteID(text); err == nil {
			t.Errorf("%q: no error", text)
		}
	}
}
