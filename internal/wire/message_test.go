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

func decode(t *testing.T, datagram []byte) *Message {
	t.Helper()
	m := new(Message)
	if reason := m.Decode(datagram); reason != OK {
		t.Fatalf("Decode(%x) = %s", datagram, reason)
	}
	return m
}

func TestMessageTypes(t *testing.T) {
	served := map[byte]bool{1: true, 3: true, 4: true, 5: true, 6: true, 8: true, 9: true, 11: true}
	refused := map[byte]Reason{2: AdvertiseIn, 7: ReplyIn, 10: ReconfigureIn, 12: RelayTruncated, 13: RelayReplyIn}
	var m Message
	for b := range 256 {
		want := UnknownType
		if r, ok := refused[byte(b)]; ok {
			want = r
		} else if served[byte(b)] {
			want = OK
		}
		if got := m.Decode([]byte{byte(b), 1, 2, 3}); got != want {
			t.Errorf("type %d: %s, want %s", b, got, want)
		}
	}
}

func TestEveryReasonHasItsOwnName(t *testing.T) {
	seen := map[string]Reason{}
	for r := OK; r <= TooManyIAs; r++ {
		name := r.String()
		if other, ok := seen[name]; ok || name == "" {
			t.Errorf("reasons %d and %d are both called %q", other, r, name)
		}
		seen[name] = r
	}
	if got := Reason(200).String(); got != "reason(200)" {
		t.Errorf("unknown reason is called %q", got)
	}
}

func TestSingletons(t *testing.T) {
	client, server := option(1, testClientID...), option(2, 0, 2, 0, 0, 0, 9, 1)
	for _, tt := range []struct {
		name    string
		options [][]byte
		want    Reason
	}{
		{"client id and server id", [][]byte{client, server}, OK},
		{"two client ids, though the same", [][]byte{client, client}, DuplicateClientID},
		{"two server ids, though the same", [][]byte{client, server, server}, DuplicateServerID},
		{"client id of two octets", [][]byte{option(1, 0, 3)}, ClientIDLength},
		{"client id of three octets", [][]byte{option(1, 0, 3, 0)}, OK},
		{"client id of 130 octets", [][]byte{option(1, make([]byte, 130)...)}, OK},
		{"client id of 131 octets", [][]byte{option(1, make([]byte, 131)...)}, ClientIDLength},
		{"no client id", [][]byte{server}, OK},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var m Message
			if got := m.Decode(message(dhcpv6.MessageTypeRequest, tt.options...)); got != tt.want {
				t.Errorf("Decode = %s, want %s", got, tt.want)
			}
		})
	}
}

