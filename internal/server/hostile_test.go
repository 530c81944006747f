package server_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/internal/server"
	"github.com/stage6/stage6/pipeline/pipelinetest/dhcptext"
)

// TestHostile is about datagrams that have hurt other servers. Each is answered
// or dropped by name, and the next good message is answered.
func TestHostile(t *testing.T) {
	for _, c := range []struct {
		name  string
		send  func(t *testing.T, w *server.Worker) // its own checks
		count map[string]uint64                    // the drops that are counted
	}{
		{"pd-solicit-burn", burnPrefixes, nil},
		{"truncated", truncate, nil},
		{"oro-flood", floodORO, nil},
		{"nested-ia", func(t *testing.T, w *server.Worker) { drops(t, w, nestedIA(4000), "") }, nil},
		{"nested-relay", func(t *testing.T, w *server.Worker) { drops(t, w, nestedRelay(1700), "relay-depth") }, map[string]uint64{"dropped_relay-depth": 1}},
		{"many-ias", func(t *testing.T, w *server.Worker) { drops(t, w, manyIAs(65), "too-many-ias") }, map[string]uint64{"dropped_too-many-ias": 1}},
		{"pd-hint-zero", hintOfNothing, nil},
		{"nothing", func(t *testing.T, w *server.Worker) { drops(t, w, nil, "truncated") }, map[string]uint64{"dropped_truncated": 1}},
		{"flood-of-declines", floodDeclines, nil},
		{"empty-client-id", func(t *testing.T, w *server.Worker) { clientIDs(t, w, 0) }, map[string]uint64{"dropped_client-id-length": 8}},
		{"client-id-of-131-octets", func(t *testing.T, w *server.Worker) { clientIDs(t, w, 131) }, map[string]uint64{"dropped_client-id-length": 8}},
		{"compressed-names", compressNames, nil},
		{"prefix-length-129", hintBeyondAnAddress, nil},
		{"buffer-reuse", reuseBuffer, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			srv, table := assemble(t, filepath.Join("testdata", "hostile"))
			w := srv.NewWorker()
			c.send(t, w)
			counted := srv.Counters().Snapshot()
			for name, n := range c.count {
				if counted[name] != n {
					t.Errorf("%s is %d, want %d", name, counted[name], n)
				}
			}
			if _, drop := serve(t, w, arrival(), ask); drop != "" {
				t.Errorf("the next good message is dropped: %s", drop)
			}
			for _, err := range table.Check() {
				t.Error(err)
			}
		})
	}
}

// drops sends a message and compares the reason for which it is dropped.
func drops(t *testing.T, w *server.Worker, msg []byte, want string) {
	t.Helper()
	if _, drop := w.Serve(context.Background(), nil, msg, arrival()); drop != want {
		t.Errorf("dropped %q, want %q", drop, want)
	}
}

// burnPrefixes: 1,000 Solicits of one client without a Request, each with
// another transaction id, take one prefix and not 1,000.
func burnPrefixes(t *testing.T, w *server.Worker) {
	var first string
	for i := range 1000 {
		r, drop := serve(t, w, arrival(), fmt.Sprintf("solicit %06x\n  client-id 00030001525400aabb09\n  ia-pd 1 t1=0 t2=0\n", i))
		if drop != "" {
			t.Fatalf("Solicit %d is dropped: %s", i, drop)
		}
		text := dhcptext.Format(r.Data[4:])
		if first == "" {
			first = text
		}
		if text != first {
			t.Fatalf("Solicit %d is offered\n%s\nafter\n%s", i, text, first)
		}
	}
}

// truncate cuts each captured message at each length.
func truncate(t *testing.T, w *server.Worker) {
	for _, d := range captured(t) {
		for n := range d {
			r, drop := w.Serve(context.Background(), nil, d[:n:n], arrival())
			if drop == "plugin-panic" || drop == "plugin-error" {
				t.Fatalf("%x: %s", d[:n], drop)
			}
			if drop != "" {
				continue
			}
			if _, err := dhcpv6.FromBytes(r.Data); err != nil {
				t.Fatalf("%x: the reply cannot be read: %v", d[:n], err)
			}
		}
	}
}

// floodORO asks for 32,000 options; the reply is not longer for that.
func floodORO(t *testing.T, w *server.Worker) {
	head := header(dhcpv6.MessageTypeSolicit)
	var codes []byte
	for i := range 32000 {
		codes = binary.BigEndian.AppendUint16(codes, uint16(23+i%2))
	}
	r, drop := w.Serve(context.Background(), nil, append(head, rawOption(dhcpv6.OptionORO, codes)...), arrival())
	if drop != "" || len(r.Data) > 200 {
		t.Errorf("dropped %q, or answered with %d octets", drop, len(r.Data))
	}
	many := header(dhcpv6.MessageTypeSolicit)
	for range 2000 {
		many = append(many, rawOption(dhcpv6.OptionORO, []byte{0, 23})...)
	}
	drops(t, w, many, "too-many-options")
}

// hintOfNothing names ::/0 twice.
func hintOfNothing(t *testing.T, w *server.Worker) {
	r, drop := serve(t, w, arrival(), "solicit 0a0b0c\n  client-id 00030001525400aabb09\n  ia-pd 1 t1=0 t2=0\n    prefix ::/0 preferred=0 valid=0\n    prefix ::/0 preferred=0 valid=0\n")
	if drop != "" || !bytes.Contains(r.Data, []byte{0, 26, 0, 25}) {
		t.Errorf("dropped %q, or without a prefix: %x", drop, r.Data)
	}
}

