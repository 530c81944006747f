package wire

import (
	"bytes"
	"fmt"
	"math"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/insomniacslk/dhcp/dhcpv6"
	"github.com/insomniacslk/dhcp/iana"

	"github.com/stage6/stage6/ident"
)

// maxFuzzed keeps the library's parser, which is cubic, from deciding how fast
// the fuzzer runs.
const maxFuzzed = 1500

// FuzzDecode has the library's parser as a second opinion: what it accepts is
// accepted here too, but for what we refuse on purpose, and means the same.
func FuzzDecode(f *testing.F) {
	for _, d := range clientMessages(f) {
		f.Add(d)
	}
	f.Add(twoLevels())
	for _, h := range hostileDatagrams() {
		if len(h.datagram) <= maxFuzzed {
			f.Add(h.datagram)
		}
	}
	var m Message
	f.Fuzz(func(t *testing.T, datagram []byte) {
		if len(datagram) > maxFuzzed {
			return
		}
		kept := bytes.Clone(datagram)
		reason := m.Decode(datagram)
		if !bytes.Equal(kept, datagram) {
			t.Fatal("Decode changed the datagram")
		}
		if reason == OK {
			checkEcho(t, &m)
		}
		if theirs, err := dhcpv6.FromBytes(kept); err == nil {
			compareWithLibrary(t, &m, reason, theirs)
		}
	})
}

// onPurpose lists why we refuse messages that the library accepts.
func onPurpose(r Reason) bool {
	switch r {
	case Truncated, RelayTruncated, OK:
		return false
	}
	return true
}

func compareWithLibrary(t *testing.T, m *Message, reason Reason, theirs dhcpv6.DHCPv6) {
	t.Helper()
	inner, err := theirs.GetInnerMessage()
	if err != nil {
		if reason == OK {
			t.Fatalf("accepted, but the library finds no message: %v", err)
		}
		return
	}
	if reason != OK {
		if !onPurpose(reason) {
			t.Fatalf("%s, but the library accepts %s", reason, inner.Summary())
		}
		return
	}
	want := libraryFacts(inner)
	if m.requested.seen == maxRequested {
		want.Requested = want.Requested[:len(m.RequestedCodes())]
	}
	if diff := cmp.Diff(want, ourFacts(m), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("(-library +ours):\n%s", diff)
	}
	for i := range m.Relays {
		r := theirs.(*dhcpv6.RelayMessage)
		compareRelay(t, r, &m.Relays[i])
		theirs = r.Options.RelayMessage()
	}
}

func compareRelay(t *testing.T, theirs *dhcpv6.RelayMessage, ours *Relay) {
	t.Helper()
	if theirs.HopCount != ours.HopCount || address(theirs.LinkAddr) != ours.LinkAddr || address(theirs.PeerAddr) != ours.PeerAddr ||
		!bytes.Equal(theirs.Options.InterfaceID(), ours.InterfaceID) {
		t.Errorf("relay %+v, the library says %s", ours, theirs.Summary())
	}
}

func address(ip net.IP) netip.Addr { return netip.AddrFrom16([16]byte(ip.To16())) }

// facts is what both parsers tell of a message.
type facts struct {
	Type      dhcpv6.MessageType
	XID       dhcpv6.TransactionID
	ClientID  string
	NA, PD    []string
	Requested []uint16
}

func ourFacts(m *Message) facts {
	out := facts{Type: m.Type, XID: m.XID, ClientID: fmt.Sprintf("%x", m.ClientID), Requested: slices.Clone(m.RequestedCodes())}
	for _, ia := range m.IAs {
		s := fmt.Sprintf("%08x %d %d", ia.ID, ia.T1, ia.T2)
		for _, h := range ia.Hints {
			s += hintText(h.Prefix, h.Preferred, h.Valid)
		}
		if ia.Type == ident.NA {
			out.NA = append(out.NA, s)
		} else {
			out.PD = append(out.PD, s)
		}
	}
	return out
}

