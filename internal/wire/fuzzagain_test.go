package wire

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/ident"
)

// FuzzDecodedIsEncodedAgain decodes a message, encodes what was decoded, and
// decodes that. The library, as a second opinion, finds the same type, the same
// transaction id and the same options: codes, order and payloads. It may refuse
// the whole only for the sake of one option that it refuses by itself, and which
// is left out here.
func FuzzDecodedIsEncodedAgain(f *testing.F) {
	for _, d := range clientMessages(f) {
		f.Add(d)
	}
	f.Add(twoLevels())
	for _, h := range hostileDatagrams() {
		if len(h.datagram) <= maxFuzzed {
			f.Add(h.datagram)
		}
	}
	var first, second Message
	f.Fuzz(func(t *testing.T, datagram []byte) {
		if len(datagram) > maxFuzzed || first.Decode(datagram) != OK {
			return
		}
		again, payloads := encodedAgain(&first)
		if r := second.Decode(again); r != OK {
			t.Fatalf("%x became %x, which is %s", datagram, again, r)
		}
		if diff := cmp.Diff(used(&first), used(&second)); diff != "" {
			t.Errorf("decoded again (-first +second):\n%s", diff)
		}
		secondOpinion(t, &first, again, payloads)
	})
}

// encodedAgain encodes a client's message without its relays and without what
// is behind its last whole option. The payloads of its options come beside it.
func encodedAgain(m *Message) (b []byte, payloads [][]byte) {
	b = AppendHeader(nil, m.Type, m.XID)
	ias := m.IAs
	for code, data := range m.Options.All() {
		if len(ias) > 0 && code == uint16(ias[0].Type) && len(data) >= iaLen && binary.BigEndian.Uint32(data) == ias[0].ID {
			b, ias = appendIA(b, &ias[0], data[iaLen:]), ias[1:]
			payloads = append(payloads, data[:iaLen+whole(data[iaLen:])])
			continue
		}
		b, payloads = AppendOption(b, code, data), append(payloads, data)
	}
	return b, payloads
}

func appendIA(b []byte, ia *IA, within Options) []byte {
	b, mark := BeginOption(b, uint16(ia.Type))
	for _, n := range []uint32{ia.ID, ia.T1, ia.T2} {
		b = binary.BigEndian.AppendUint32(b, n)
	}
	hints := ia.Hints
	for code, data := range within.All() {
		switch {
		case ia.Type == ident.NA && code == uint16(dhcpv6.OptionIAAddr) && len(data) >= addrLen:
			b = AppendIAAddr(b, hints[0].Prefix.Addr(), hints[0].Preferred, hints[0].Valid, data[addrLen:])
			hints = hints[1:]
		case ia.Type == ident.PD && code == uint16(dhcpv6.OptionIAPrefix) && len(data) >= prefixLen && data[8] <= 128:
			b = AppendIAPrefix(b, hints[0].Prefix, hints[0].Preferred, hints[0].Valid, data[prefixLen:])
			hints = hints[1:]
		default:
			b = AppendOption(b, code, data)
		}
	}
	return EndOption(b, mark)
}

// used tells all that was decoded but the relays, and what was skipped: what
// broke off is not there again.
func used(m *Message) string {
	var b bytes.Buffer
	describe(&b, m)
	var kept []string
	for line := range strings.Lines(b.String()) {
		if word := strings.TrimSpace(line); !strings.HasPrefix(word, "skipped ") && !strings.HasPrefix(word, "relay ") {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "")
}

// secondOpinion compares the message with what the library reads out of it.
func secondOpinion(t *testing.T, m *Message, b []byte, payloads [][]byte) {
	t.Helper()
	if dhcpv6.MessageType(b[0]) != m.Type || !bytes.Equal(b[1:4], m.XID[:]) {
		t.Errorf("%s %x became %x", m.Type, m.XID, b[:4])
	}
	options, ok := generic(b[4:])
	if !ok {
		t.Fatalf("the library cannot cut the options of %x apart", b)
	}
	i := 0
	for code := range m.Options.All() {
		if i == len(options) || options[i].Code() != dhcpv6.OptionCode(code) || !bytes.Equal(payloads[i], options[i].ToBytes()) {
			t.Fatalf("option %d, of code %d with %x, became one of %v", i, code, payloads[i], options)
		}
		i++
	}
	if i != len(options) {
		t.Errorf("%d options became %d", i, len(options))
	}
	if _, err := dhcpv6.MessageFromBytes(b); err != nil && !slices.ContainsFunc(options, refusedByLibrary) {
		t.Errorf("the library takes every option of %x, but not the message: %v", b, err)
	}
}

// whole gives the length of the whole options of an IA: what breaks off behind them
// is lost when the IA is encoded again.
func whole(o Options) int {
	n := len(o)
	for {
		_, _, rest, ok := o.cut()
		if !ok {
			return n - len(rest)
		}
		o = rest
	}
}

func refusedByLibrary(o dhcpv6.Option) bool {
	_, err := dhcpv6.ParseOption(o.Code(), o.ToBytes())
	return err != nil
}