// floodDeclines: clients that nobody knows take no address out of service.
func floodDeclines(t *testing.T, w *server.Worker) {
	for i := range 300 {
		text := fmt.Sprintf("decline 0a0b0c\n  client-id 0003000152540000%04x\n  server-id 00030001525400000001\n  ia-na 1 t1=0 t2=0\n    address 2001:db8:10::%x preferred=0 valid=0\n", i, 0x1000+i)
		if r, drop := serve(t, w, arrival(), text); drop != "" || !r.Ticket.IsZero() {
			t.Fatalf("Decline %d: dropped %q, changes %t", i, drop, !r.Ticket.IsZero())
		}
	}
}

// clientIDs sends every message with a Client Identifier of so many octets.
func clientIDs(t *testing.T, w *server.Worker, octets int) {
	for _, m := range []dhcpv6.MessageType{1, 3, 4, 5, 6, 8, 9, 11} {
		drops(t, w, append([]byte{byte(m), 1, 2, 3}, rawOption(dhcpv6.OptionClientID, make([]byte, octets))...), "client-id-length")
	}
}

// compressNames puts 6 KB of compression pointers into the options that hold
// names: they are not looked into, or are skipped.
func compressNames(t *testing.T, w *server.Worker) {
	names := bytes.Repeat([]byte{1, 'a', 0xc0, 0}, 1500)
	msg := header(dhcpv6.MessageTypeSolicit)
	for _, code := range []dhcpv6.OptionCode{dhcpv6.OptionDomainSearchList, dhcpv6.OptionFQDN, dhcpv6.OptionNTPServer} {
		msg = append(msg, rawOption(code, names)...)
	}
	msg = append(msg, rawOption(dhcpv6.OptionORO, []byte{0, 23, 0, 24, 0, 39, 0, 56})...)
	r, drop := w.Serve(context.Background(), nil, msg, arrival())
	if drop != "" || len(r.Data) > 200 {
		t.Errorf("dropped %q, or answered with %d octets", drop, len(r.Data))
	}
}

// hintBeyondAnAddress names a prefix of 129 bits: it is no hint.
func hintBeyondAnAddress(t *testing.T, w *server.Worker) {
	hint := make([]byte, 25)
	hint[8] = 129
	data := append(make([]byte, 12), rawOption(dhcpv6.OptionIAPrefix, hint)...)
	r, drop := w.Serve(context.Background(), nil, append(header(dhcpv6.MessageTypeSolicit), rawOption(dhcpv6.OptionIAPD, data)...), arrival())
	if drop != "" || !bytes.Contains(r.Data, []byte{0, 26, 0, 25}) {
		t.Errorf("dropped %q, or without a prefix: %x", drop, r.Data)
	}
}

// reuseBuffer overwrites the receive buffer while replies and records of it are
// still in use.
func reuseBuffer(t *testing.T, w *server.Worker) {
	var replies, want [][]byte
	buffer := make([]byte, 1500)
	for i := range 64 {
		msg, err := dhcptext.Parse(fmt.Sprintf("request 0a0b0c\n  client-id 0003000152540000%04x\n  server-id 00030001525400000001\n  ia-na 1 t1=0 t2=0\n  oro 23 39\n  fqdn 0 host%d.example.net.\n", i, i))
		if err != nil {
			t.Fatal(err)
		}
		r, drop := w.Serve(context.Background(), nil, buffer[:copy(buffer, msg)], arrival())
		if drop != "" {
			t.Fatalf("message %d is dropped: %s", i, drop)
		}
		replies, want = append(replies, r.Data), append(want, bytes.Clone(r.Data))
		for j := range buffer {
			buffer[j] = 0xff
		}
	}
	for i := range replies {
		if !bytes.Equal(replies[i], want[i]) {
			t.Errorf("reply %d has changed", i)
		}
	}
	for i := range 64 {
		text := fmt.Sprintf("renew 0a0b0d\n  client-id 0003000152540000%04x\n  server-id 00030001525400000001\n  ia-na 1 t1=0 t2=0\n", i)
		r, drop := serve(t, w, arrival(), text)
		before, _ := granted(want[i])
		if after, ok := granted(r.Data); drop != "" || !ok || after != before {
			t.Errorf("client %d had %s and is renewed %s (%s)", i, before, after, drop)
		}
	}
}

func header(t dhcpv6.MessageType) []byte {
	return append([]byte{byte(t), 1, 2, 3}, rawOption(dhcpv6.OptionClientID, []byte{0, 3, 0, 1, 2, 0, 0, 0, 0, 9})...)
}

func rawOption(code dhcpv6.OptionCode, data []byte) []byte {
	out := binary.BigEndian.AppendUint16(nil, uint16(code))
	return append(binary.BigEndian.AppendUint16(out, uint16(len(data))), data...)
}

func nestedIA(levels int) []byte {
	var inner []byte
	for range levels {
		if len(inner) > 60000 {
			break
		}
		inner = rawOption(dhcpv6.OptionIANA, append(make([]byte, 12), inner...))
	}
	return append(header(dhcpv6.MessageTypeSolicit), inner...)
}

func nestedRelay(levels int) []byte {
	msg := header(dhcpv6.MessageTypeSolicit)
	for range levels {
		if len(msg) > 60000 {
			break
		}
		head := make([]byte, 34)
		head[0] = byte(dhcpv6.MessageTypeRelayForward)
		msg = append(head, rawOption(dhcpv6.OptionRelayMsg, msg)...)
	}
	return msg
}

func manyIAs(n int) []byte {
	msg := header(dhcpv6.MessageTypeSolicit)
	for i := range n {
		data := make([]byte, 12)
		data[3] = byte(i)
		msg = append(msg, rawOption(dhcpv6.OptionIANA, data)...)
	}
	return msg
}
