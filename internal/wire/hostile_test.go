package wire

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/insomniacslk/dhcp/dhcpv6"
)

const maxPayload = 65507

// hostile is a datagram made to hurt and what has to become of it.
type hostile struct {
	name     string
	datagram []byte
	want     Reason
	check    func(*testing.T, *Message)
}

// compressed is a name list of labels, each pointing back, and pointers.
func compressed(n int) string {
	return strings.Repeat("\x01a", 100) + strings.Repeat("\xc0\x00", n/2)
}

func nestedIA(levels int) []byte {
	var b []byte
	for range levels {
		b = ia(3, 1, b)
	}
	return b
}

func nestedRelay(levels int) []byte {
	b := make([]byte, 0, maxPayload)
	for level := range levels {
		rest := (levels - level - 1) * (relayHeaderLen + 4)
		b = append(b, byte(dhcpv6.MessageTypeRelayForward), byte(level))
		b = append(b, make([]byte, 32)...)
		b = append(b, 0, byte(dhcpv6.OptionRelayMsg))
		b = binary.BigEndian.AppendUint16(b, uint16(rest+4))
	}
	return append(b, 1, 2, 3, 4)
}

func manyCodes(n int) []byte {
	var data []byte
	for i := range n {
		data = binary.BigEndian.AppendUint16(data, uint16(300+i))
	}
	return option(6, data...)
}

func noFQDN(t *testing.T, m *Message) {
	if _, _, ok := m.FQDN(); ok {
		t.Error("the FQDN was accepted")
	}
	for _, code := range []uint16{24, 39} {
		if data, ok := m.Options.Get(code); ok {
			if names, err := parse(data); err == nil {
				t.Errorf("option %d gives %q", code, names)
			}
		}
	}
}

func fewCodes(t *testing.T, m *Message) {
	if n := len(m.RequestedCodes()); n > maxRequested || !m.Requested(300) || m.Requested(299) {
		t.Errorf("%d codes", n)
	}
}

func zeroPrefixes(t *testing.T, m *Message) {
	for _, ia := range m.IAs {
		if len(ia.Hints) != 2 || ia.Hints[0].Prefix != netip.PrefixFrom(netip.IPv6Unspecified(), 0) {
			t.Errorf("hints %v", ia.Hints)
		}
	}
}

func oneIA(t *testing.T, m *Message) {
	if len(m.IAs) != 1 || len(m.IAs[0].Hints) != 0 {
		t.Errorf("IAs %v", m.IAs)
	}
}

func skips(codes ...uint16) func(*testing.T, *Message) {
	return func(t *testing.T, m *Message) {
		var got []uint16
		for _, s := range m.Skipped {
			got = append(got, s.Code)
		}
		if diff := cmp.Diff(codes, got); diff != "" {
			t.Errorf("skipped (-want +got):\n%s", diff)
		}
		if !bytes.Equal(m.ClientID, testClientID) {
			t.Errorf("client id %x", m.ClientID)
		}
	}
}

