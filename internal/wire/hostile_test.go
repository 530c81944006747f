package wire

import (
	"bytes"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	attacks "github.com/stage6/stage6/internal/hostile"
)

// hostile is a datagram of the cases that servers are sent, and what has to become
// of it.
type hostile struct {
	name     string
	datagram []byte
	want     Reason
	any      bool // whatever becomes of it
	skipped  []uint16
}

// hostileDatagrams gives those of all cases, but of the many that differ only in
// where they are cut off.
func hostileDatagrams() (out []hostile) {
	reasons := map[string]Reason{}
	for r := OK + 1; r.String() != fmt.Sprintf("reason(%d)", uint8(r)); r++ {
		reasons[r.String()] = r
	}
	for _, c := range attacks.Cases(nil) {
		for i, d := range c.Datagrams {
			name := c.Name
			if i > 0 {
				name = fmt.Sprintf("%s %d", name, i+1)
			}
			// What the server drops for reasons of its own can be read.
			out = append(out, hostile{name, d, reasons[c.Drop], c.Drop == attacks.Any, c.Skipped})
		}
	}
	return out
}

// readings are what is read of the cases of a group.
func readings() map[string]func(*testing.T, *Message) {
	return map[string]func(*testing.T, *Message){
		"compressed-names":  noFQDN,
		"long-labels":       noFQDN,
		"oro-flood":         fewCodes,
		"pd-hint-zero":      zeroPrefixes,
		"prefix-length-129": noHints,
	}
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
	if n := len(m.RequestedCodes()); n > maxRequested {
		t.Errorf("%d codes", n)
	}
}

func zeroPrefixes(t *testing.T, m *Message) {
	for _, ia := range m.IAs {
		for _, h := range ia.Hints {
			if h.Prefix != netip.PrefixFrom(netip.IPv6Unspecified(), 0) {
				t.Errorf("hint %v", h)
			}
		}
	}
}

func noHints(t *testing.T, m *Message) {
	for _, ia := range m.IAs {
		if len(ia.Hints) != 0 {
			t.Errorf("hints %v", ia.Hints)
		}
	}
}

func TestHostileDatagrams(t *testing.T) {
	checks := readings()
	for _, tt := range hostileDatagrams() {
		t.Run(tt.name, func(t *testing.T) {
			var m Message
			got := m.Decode(tt.datagram)
			if m.options > MaxOptions+1 || len(m.Relays) > MaxRelays || len(m.IAs) > MaxIAs || len(m.Skipped) > maxSkipped || m.requested.seen > maxRequested {
				t.Errorf("work beyond the bounds: %d options, %d relays, %d IAs, %d skipped, %d codes", m.options, len(m.Relays), len(m.IAs), len(m.Skipped), m.requested.seen)
			}
			if !tt.any {
				wantRead(t, &m, got, tt)
			}
			group, _, _ := strings.Cut(tt.name, "/")
			if check := checks[group]; check != nil && got == OK {
				check(t, &m)
			}
			if got := m.Decode(twoLevels()); got != OK {
				t.Errorf("the next good message: %s", got)
			}
		})
	}
}

// wantRead wants what becomes of a datagram, and the options that are passed over.
func wantRead(t *testing.T, m *Message, got Reason, want hostile) {
	t.Helper()
	if got != want.want {
		t.Fatalf("Decode = %s, want %s", got, want.want)
	}
	var skipped []uint16
	for _, s := range m.Skipped {
		skipped = append(skipped, s.Code)
	}
	if got == OK && !slices.Equal(skipped, want.skipped) {
		t.Errorf("skipped %v, want %v", skipped, want.skipped)
	}
}

func TestHostileDatagramsAllocateNothingTheSecondTime(t *testing.T) {
	for _, tt := range hostileDatagrams() {
		var m Message
		if n := testing.AllocsPerRun(10, func() { m.Decode(tt.datagram) }); n != 0 {
			t.Errorf("%s: %v allocations", tt.name, n)
		}
	}
}

func TestMoreIAsThanAnyClientSends(t *testing.T) {
	var many []byte
	for i := range uint32(MaxIAs + 1) {
		many = append(many, ia(3, i)...)
	}
	var m Message
	if got := m.Decode(solicit(many)); got != TooManyIAs {
		t.Errorf("%d IAs: %s, want %s", MaxIAs+1, got, TooManyIAs)
	}
	if got := m.Decode(solicit(repeat(900, ia(3, 1)))); got != OK || len(m.IAs) != 1 {
		t.Errorf("one IA 900 times: %s, %d IAs", got, len(m.IAs))
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
