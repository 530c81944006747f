package wire

import (
	"bytes"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/ident"
)

// twoLevels is a Solicit that came by an LDRA and a relay agent beyond it.
func twoLevels() []byte {
	ldra := relay(0, "::", "fe80::1", solicit(ia(3, 1), option(6, 0, 23)),
		text(18, "port 7"), option(79, 0, 1, 0x52, 0x54, 0, 0xaa, 0xbb, 1))
	return relay(1, "2001:db8:10::1", "fe80::2", ldra,
		option(18), text(37, "\x00\x00\x00\x09rack 4"), text(38, "customer"), option(135, 0x12, 0x34),
		AppendOption(nil, 66, text(23, "0123456789abcdef")))
}

func TestRelayLevelsAreOutermostFirst(t *testing.T) {
	m := decode(t, twoLevels())
	want := []Relay{
		{
			HopCount: 1, LinkAddr: netip.MustParseAddr("2001:db8:10::1"), PeerAddr: netip.MustParseAddr("fe80::2"),
			InterfaceID: []byte{}, HasInterfaceID: true, RemoteID: []byte("\x00\x00\x00\x09rack 4"), SubscriberID: []byte("customer"),
			RelayPort: 0x1234, HasRelayPort: true, RSOO: text(23, "0123456789abcdef"),
		},
		{
			LinkAddr: netip.IPv6Unspecified(), PeerAddr: netip.MustParseAddr("fe80::1"),
			InterfaceID: []byte("port 7"), HasInterfaceID: true, ClientLinkLayer: []byte{0, 1, 0x52, 0x54, 0, 0xaa, 0xbb, 1},
		},
	}
	if diff := cmp.Diff(want, m.Relays, cmpopts.EquateComparable(netip.Addr{}), cmpopts.IgnoreFields(Relay{}, "Options")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if m.Type != dhcpv6.MessageTypeSolicit || !bytes.Equal(m.ClientID, testClientID) || len(m.IAs) != 1 {
		t.Errorf("message %s, client %x, IAs %v", m.Type, m.ClientID, m.IAs)
	}
	if enterprise, id := m.Relays[0].Remote(); enterprise != 9 || string(id) != "rack 4" {
		t.Errorf("Remote = %d, %q", enterprise, id)
	}
	if _, id := m.Relays[1].Remote(); id != nil {
		t.Errorf("Remote = %q without the option", id)
	}
	if data, ok := m.Relays[1].Options.Get(18); !ok || string(data) != "port 7" {
		t.Errorf("raw interface-id %q, %t", data, ok)
	}
}

func TestClientLinkLayerAddress(t *testing.T) {
	good := ident.MAC{0x52, 0x54, 0, 0xaa, 0xbb, 1}
	for _, tt := range []struct {
		name string
		data []byte
		want ident.MAC
	}{
		{"ethernet", []byte{0, 1, 0x52, 0x54, 0, 0xaa, 0xbb, 1}, good},
		{"another hardware type", []byte{0, 6, 0x52, 0x54, 0, 0xaa, 0xbb, 1}, ident.MAC{}},
		{"InfiniBand", append([]byte{0, 32}, make([]byte, 20)...), ident.MAC{}},
		{"five octets", []byte{0, 1, 0x52, 0x54, 0, 0xaa, 0xbb}, ident.MAC{}},
		{"seven octets", []byte{0, 1, 0x52, 0x54, 0, 0xaa, 0xbb, 1, 2}, ident.MAC{}},
		{"short-option-79", []byte{0, 1}, ident.MAC{}},
		{"empty", nil, ident.MAC{}},
		{"all zeros", make([]byte, 8), ident.MAC{}},
		{"a group address", []byte{0, 1, 0x33, 0x33, 0, 0, 0, 1}, ident.MAC{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := decode(t, relay(0, "::", "fe80::1", solicit(), option(79, tt.data...)))
			if got := m.Relays[0].MAC(); got != tt.want {
				t.Errorf("MAC = %s, want %s", got, tt.want)
			}
			if got := m.Relays[0].ClientLinkLayer; got == nil || !bytes.Equal(got, tt.data) {
				t.Errorf("raw %x, want %x", got, tt.data)
			}
		})
	}
}

func TestTheShortestRemoteID(t *testing.T) {
	m := decode(t, relay(0, "::", "fe80::1", solicit(), text(37, "\x00\x00\x00\x09x")))
	if enterprise, id := m.Relays[0].Remote(); enterprise != 9 || string(id) != "x" {
		t.Errorf("Remote = %d, %q", enterprise, id)
	}
}

func TestRelayOptionsInTheClientsMessageAreNotTheRelays(t *testing.T) {
	m := decode(t, relay(0, "::", "fe80::1", solicit(text(18, "forged"), text(37, "\x00\x00\x00\x09x"), option(79, 0, 1, 0x52, 0x54, 0, 1, 2, 3))))
	r := &m.Relays[0]
	if r.HasInterfaceID || r.RemoteID != nil || !r.MAC().IsZero() {
		t.Errorf("relay %+v", r)
	}
}

func TestMalformedRelays(t *testing.T) {
	whole := relay(0, "::", "fe80::1", solicit())
	for _, tt := range []struct {
		name     string
		datagram []byte
		want     Reason
	}{
		{"header cut", whole[:33], RelayTruncated},
		{"no options", whole[:34], NoRelayMessage},
		{"only other options", append(bytes.Clone(whole[:34]), option(18, 1)...), NoRelayMessage},
		{"relay message cut", whole[:len(whole)-1], RelayTruncated},
		{"relay message empty", relay(0, "::", "fe80::1", nil), RelayTruncated},
		{"relay message of a type alone", relay(0, "::", "fe80::1", []byte{1}), RelayTruncated},
		{"inner relay cut", relay(1, "::", "fe80::1", whole[:20]), RelayTruncated},
		{"relay-reply-in a relay", relay(0, "::", "fe80::1", []byte{13, 0, 0, 0}), RelayReplyIn},
		{"reply-in a relay", relay(0, "::", "fe80::1", message(dhcpv6.MessageTypeReply)), ReplyIn},
		{"trailing octets", append(bytes.Clone(whole), 1, 2, 3), OK},
		{"another option cut", append(bytes.Clone(whole), 0, 18, 0, 9, 1), OK},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var m Message
			if got := m.Decode(tt.datagram); got != tt.want {
				t.Errorf("Decode = %s, want %s", got, tt.want)
			}
		})
	}
}