// hintText leaves out the address of a prefix of length 0, which the library
// does not keep.
func hintText(p netip.Prefix, preferred, valid uint32) string {
	if p.Bits() == 0 {
		return fmt.Sprintf(" any/0 %d %d", preferred, valid)
	}
	return fmt.Sprintf(" %s %d %d", p, preferred, valid)
}

func libraryFacts(m *dhcpv6.Message) facts {
	out := facts{Type: m.MessageType, XID: m.TransactionID}
	if id := m.Options.GetOne(dhcpv6.OptionClientID); id != nil {
		out.ClientID = fmt.Sprintf("%x", id.ToBytes())
	}
	seenNA, seenPD := map[[4]byte]bool{}, map[[4]byte]bool{}
	for _, ia := range m.Options.IANA() {
		if !seenNA[ia.IaId] {
			seenNA[ia.IaId] = true
			out.NA = append(out.NA, naText(ia))
		}
	}
	for _, ia := range m.Options.IAPD() {
		if !seenPD[ia.IaId] {
			seenPD[ia.IaId] = true
			out.PD = append(out.PD, pdText(ia))
		}
	}
	// Of a code that stands in several Option Request options the library gives
	// each, we the first.
	for _, code := range m.Options.RequestedOptions() {
		if !slices.Contains(out.Requested, uint16(code)) {
			out.Requested = append(out.Requested, uint16(code))
		}
	}
	return out
}

func naText(ia *dhcpv6.OptIANA) string {
	s := fmt.Sprintf("%x %d %d", ia.IaId, seconds(ia.T1), seconds(ia.T2))
	for _, a := range ia.Options.Addresses() {
		s += hintText(netip.PrefixFrom(address(a.IPv6Addr), 128), seconds(a.PreferredLifetime), seconds(a.ValidLifetime))
	}
	return s
}

func pdText(ia *dhcpv6.OptIAPD) string {
	s := fmt.Sprintf("%x %d %d", ia.IaId, seconds(ia.T1), seconds(ia.T2))
	for _, p := range ia.Options.Prefixes() {
		prefix := netip.PrefixFrom(netip.IPv6Unspecified(), 0)
		if p.Prefix != nil && p.Prefix.Mask == nil {
			continue // longer than 128
		}
		if p.Prefix != nil {
			bits, _ := p.Prefix.Mask.Size()
			prefix = netip.PrefixFrom(address(p.Prefix.IP), bits)
		}
		s += hintText(prefix, seconds(p.PreferredLifetime), seconds(p.ValidLifetime))
	}
	return s
}

func seconds(d time.Duration) uint32 { return uint32(d / time.Second) }

// checkEcho forms the reply's relay headers and has the library read them.
func checkEcho(t *testing.T, m *Message) {
	t.Helper()
	b := AppendHeader(m.AppendRelayHeaders(nil), dhcpv6.MessageTypeReply, m.XID)
	b, ok := m.CloseRelays(b, 0)
	if !ok {
		t.Fatalf("a reply of %d octets is too long", len(b))
	}
	reply, err := dhcpv6.FromBytes(b)
	if err != nil {
		t.Fatalf("the library refuses our reply: %v", err)
	}
	for i := range m.Relays {
		r, ok := reply.(*dhcpv6.RelayMessage)
		if !ok || r.MessageType != dhcpv6.MessageTypeRelayReply {
			t.Fatalf("level %d of the reply is %s", i, reply.Summary())
		}
		compareRelay(t, r, &m.Relays[i])
		reply = r.Options.RelayMessage()
	}
	if inner, ok := reply.(*dhcpv6.Message); !ok || inner.TransactionID != m.XID {
		t.Fatalf("the message in the reply is %s", reply.Summary())
	}
}

