package server_test

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stage6/stage6/internal/bindings"
	"github.com/stage6/stage6/internal/exchange"
	"github.com/stage6/stage6/internal/hostile"
	"github.com/stage6/stage6/internal/server"
	"github.com/stage6/stage6/pipeline/pipelinetest/dhcptext"
)

// hostileServer makes a server of the configuration that the cases are for.
func hostileServer(tb testing.TB) (*server.Server, *bindings.Table) {
	tb.Helper()
	folder := tb.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "config.yml"), []byte(hostile.Config("leases: memory\n")), 0o600); err != nil {
		tb.Fatal(err)
	}
	return assemble(tb, folder)
}

// hostileArrival is how the datagrams of a case come.
func hostileArrival(way hostile.Way) exchange.Arrival {
	a := arrival()
	if way != hostile.Group {
		a.Dst = hostile.Server
	}
	if way == hostile.Relayed {
		a.Peer = netip.AddrPortFrom(hostile.Relay, 547)
	}
	return a
}

// TestHostile is about datagrams that have hurt other servers. All are sent to one:
// each is answered or dropped by name, and the next good message is answered.
func TestHostile(t *testing.T) {
	cases := hostile.Cases(captured(t))
	srv, table := hostileServer(t)
	w := srv.NewWorker()
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			a, before := hostileArrival(c.Way), metrics(t, srv.Counters())
			var replies [][]byte
			for _, d := range c.Datagrams {
				r, drop := w.Serve(context.Background(), nil, d, a)
				wantOutcome(t, &c, d, r.Data, drop)
				replies = append(replies, r.Data)
			}
			if c.Check != nil && !t.Failed() {
				if err := c.Check(replies); err != nil {
					t.Error(err)
				}
			}
			wantCounted(t, &c, before, metrics(t, srv.Counters()))
			if _, drop := serve(t, w, arrival(), ask); drop != "" {
				t.Errorf("the next good message is dropped: %s", drop)
			}
			for _, err := range table.Check() {
				t.Error(err)
			}
		})
	}
	t.Logf("%d hostile cases", len(cases))
}

func wantOutcome(t *testing.T, c *hostile.Case, datagram, reply []byte, drop string) {
	t.Helper()
	if c.Drop != hostile.Any && drop != c.Drop || strings.HasPrefix(drop, "plugin") {
		t.Errorf("%.64x is dropped %q, want %q", datagram, drop, c.Drop)
	}
	if drop != "" {
		return
	}
	if err := c.Judge(reply); err != nil {
		t.Errorf("%.64x: %v", datagram, err)
	}
}

// wantCounted wants that drops were counted by their name, and skipped options by
// their code.
func wantCounted(t *testing.T, c *hostile.Case, before, after map[string]float64) {
	t.Helper()
	if c.Drop != "" && c.Drop != hostile.Any {
		name := "stage6_dropped_total " + c.Drop
		if n := after[name] - before[name]; n != float64(len(c.Datagrams)) {
			t.Errorf("%s rose by %v, want %d", name, n, len(c.Datagrams))
		}
	}
	for _, code := range c.Skipped {
		name := fmt.Sprintf("stage6_options_skipped_total %d", code)
		if code == 0 {
			name = "stage6_options_skipped_total other"
		}
		if after[name] <= before[name] {
			t.Errorf("%s did not rise, want that option %d is counted", name, code)
		}
	}
}

// TestEveryHostileInputHasACase compares the cases with what was seen elsewhere.
func TestEveryHostileInputHasACase(t *testing.T) {
	var groups []string
	seen := map[string]bool{}
	for _, c := range hostile.Cases(captured(t)) {
		groups = append(groups, c.Group())
		if seen[c.Name] || len(c.Datagrams) == 0 {
			t.Errorf("%s stands twice, or is nothing", c.Name)
		}
		seen[c.Name] = true
	}
	// What plugins do wrong, and floods, have tests of their own.
	for _, name := range []string{
		"compressed-names", "long-labels", "oro-flood", "nested-ia", "nested-relay", "pd-hint-zero", "pd-solicit-burn",
		"empty-client-id", "client-id-over-130", "bad-optional-option", "short-option-79", "prefix-length-129",
		"relay-reply-in", "advertise-in", "reply-in", "reconfigure-in",
		"wrong-server-id", "missing-server-id", "unexpected-server-id", "missing-client-id", "information-request-with-ia",
		"unicast", "oversize", "truncated", "buffer-reuse", "xid-reuse",
		"forged-relay-direct", "forged-relay-nested", "forged-link-address",
	} {
		if !slices.Contains(groups, name) {
			t.Errorf("no case is of %s", name)
		}
	}
}

// TestHostileDatagramsTakeLittleMemory serves each case a second time, when what
// grows with use has grown, and adds up what is allocated.
func TestHostileDatagramsTakeLittleMemory(t *testing.T) {
	srv, _ := hostileServer(t)
	w, buf := srv.NewWorker(), make([]byte, 0, 64<<10)
	for _, c := range hostile.Cases(nil) {
		a := hostileArrival(c.Way)
		for _, d := range c.Datagrams {
			w.Serve(context.Background(), buf, d, a)
			if n := allocated(func() { w.Serve(context.Background(), buf, d, a) }); n > hostile.MaxOctets {
				t.Errorf("%s: %.64x takes %d octets, want at most %d", c.Name, d, n, hostile.MaxOctets)
			}
		}
	}
}

// allocated gives how many octets of memory a function takes, with what others take
// meanwhile.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// BenchmarkHostile serves the datagrams of each case, one after the other: an
// operation is one datagram.
func BenchmarkHostile(b *testing.B) {
	for _, c := range hostile.Cases(captured(b)) {
		b.Run(strings.ReplaceAll(c.Name, " ", "-"), func(b *testing.B) {
			srv, _ := hostileServer(b)
			w, a := srv.NewWorker(), hostileArrival(c.Way)
			buf := make([]byte, 0, 64<<10)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				w.Serve(context.Background(), buf, c.Datagrams[i%len(c.Datagrams)], a)
			}
		})
	}
}

// TestStrangersDeclineNothing: clients that nobody knows take no address out of
// service.
func TestStrangersDeclineNothing(t *testing.T) {
	srv, _ := hostileServer(t)
	w := srv.NewWorker()
	for i := range 300 {
		text := fmt.Sprintf("decline 0a0b0c\n  client-id 0003000152540000%04x\n  server-id 00030001525400000001\n  ia-na 1 t1=0 t2=0\n    address 2001:db8:10::d:%x preferred=0 valid=0\n", i, i)
		if r, drop := serve(t, w, arrival(), text); drop != "" || !r.Ticket.IsZero() {
			t.Fatalf("Decline %d: dropped %q, changes %t", i, drop, !r.Ticket.IsZero())
		}
	}
}

// TestWhatIsKeptIsNotTheReceiveBuffer overwrites it while replies and records of it
// are still in use.
func TestWhatIsKeptIsNotTheReceiveBuffer(t *testing.T) {
	srv, _ := hostileServer(t)
	w := srv.NewWorker()
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