func TestMalformedRelayOptionsAreSkipped(t *testing.T) {
	m := decode(t, relay(0, "::", "fe80::1", solicit(),
		option(135, 1), option(135, 1, 2), option(135, 3, 4), text(37, "\x00\x00\x00\x09"), text(18, "a"), text(18, "b"),
		AppendOption(nil, 9, solicit(option(14)))))
	r := &m.Relays[0]
	if !r.HasRelayPort || r.RelayPort != 0x102 || r.RemoteID != nil || string(r.InterfaceID) != "a" || !m.RapidCommit {
		t.Errorf("relay %+v, rapid commit %t", r, m.RapidCommit)
	}
	want := []Skip{{135, 2}, {37, 1}, {18, 1}, {9, 1}}
	if diff := cmp.Diff(want, m.Skipped); diff != "" {
		t.Errorf("skipped (-want +got):\n%s", diff)
	}
}

func TestRelayDepth(t *testing.T) {
	b := solicit()
	var m Message
	for level := range MaxRelays {
		b = relay(uint8(level), "::", "fe80::1", b)
		if r := m.Decode(b); r != OK || len(m.Relays) != level+1 {
			t.Fatalf("%d levels: %s, %d relays", level+1, r, len(m.Relays))
		}
	}
	if r := m.Decode(relay(MaxRelays, "::", "fe80::1", b)); r != RelayDepth {
		t.Errorf("%d levels: %s", MaxRelays+1, r)
	}
}

func TestRelayReplyMirrorsEveryLevel(t *testing.T) {
	m := decode(t, twoLevels())
	prefix := []byte("what was in the buffer")
	b := m.AppendRelayHeaders(bytes.Clone(prefix))
	b = AppendHeader(b, dhcpv6.MessageTypeAdvertise, m.XID)
	b = AppendOption(b, 1, m.ClientID)
	b, ok := m.CloseRelays(b, len(prefix))
	if !ok || !bytes.HasPrefix(b, prefix) {
		t.Fatalf("CloseRelays = %x, %t", b, ok)
	}
	outer, err := dhcpv6.RelayMessageFromBytes(b[len(prefix):])
	if err != nil {
		t.Fatal(err)
	}
	inner := outer.Options.RelayMessage().(*dhcpv6.RelayMessage)
	for i, r := range []*dhcpv6.RelayMessage{outer, inner} {
		sent := m.Relays[i]
		if r.MessageType != dhcpv6.MessageTypeRelayReply || r.HopCount != sent.HopCount ||
			!r.LinkAddr.Equal(sent.LinkAddr.AsSlice()) || !r.PeerAddr.Equal(sent.PeerAddr.AsSlice()) ||
			!bytes.Equal(r.Options.InterfaceID(), sent.InterfaceID) {
			t.Errorf("level %d: %s", i, r.Summary())
		}
	}
	if port := outer.Options.GetOne(dhcpv6.OptionRelayPort); port == nil || !bytes.Equal(port.ToBytes(), []byte{0x12, 0x34}) {
		t.Errorf("relay port %v", port)
	}
	if n := len(outer.Options.Options) + len(inner.Options.Options); n != 3+2 {
		t.Errorf("%d options in both levels, want 5", n)
	}
	advertise := inner.Options.RelayMessage().(*dhcpv6.Message)
	if advertise.MessageType != dhcpv6.MessageTypeAdvertise || advertise.TransactionID != testXID {
		t.Errorf("message %s", advertise)
	}
}

func TestADirectReplyHasNoRelayHeaders(t *testing.T) {
	m := decode(t, solicit())
	b := m.AppendRelayHeaders(nil)
	if b, ok := m.CloseRelays(b, 0); !ok || len(b) != 0 {
		t.Errorf("%x, %t", b, ok)
	}
}

func TestRepliesLongerThanADatagramAreRefused(t *testing.T) {
	m := decode(t, twoLevels())
	for _, tt := range []struct {
		total int
		want  bool
	}{{maxDatagram, true}, {maxDatagram + 1, false}, {200000, false}} {
		b := m.AppendRelayHeaders(nil)
		b = append(b, make([]byte, tt.total-len(b))...)
		if _, ok := m.CloseRelays(b, 0); ok != tt.want {
			t.Errorf("%d octets: %t", tt.total, ok)
		}
	}
	b := AppendOption(nil, 17, make([]byte, 70000))
	if _, ok := new(Message).CloseRelays(b, 0); ok {
		t.Error("an option that overflows its length passed")
	}
}
