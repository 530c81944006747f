package server_test

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/bindings"
	"github.com/stage6/stage6/internal/exchange"
	"github.com/stage6/stage6/internal/flood"
	"github.com/stage6/stage6/internal/server"
	"github.com/stage6/stage6/lease"
	"github.com/stage6/stage6/link"
	"github.com/stage6/stage6/pipeline/pipelinetest/dhcptext"
)

// The machine that is known to guarded servers, and the client that has a lease.
var (
	knownMAC   = ident.MAC{0x52, 0x54, 0, 0xaa, 0xbb, 1}
	leasedDUID = ident.DUID("\x00\x03\x00\x01\x52\x54\x00\xcc\xdd\x01")
)

// guarded makes a server with a guard.
func guarded(t *testing.T, limits flood.Limits) *server.Server {
	t.Helper()
	table := bindings.New(func() time.Time { return start }, bindings.Options{})
	leased := &lease.Binding{Key: lease.Key{DUID: leasedDUID, IA: ident.IA{Type: ident.NA, ID: 1}}, Created: start, Updated: start, Leases: []lease.Lease{
		{Prefix: netip.MustParsePrefix("2001:db8:10::99/128"), Preferred: time.Hour, Valid: time.Hour, State: lease.Active},
	}}
	if _, err := table.Apply(table.Epoch(), []*lease.Binding{leased}); err != nil {
		t.Fatal(err)
	}
	l := &link.Link{Name: "prov0", Interface: "prov0", Prefixes: []netip.Prefix{netip.MustParsePrefix("2001:db8:10::/64")}}
	hosts := host.NewRegistry()
	if err := hosts.Replace("test", []host.Host{{Name: "web01", Interfaces: []host.Interface{{MACs: []ident.MAC{knownMAC}}}}}); err != nil {
		t.Fatal(err)
	}
	g := server.NewGeneration(server.Settings{Limits: limits}, "\x00\x03\x00\x01\x52\x54\x00\x00\x00\x01", hosts, nil)
	srv := server.New(table, g, link.NewTable([]*link.Link{l}, map[uint32]*link.Link{prov0: l}))
	srv.SetGuard(server.NewGuard())
	return srv
}

// from is the arrival of what a link-local address sends.
func from(n int) exchange.Arrival {
	a := arrival()
	a.Peer = netip.MustParseAddrPort(fmt.Sprintf("[fe80::%x%%prov0]:546", n))
	return a
}

// solicitOf is a Solicit of a client that is named by a number.
func solicitOf(xid, client int) string {
	return fmt.Sprintf("solicit %06x\n  client-id 0002000000090000%06x\n  ia-na 1 t1=0 t2=0\n  elapsed 0\n", xid, client)
}

func TestTheSameMessageIsAnsweredOnceAtATime(t *testing.T) {
	srv := guarded(t, flood.Limits{})
	w := srv.NewWorker()
	first, reason := serve(t, w, from(1), solicitOf(7, 1))
	if reason != "" {
		t.Fatalf("the first one is dropped: %s", reason)
	}
	for name, m := range map[string]struct {
		a    exchange.Arrival
		text string
		want string
	}{
		"the same":              {from(1), solicitOf(7, 1), server.DropAlreadyAnswering},
		"with its Elapsed Time": {from(1), "solicit 000007\n  client-id 0002000000090000000001\n  ia-na 1 t1=0 t2=0\n  elapsed 100\n", server.DropAlreadyAnswering},
		"from elsewhere":        {from(2), solicitOf(7, 1), ""},
		"another transaction":   {from(1), solicitOf(8, 1), ""},
		"another client":        {from(1), solicitOf(7, 2), ""},
		"another IA":            {from(1), "solicit 000007\n  client-id 0002000000090000000001\n  ia-na 2 t1=0 t2=0\n  elapsed 0\n", ""},
		"iPXE's Request, with the transaction id of its Solicit": {from(1), "request 000007\n  client-id 0002000000090000000001\n  server-id 00030001525400000001\n  ia-na 1 t1=0 t2=0\n  elapsed 0\n", ""},
		"through a relay": {from(1), "relay-forward hops=0 link=2001:db8:10::1 peer=fe80::1\n  relay-message\n    solicit 000007\n      client-id 0002000000090000000001\n      ia-na 1 t1=0 t2=0\n      elapsed 0\n", ""},
	} {
		r, reason := serve(t, w, m.a, m.text)
		if reason != m.want {
			t.Errorf("%s: dropped as %q, want %q", name, reason, m.want)
		}
		srv.Answered(r.Message)
	}
	srv.Answered(first.Message)
	again, reason := serve(t, w, from(1), solicitOf(7, 1))
	if reason != "" || string(again.Data) != string(first.Data) {
		t.Errorf("after its answer has left it is dropped as %q, or answered differently:\n%s\n%s", reason, dhcptext.Format(first.Data), dhcptext.Format(again.Data))
	}
}

