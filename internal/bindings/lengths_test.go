package bindings_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/stage6/stage6/internal/allocator"
	"github.com/stage6/stage6/internal/bindings"
	"github.com/stage6/stage6/lease"
)

func TestMixedLengthsDoNotOverlap(t *testing.T) {
	tb := newTable(t, bindings.Options{})
	pool := tb.pool(allocator.Spec{Name: "p", Prefixes: prefixes("2001:db8::/56"), Lengths: []int{60, 64}}, allocator.Sequential)
	tests := []struct {
		name, client string
		length       int
		hints        []netip.Prefix
		want         string
	}{
		{"the default length", "p-1", 0, nil, "2001:db8::/60"},
		{"a wish for a length", "p-2", 0, prefixes("::/64"), "2001:db8:0:10::/64"},
		{"a length the caller wants", "p-3", 64, prefixes("::/60"), "2001:db8:0:11::/64"},
		{"a length that the pool has not", "p-4", 0, prefixes("::/48"), "2001:db8:0:20::/60"},
		{"a prefix that is free", "p-5", 0, prefixes("2001:db8:0:13::/64"), "2001:db8:0:13::/64"},
		{"a prefix that holds others", "p-6", 0, prefixes("2001:db8:0:10::/60"), "2001:db8:0:30::/60"},
		{"a prefix in what is held", "p-7", 0, prefixes("2001:db8:0:20::/64"), "2001:db8:0:12::/64"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, ok := tb.Pick(pool, []byte(test.client), ia(test.client), test.hints, test.length)
			if !ok || text(got) != test.want {
				t.Errorf("got %s %v, want %s", got, ok, test.want)
			}
			tb.apply(tb.binding(test.client, text(got)))
		})
	}
}

func TestClientWithoutAWishFindsThePrefixItHad(t *testing.T) {
	tb := newTable(t, bindings.Options{})
	pool := tb.pool(allocator.Spec{Name: "p", Prefixes: prefixes("2001:db8::/56"), Lengths: []int{60, 64}}, allocator.Sequential)
	tb.apply(tb.released("p-1", 0, "2001:db8:0:a::/64"))
	if got := tb.pick(pool, "p-1", "::/60"); got != "2001:db8:0:10::/60" {
		t.Errorf("with a wish: got %q", got)
	}
	tb.now = tb.now.Add(time.Hour)
	if got := tb.pick(pool, "p-1"); got != "2001:db8:0:a::/64" {
		t.Errorf("without a wish: got %q", got)
	}
}

func TestRememberedPrefixesAreJoinedWhenNothingElseIsLeft(t *testing.T) {
	tb := newTable(t, bindings.Options{})
	pool := tb.pool(allocator.Spec{Name: "p", Prefixes: prefixes("2001:db8::/63"), Lengths: []int{63, 64}}, allocator.Sequential)
	tb.apply(tb.released("p-1", 0, "2001:db8::/64"), tb.released("p-2", 0, "2001:db8:0:1::/64"))
	if got := tb.pick(pool, "p-3"); got != "2001:db8::/63" {
		t.Fatalf("got %q", got)
	}
	tb.apply(tb.binding("p-3", "2001:db8::/63"))
	if tb.Len() != 1 {
		t.Errorf("%d bindings have a part of the prefix", tb.Len())
	}
}

func TestClientsCannotAskForAllLengths(t *testing.T) {
	tb := newTable(t, bindings.Options{})
	refused := 0
	for bits := 20; bits < 120; bits++ {
		p := netip.PrefixFrom(netip.AddrFrom16([16]byte{0x20, 1, byte(bits)}), bits).Masked()
		if !tb.Offer([]byte("p-1"), ia("p-1"), p) {
			refused++
		}
	}
	if refused < 70 || !tb.Offer([]byte("alpha"), ia("alpha"), prefix("2001:db8::1")) {
		t.Errorf("%d were refused", refused)
	}
}

// TestALengthThatAClientNamesIsLearnedInParts, since everybody waits meanwhile. What
// changes in between is counted once.
func TestALengthThatAClientNamesIsLearnedInParts(t *testing.T) {
	const leases = 20_000
	tb := newTable(t, bindings.Options{})
	fill(t, tb, leases)
	offer := func() bool { return tb.Offer([]byte("p-1"), ia("p-1"), prefix("2001:db8:0:1::/64")) }
	held := func() bool { return tb.Offer([]byte("p-1"), ia("p-1"), prefix("2001:db8::/64")) }
	if offer() {
		t.Fatalf("%d leases were looked at in one go", leases)
	}
	early, late := record(1, tb.now), record(leases-1, tb.now)
	for _, b := range []*lease.Binding{early, late} {
		b.Leases[0].State, b.Leases[0].Until = lease.Released, tb.now
	}
	tb.apply(early, late, tb.binding("beta", "2001:db8::fff:1"))
	tb.commitAll()
	for more := true; more; {
		_, more = tb.Expire(nil)
	}
	if !offer() || held() {
		t.Errorf("what is free is offered: %v; what holds leases: %v", offer(), held())
	}
	for _, err := range tb.Check() {
		t.Error(err)
	}
}