func hostileDatagrams() (out []hostile) {
	zero := AppendIAPrefix(nil, netip.PrefixFrom(netip.IPv6Unspecified(), 0), 0, 0, nil)
	badPrefix := bytes.Clone(zero)
	badPrefix[4+8] = 129
	out = []hostile{
		{"compressed-names: option 24", solicit(text(24, compressed(6000))), OK, noFQDN},
		{"compressed-names: option 39", solicit(text(39, compressed(6000))), OK, noFQDN},
		{"compressed-names: option 56", solicit(text(56, "\x00\x03", counted(compressed(6000)))), OK, noFQDN},
		{"long-labels: 64 octets", solicit(text(39, "\x01\x40", strings.Repeat("a", 64), "\x00")), OK, noFQDN},
		{"long-labels: 191 octets", solicit(text(39, "\x01\xbf", strings.Repeat("a", 191), "\x00")), OK, noFQDN},
		{"oro-flood: one option with 32,000 codes", solicit(manyCodes(32000)), OK, fewCodes},
		{"oro-flood: one code 32,000 times", solicit(option(6, repeat(32000, []byte{1, 44})...)), OK, fewCodes},
		{"oro-flood: 1,000 options", solicit(repeat(1000, manyCodes(1))), OK, fewCodes},
		{"oro-flood: 10,000 options", solicit(repeat(10000, option(6, 0, 23))), TooManyOptions, nil},
		{"nested-ia: 4,000 levels", solicit(nestedIA(4000)), OK, oneIA},
		{"ia-flood: 65 IAs", solicit(manyIAs(MaxIAs + 1)), TooManyIAs, nil},
		{"ia-flood: one IA 900 times", solicit(repeat(900, ia(3, 1))), OK, oneIA},
		{"hint-flood: 2,000 addresses", solicit(ia(3, 1, repeat(2000, AppendIAAddr(nil, netip.IPv6Loopback(), 1, 1, nil)))), TooManyOptions, nil},
		{"empty-option-flood", solicit(repeat(16000, option(200))), TooManyOptions, nil},
		{"nested-relay: 1,700 levels", nestedRelay(1700), RelayDepth, nil},
		{"relay-option-flood", relay(0, "::", "fe80::1", solicit(), repeat(16000, option(200))), TooManyOptions, nil},
		{"pd-hint-zero", solicit(ia(25, 1, zero, zero), ia(25, 2, zero, zero)), OK, zeroPrefixes},
		{"prefix-length-129", solicit(ia(25, 1, badPrefix)), OK, oneIA},
		{"prefix-length-129 is counted", solicit(ia(25, 1, badPrefix)), OK, skips(26)},
		{"oversize: zeros", make([]byte, maxPayload), UnknownType, nil},
		{"oversize: one option", solicit(option(17, make([]byte, 65000)...)), OK, skips()},
		{"empty datagram", nil, Truncated, nil},
	}
	out = append(out, emptyClientIDs()...)
	out = append(out, serverMessages()...)
	return append(out, badOptionalOptions()...)
}

func manyIAs(n int) (b []byte) {
	for i := range n {
		b = append(b, ia(3, uint32(i))...)
	}
	return b
}

func emptyClientIDs() (out []hostile) {
	for _, t := range []dhcpv6.MessageType{1, 3, 4, 5, 6, 8, 9, 11} {
		out = append(out,
			hostile{"empty-client-id: " + t.String(), message(t, option(1)), ClientIDLength, nil},
			hostile{"empty-client-id: relayed " + t.String(), relay(0, "::", "fe80::1", message(t, option(1))), ClientIDLength, nil},
		)
	}
	return append(out, hostile{"client id over 130 octets", message(1, option(1, make([]byte, 60000)...)), ClientIDLength, nil})
}

func serverMessages() (out []hostile) {
	for _, t := range []dhcpv6.MessageType{2, 7, 10, 13} {
		inner, want := message(t, option(1, testClientID...)), refuses(t)
		out = append(out,
			hostile{want.String(), inner, want, nil},
			hostile{want.String() + " relayed", relay(0, "::", "fe80::1", inner), want, nil},
		)
	}
	return out
}