// answered counts the messages that are answered, each before the next one.
func answered(t *testing.T, srv *server.Server, n int, message func(i int) (exchange.Arrival, string)) (count int, last string) {
	t.Helper()
	w := srv.NewWorker()
	for i := range n {
		a, text := message(i)
		r, reason := serve(t, w, a, text)
		if reason == "" {
			count++
		} else {
			last = reason
		}
		srv.Answered(r.Message)
	}
	return count, last
}

func TestWhoSendsTooMuchIsHeldBack(t *testing.T) {
	limits := flood.Limits{Client: flood.Rate{PerSecond: 100, Burst: 200}, Neighbors: flood.Rate{PerSecond: 64, Burst: 256}}
	relayed := func(peer, client int) string {
		return fmt.Sprintf("relay-forward hops=0 link=2001:db8:10::1 peer=fe80::%x\n  relay-message\n    solicit 000001\n      client-id 0002000000090000%06x\n      ia-na 1 t1=0 t2=0\n", peer, client)
	}
	relay := arrival()
	relay.Peer, relay.Dst = netip.MustParseAddrPort("[2001:db8:10::1]:547"), netip.MustParseAddr("2001:db8:10::2")
	for name, tt := range map[string]struct {
		n       int
		message func(i int) (exchange.Arrival, string)
		want    int
		reason  string
	}{
		"one client":                      {1000, func(i int) (exchange.Arrival, string) { return from(1), solicitOf(i, 1) }, 200, server.DropClientFlood},
		"a client that boots":             {20, func(i int) (exchange.Arrival, string) { return from(1), solicitOf(i, 1) }, 20, ""},
		"many clients of one address":     {5000, func(i int) (exchange.Arrival, string) { return from(1), solicitOf(i, i) }, 5000, ""},
		"10,000 clients behind one relay": {10_000, func(i int) (exchange.Arrival, string) { return relay, relayed(i+1, i) }, 10_000, ""},
		"200 machines that power on":      {200, func(i int) (exchange.Arrival, string) { return from(i + 1), solicitOf(i, i) }, 200, ""},
		"made-up addresses":               {5000, func(i int) (exchange.Arrival, string) { return from(i + 1), solicitOf(i, i) }, 256, server.DropNeighborFlood},
		"one client of made-up addresses": {5000, func(i int) (exchange.Arrival, string) { return from(i + 1), solicitOf(i, 1) }, 256, server.DropNeighborFlood},
		"strangers that come one after the other": {1000, func(i int) (exchange.Arrival, string) {
			a := from(i + 1)
			a.Time = start.Add(time.Duration(i) * time.Second / 64)
			return a, solicitOf(i, i)
		}, 1000, ""},
	} {
		t.Run(name, func(t *testing.T) {
			srv := guarded(t, limits)
			got, reason := answered(t, srv, tt.n, tt.message)
			if got != tt.want || reason != tt.reason {
				t.Errorf("%d of %d are answered and others dropped as %q, want %d and %q", got, tt.n, reason, tt.want, tt.reason)
			}
			if tt.reason != "" {
				if n := srv.Counters().Snapshot()["dropped_"+tt.reason]; n != uint64(tt.n-got) {
					t.Errorf("%d are counted as %s, want %d", n, tt.reason, tt.n-got)
				}
				if len(srv.Floods(start)) != 1 || len(srv.Floods(start.Add(time.Hour))) != 0 {
					t.Errorf("the status says %q, and an hour later %q", srv.Floods(start), srv.Floods(start.Add(time.Hour)))
				}
			}
		})
	}
}

func TestAmongMadeUpAddressesThoseWhoAreKnownAreAnswered(t *testing.T) {
	srv := guarded(t, flood.Limits{Neighbors: flood.Rate{PerSecond: 64, Burst: 256}})
	if _, reason := answered(t, srv, 1000, func(i int) (exchange.Arrival, string) { return from(i + 1), solicitOf(i, i) }); reason != server.DropNeighborFlood {
		t.Fatalf("a flood of strangers is dropped as %q", reason)
	}
	w := srv.NewWorker()
	for name, m := range map[string]struct {
		a    exchange.Arrival
		text string
		want string
	}{
		"a client with a lease":  {from(0xa001), "renew 000001\n  client-id 00030001525400ccdd01\n  server-id 00030001525400000001\n  ia-na 1 t1=0 t2=0\n", ""},
		"a stranger":             {from(0xa002), solicitOf(1, 0xfffff), server.DropNeighborFlood},
		"a stranger, met before": {from(1), solicitOf(1, 0xffffe), ""},
		"a relay agent":          {from(0xa003), "relay-forward hops=0 link=2001:db8:10::1 peer=fe80::1\n  relay-message\n    " + "solicit 000001\n      client-id 0002000000090000000001\n      ia-na 1 t1=0 t2=0\n", ""},
	} {
		if _, reason := serve(t, w, m.a, m.text); reason != m.want {
			t.Errorf("%s: dropped as %q, want %q", name, reason, m.want)
		}
	}
}