// FuzzRoundTrip encodes a reply and has the library and ourselves read it.
func FuzzRoundTrip(f *testing.F) {
	f.Add(uint32(1), uint32(3600), uint32(7200), make([]byte, 16), uint8(56), "all is well", "example.net", uint16(17), []byte{1})
	f.Add(uint32(math.MaxUint32), uint32(0), uint32(math.MaxUint32), []byte("0123456789abcdef"), uint8(128), "", "a.b.c.", uint16(65535), []byte{})
	f.Add(uint32(0), uint32(0), uint32(0), []byte("0123456789abcdef"), uint8(0), "é", "-", uint16(256), []byte("text"))
	f.Fuzz(func(t *testing.T, iaid, preferred, valid uint32, raw []byte, bits uint8, status, name string, code uint16, data []byte) {
		if len(raw) != 16 || len(status)+len(data) > 60000 {
			return
		}
		addr := netip.AddrFrom16([16]byte(raw))
		prefix := netip.PrefixFrom(addr, int(bits)%129)
		b := AppendHeader(nil, dhcpv6.MessageTypeReply, testXID)
		na := AppendIAAddr(nil, addr, preferred, valid, AppendStatus(nil, iana.StatusNoBinding, status))
		pd := AppendIAPrefix(nil, prefix, preferred, valid, nil)
		b = append(append(b, ia(3, iaid, na)...), ia(25, iaid, pd)...)
		checkReply(t, b, ourReply(iaid, prefix, preferred, valid), status)
		checkOption(t, code, data)
		checkName(t, name)
	})
}

func ourReply(iaid uint32, prefix netip.Prefix, preferred, valid uint32) facts {
	head := fmt.Sprintf("%08x 1 2", iaid)
	return facts{
		Type: dhcpv6.MessageTypeReply, XID: testXID,
		NA: []string{head + hintText(netip.PrefixFrom(prefix.Addr(), 128), preferred, valid)},
		PD: []string{head + hintText(prefix, preferred, valid)},
	}
}

func checkReply(t *testing.T, b []byte, want facts, status string) {
	t.Helper()
	reply, err := dhcpv6.MessageFromBytes(b)
	if err != nil {
		t.Fatalf("the library refuses %x: %v", b, err)
	}
	if diff := cmp.Diff(want, libraryFacts(reply)); diff != "" {
		t.Errorf("(-want +library):\n%s", diff)
	}
	got := reply.Options.OneIANA().Options.OneAddress().Options.Status()
	if got == nil || got.StatusCode != iana.StatusNoBinding || got.StatusMessage != status {
		t.Errorf("status %v, want %q", got, status)
	}
}

func checkOption(t *testing.T, code uint16, data []byte) {
	t.Helper()
	o := Options(AppendOption(AppendOption(nil, code+1, nil), code, data))
	got, ok := o.Get(code)
	if !ok || !bytes.Equal(got, data) {
		t.Errorf("option %d: %x, %t, want %x", code, got, ok, data)
	}
}

// checkName reads back what AppendName accepts.
func checkName(t *testing.T, name string) {
	t.Helper()
	b, err := AppendName(nil, name)
	if err != nil {
		if len(b) != 0 {
			t.Errorf("AppendName(%q) left %x with %v", name, b, err)
		}
		return
	}
	names, err := parse(append(b, b...))
	if err != nil || len(names) != 2 {
		t.Fatalf("%q became %q, %v", name, names, err)
	}
	again, err := AppendName(nil, names[0])
	if !bytes.Contains(b, []byte{'\\'}) && (err != nil || !bytes.Equal(again, b)) {
		t.Errorf("%q became %q, %v", name, names[0], err)
	}
}

func FuzzParseNames(f *testing.F) {
	f.Add([]byte("\x07example\x03net\x00\x01a\x00"))
	f.Add([]byte(strings.Repeat("\x01a", 100) + strings.Repeat("\xc0\x00", 10)))
	f.Fuzz(func(t *testing.T, data []byte) {
		n := 0
		for _, err := range ParseNames(data) {
			if n++; n > len(data) {
				t.Fatalf("%d names in %d octets", n, len(data))
			}
			if err != nil && len(data) == 0 {
				t.Fatalf("nothing is an error: %v", err)
			}
		}
	})
}