func TestTheFirstOfTwoOptionsWins(t *testing.T) {
	m := decode(t, solicit(
		option(8, 0, 7), option(8, 0, 8),
		option(14), option(14),
		text(15, counted("iPXE")), text(15, counted("other")),
		option(61, 0, 7), option(61, 0, 9),
		text(39, "\x01\x02vm"), text(39, "\x00\x02wm"),
		text(16, "\x00\x00\x01\x57", counted("a")), text(16, "\x00\x00\x01\x57", counted("b")),
		ia(3, 1, text(5, string(make([]byte, 24)))), ia(3, 1),
	))
	var got bytes.Buffer
	describe(&got, m)
	want := `  SOLICIT xid 0a0b0c client 00030001525400aabb01
  IA_NA:00000001 t1 1 t2 2
    ::/128 0 0
  elapsed 7 true, rapid commit true, requested []
  user class "iPXE"
  vendor 343
  vendor class "a"
  arch 7
  fqdn 0x1 "\x02vm"
  skipped 8 times 1
  skipped 14 times 1
  skipped 15 times 1
  skipped 61 times 1
  skipped 39 times 1
  skipped 16 times 1
  skipped 3 times 1
`
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestIAs(t *testing.T) {
	addr := netip.MustParseAddr("2001:db8::7")
	m := decode(t, solicit(
		ia(25, 7, AppendIAPrefix(nil, netip.MustParsePrefix("::/56"), 0, 0, nil), option(13, 0, 0)),
		option(4, 0, 0, 0, 1),
		ia(3, 7, AppendIAAddr(nil, addr, 10, 20, option(13, 0, 0)), AppendIAAddr(nil, addr.Next(), 1, 2, nil)),
		ia(3, 8),
	))
	want := []IA{
		{ident.IA{Type: ident.PD, ID: 7}, 1, 2, []Hint{{netip.MustParsePrefix("::/56"), 0, 0}}},
		{ident.IA{Type: ident.NA, ID: 7}, 1, 2, []Hint{
			{netip.PrefixFrom(addr, 128), 10, 20}, {netip.PrefixFrom(addr.Next(), 128), 1, 2},
		}},
		{ident.IA{Type: ident.NA, ID: 8}, 1, 2, nil},
	}
	if diff := cmp.Diff(want, m.IAs, cmpopts.EquateComparable(netip.Prefix{}), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("IAs (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]Skip{{Code: 4, Count: 1}}, m.Skipped); diff != "" {
		t.Errorf("IA_TA (-want +got):\n%s", diff)
	}
}

func TestHintsKeepTheBitsThatWereSent(t *testing.T) {
	sent := netip.MustParsePrefix("2001:db8:1:2:3:4:5:6/48")
	m := decode(t, solicit(ia(25, 1, AppendIAPrefix(nil, sent, 1, 2, nil))))
	if got := m.IAs[0].Hints[0].Prefix; got != sent {
		t.Errorf("hint %s, want %s", got, sent)
	}
}

func TestHintsOfOneIADoNotReachIntoTheNext(t *testing.T) {
	hint := AppendIAAddr(nil, netip.IPv6LinkLocalAllNodes(), 1, 2, nil)
	both := solicit(ia(3, 1, hint), ia(3, 2, hint))
	m := decode(t, both)
	m.Decode(both) // the second time in memory that is large enough
	_ = append(m.IAs[0].Hints, Hint{})
	if m.IAs[1].Hints[0].Valid != 2 {
		t.Error("appending to the hints of one IA changed another's")
	}
}

func TestRequested(t *testing.T) {
	m := decode(t, solicit(option(6, 0, 23, 1, 0, 0, 23), option(6, 0, 59, 0xff, 0xff)))
	for code := range 65536 {
		want := code == 23 || code == 256 || code == 59 || code == 65535
		if got := m.Requested(uint16(code)); got != want {
			t.Errorf("Requested(%d) = %t", code, got)
		}
	}
	if diff := cmp.Diff([]uint16{23, 256, 59, 65535}, m.RequestedCodes()); diff != "" {
		t.Errorf("codes (-want +got):\n%s", diff)
	}
}

func TestAnEmptyOptionRequestIsAnOptionRequest(t *testing.T) {
	if m := decode(t, solicit(option(6))); !m.HasORO || len(m.RequestedCodes()) != 0 {
		t.Errorf("HasORO %t, codes %v", m.HasORO, m.RequestedCodes())
	}
	if m := decode(t, solicit()); m.HasORO {
		t.Error("HasORO without the option")
	}
}

func TestDecodeForgetsTheLastMessage(t *testing.T) {
	var m Message
	full := relay(3, "2001:db8::1", "fe80::1", solicit(
		ia(3, 1), option(2, 0, 1, 2), option(6, 0, 23, 1, 0), option(8, 0, 1), option(14), text(15, counted("iPXE")),
		text(16, "\x00\x00\x01\x57", counted("PXEClient:Arch:00007")), option(61, 0, 7), text(39, "\x00\x02vm"), option(4),
	), option(18, 1))
	if r := m.Decode(full); r != OK {
		t.Fatal(r)
	}
	plain := message(dhcpv6.MessageTypeInformationRequest)
	if r := m.Decode(plain); r != OK {
		t.Fatal(r)
	}
	var fresh Message
	fresh.Decode(plain)
	all := cmp.AllowUnexported(Message{}, requested{}, vendorClass{}, fqdn{})
	if diff := cmp.Diff(&fresh, &m, all, cmpopts.EquateEmpty(), cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{})); diff != "" {
		t.Errorf("(-fresh +reused):\n%s", diff)
	}
}

func TestSkippedCodesAreBounded(t *testing.T) {
	var options [][]byte
	for code := range uint16(20) {
		options = append(options, ia(3, 1, option(100+code)), ia(25, uint32(code), option(200+code)))
	}
	m := decode(t, solicit(options...))
	total := 0
	for _, s := range m.Skipped {
		total += int(s.Count)
	}
	if len(m.Skipped) > maxSkipped || total != 1+19+20 {
		t.Errorf("skipped %v: %d in all", m.Skipped, total)
	}
}

func TestOptions(t *testing.T) {
	o := Options(bytes.Join([][]byte{option(1, 1), option(300), option(1, 2), {0, 9, 0, 200, 1}}, nil))
	var codes []uint16
	for code, data := range o.All() {
		codes = append(codes, code)
		if cap(data) != len(data) {
			t.Errorf("data of %d can be appended to within the datagram", code)
		}
	}
	if diff := cmp.Diff([]uint16{1, 300, 1}, codes); diff != "" {
		t.Errorf("codes (-want +got):\n%s", diff)
	}
	if data, ok := o.Get(1); !ok || !bytes.Equal(data, []byte{1}) {
		t.Errorf("Get(1) = %v, %t", data, ok)
	}
	if data, ok := o.Get(300); !ok || data == nil || len(data) != 0 {
		t.Errorf("Get(300) = %v, %t", data, ok)
	}
	if _, ok := o.Get(9); ok {
		t.Error("Get finds an option that breaks off")
	}
	for range o.All() {
		break
	}
}