func badOptionalOptions() []hostile {
	const name = "bad-optional-option: "
	return []hostile{
		{name + "empty user class", solicit(option(15)), OK, skips(15)},
		{name + "user class without inner length", solicit(text(15, "iPXE")), OK, skips()},
		{name + "vendor class without data", solicit(text(16, "\x00\x00\x01\x57")), OK, skips(16)},
		{name + "odd-length arch", solicit(option(61, 0, 7, 0)), OK, skips(61)},
		{name + "bad FQDN", solicit(text(39, "\x00vm")), OK, skips(39)},
		{name + "vendor options that are not TLV", solicit(text(17, "\x00\x00\x01\x57hello")), OK, skips()},
		{name + "vendor options without enterprise", solicit(option(17, 1)), OK, skips()},
		{name + "odd-length ORO", solicit(option(6, 0, 23, 0)), OK, skips(6)},
		{name + "elapsed time of one octet", solicit(option(8, 1)), OK, skips(8)},
		{name + "rapid commit with data", solicit(option(14, 1)), OK, skips(14)},
		{name + "IA without T2", solicit(option(3, make([]byte, 8)...)), OK, skips(3)},
		{name + "IA one octet short", solicit(option(25, make([]byte, 11)...)), OK, skips(25)},
		{name + "prefix too short", solicit(ia(25, 1, option(26, make([]byte, 24)...))), OK, skips(26)},
		{name + "address cut within its IA", solicit(ia(3, 1, []byte{0, 5, 0, 24, 1})), OK, skips(5)},
		{name + "address too short", solicit(ia(3, 1, option(5, make([]byte, 23)...))), OK, skips(5)},
		{name + "address in an IA_PD", solicit(ia(25, 1, AppendIAAddr(nil, netip.IPv6Loopback(), 1, 1, nil))), OK, skips(5)},
		{name + "1 trailing byte", append(solicit(), 0), OK, skips(0)},
		{name + "2 trailing bytes", append(solicit(), 0, 14), OK, skips(14)},
		{name + "3 trailing bytes", append(solicit(), 0, 14, 0), OK, skips(14)},
		{name + "length beyond the end", append(solicit(), 0, 15, 0, 9, 'i'), OK, skips(15)},
	}
}

func TestHostileDatagrams(t *testing.T) {
	for _, tt := range hostileDatagrams() {
		t.Run(tt.name, func(t *testing.T) {
			var m Message
			if got := m.Decode(tt.datagram); got != tt.want {
				t.Fatalf("Decode = %s, want %s", got, tt.want)
			}
			if m.options > MaxOptions+1 || len(m.Relays) > MaxRelays || len(m.IAs) > MaxIAs || len(m.Skipped) > maxSkipped {
				t.Errorf("work beyond the bounds: %d options, %d relays, %d IAs, %d skipped", m.options, len(m.Relays), len(m.IAs), len(m.Skipped))
			}
			if tt.check != nil {
				tt.check(t, &m)
			}
			if got := m.Decode(twoLevels()); got != OK {
				t.Errorf("the next good message: %s", got)
			}
		})
	}
}

func TestHostileDatagramsAllocateNothingTheSecondTime(t *testing.T) {
	for _, tt := range hostileDatagrams() {
		t.Run(tt.name, func(t *testing.T) {
			var m Message
			if n := testing.AllocsPerRun(10, func() { m.Decode(tt.datagram) }); n != 0 {
				t.Errorf("%v allocations", n)
			}
		})
	}
}

// TestTruncatedAtEveryByte cuts each capture at each length: what is decoded
// is whole, and what is refused is refused for being cut.
func TestTruncatedAtEveryByte(t *testing.T) {
	whole, cut := new(Message), new(Message)
	for _, d := range append(clientMessages(t), twoLevels()) {
		if r := whole.Decode(d); r != OK {
			t.Fatalf("%x: %s", d, r)
		}
		for n := range d {
			switch r := cut.Decode(d[:n:n]); r {
			case Truncated, RelayTruncated, NoRelayMessage:
			case OK:
				compareCut(t, whole, cut)
			default:
				t.Errorf("%x cut to %d: %s", d, n, r)
			}
		}
	}
}

func compareCut(t *testing.T, whole, cut *Message) {
	t.Helper()
	if cut.Type != whole.Type || cut.XID != whole.XID || (cut.ClientID != nil && !bytes.Equal(cut.ClientID, whole.ClientID)) {
		t.Errorf("%s %x of %x became %s %x of %x", whole.Type, whole.XID, whole.ClientID, cut.Type, cut.XID, cut.ClientID)
	}
	for i, ia := range cut.IAs {
		if ia.IA != whole.IAs[i].IA || len(ia.Hints) != len(whole.IAs[i].Hints) {
			t.Errorf("%v became %v", whole.IAs[i], ia)
		}
	}
}