func TestMessagesAreSortedByWhoSentThem(t *testing.T) {
	srv := guarded(t, flood.Limits{Waiting: 64})
	sorter := srv.NewSorter()
	relay := arrival()
	relay.Peer, relay.Dst = netip.MustParseAddrPort("[2001:db8:10::1]:547"), netip.MustParseAddr("2001:db8:10::2")
	sort := func(a exchange.Arrival, text string) server.Sorted {
		t.Helper()
		m, err := dhcptext.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		return sorter.Sort(m, &a)
	}
	framed := func(n int, m ident.MAC) exchange.Arrival {
		a := from(n)
		a.FrameMAC = m
		return a
	}
	inside := func(peer string, client int, layer string) string {
		return fmt.Sprintf("relay-forward hops=0 link=2001:db8:10::1 peer=%s\n%s  relay-message\n    solicit 000001\n      client-id 0002000000090000%06x\n", peer, layer, client)
	}
	for name, tt := range map[string]struct {
		got  server.Sorted
		want flood.Class
	}{
		"a stranger":                      {sort(from(1), solicitOf(1, 1)), flood.Stranger},
		"a client with a lease":           {sort(from(1), "renew 000001\n  client-id 00030001525400ccdd01\n  ia-na 1 t1=0 t2=0\n"), flood.Leased},
		"its DUID for another IA":         {sort(from(1), "renew 000001\n  client-id 00030001525400ccdd01\n  ia-na 2 t1=0 t2=0\n"), flood.Stranger},
		"a known machine by its DUID-LL":  {sort(from(1), "solicit 000001\n  client-id 00030001525400aabb01\n"), flood.Known},
		"a known machine by its DUID-LLT": {sort(from(1), "solicit 000001\n  client-id 0001000111223344525400aabb01\n"), flood.Known},
		"a known machine by its address":  {sort(arrival(), solicitOf(1, 1)), flood.Known},
		"a known machine by its frame":    {sort(framed(1, knownMAC), solicitOf(1, 1)), flood.Known},
		"a known machine by its relay":    {sort(relay, inside("fe80::1", 1, "  link-layer 0001525400aabb01\n")), flood.Known},
		"no message":                      {sorter.Sort([]byte("\x01"), &relay), flood.Stranger},
	} {
		if tt.got.Class != tt.want {
			t.Errorf("%s is of class %d, want %d", name, tt.got.Class, tt.want)
		}
	}
	for name, tt := range map[string]struct {
		a, b server.Sorted
		same bool
	}{
		"two DUIDs of one address":              {sort(from(1), solicitOf(1, 1)), sort(from(1), solicitOf(2, 2)), true},
		"two addresses of one MAC":              {sort(framed(1, ident.MAC{2}), solicitOf(1, 1)), sort(framed(2, ident.MAC{2}), solicitOf(2, 2)), true},
		"two addresses":                         {sort(from(1), solicitOf(1, 1)), sort(from(2), solicitOf(1, 1)), false},
		"two clients of a trusted relay":        {sort(relay, inside("fe80::1", 1, "")), sort(relay, inside("fe80::2", 1, "")), false},
		"two clients of whoever poses as relay": {sort(from(1), inside("fe80::1", 1, "")), sort(from(1), inside("fe80::2", 1, "")), true},
	} {
		if same := tt.a.Source == tt.b.Source; same != tt.same {
			t.Errorf("%s: taken for one sender: %v, want %v", name, same, tt.same)
		}
	}
}

func TestWhileRepliesCannotBeSentStrangersGetFew(t *testing.T) {
	srv := guarded(t, flood.Limits{Neighbors: flood.Rate{PerSecond: 64, Burst: 256}})
	w := srv.NewWorker()
	sent := 0
	answers := func(a exchange.Arrival) (n int) {
		for range 20 {
			sent++
			if _, reason := serve(t, w, a, solicitOf(sent, sent)); reason == "" {
				n++
			}
		}
		return n
	}
	if got := answers(from(1)); got != 20 {
		t.Errorf("before, a stranger has %d answers to 20 messages", got)
	}
	srv.Unsent(start)
	for _, stranger := range []int{1, 2} {
		if got := answers(from(stranger)); got != 3 {
			t.Errorf("then stranger %d has %d answers to 20 messages, want 3", stranger, got)
		}
	}
	if _, reason := serve(t, w, from(0xa001), "renew 000001\n  client-id 00030001525400ccdd01\n  server-id 00030001525400000001\n  ia-na 1 t1=0 t2=0\n"); reason != "" {
		t.Errorf("a client with a lease is dropped as %q", reason)
	}
	later := from(1)
	later.Time = start.Add(4 * time.Second)
	if got := answers(later); got != 20 {
		t.Errorf("four seconds later a stranger has %d answers to 20 messages", got)
	}
}
