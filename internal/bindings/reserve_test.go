package bindings_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/stage6/stage6/internal/allocator"
	"github.com/stage6/stage6/internal/bindings"
)

func TestReservedAddressIsForWhoAsksForIt(t *testing.T) {
	tb := newTable(t, bindings.Options{})
	tb.addresses("2001:db8::/125")
	tb.SetReserved(prefixes("2001:db8::7"))
	at := prefix("2001:db8::7")
	for _, client := range []string{"alpha", "beta"} {
		if !tb.Offer([]byte(client), ia(client), at) {
			t.Errorf("%s is not offered it", client)
		}
	}
	tb.apply(tb.binding("alpha", "2001:db8::7"))
	if tb.Offer([]byte("beta"), ia("beta"), at) {
		t.Error("beta is offered what alpha holds")
	}
	if u := tb.Usage()[0]; u.Reserved != 1 || u.Leased != 1 || u.Offered != 0 {
		t.Errorf("usage: %+v", u)
	}
}

func TestReservedPrefixMayCoverAWholePool(t *testing.T) {
	tb := newTable(t, bindings.Options{})
	pool := tb.pool(allocator.Spec{Name: "p", Ranges: []allocator.Range{ranged("2001:db8::1", "2001:db8::fff"), ranged("2001:db8::2000", "2001:db8::2fff")}}, allocator.Sequential)
	tb.apply(tb.released("alpha", 0, "2001:db8::1"))
	tb.SetReserved(prefixes("2001:db8::/112", "2001:db8:1::/64"))
	tb.check("reserved")
	if got := tb.pick(pool, "alpha"); got != "" {
		t.Errorf("got %q of what is reserved", got)
	}
	if !tb.Offer([]byte("p-1"), ia("p-1"), netip.MustParsePrefix("2001:db8::/112")) {
		t.Error("what is reserved is not offered as a whole")
	}
	tb.check("offered")
	tb.SetReserved(nil)
	tb.check("free again")
	if got := tb.pick(pool, "beta"); got != "" {
		t.Errorf("got %q of what is offered", got)
	}
	tb.now = tb.now.Add(time.Hour)
	if got := tb.pick(pool, "beta"); got != "2001:db8::2" {
		t.Errorf("got %q after the offer was over", got)
	}
}

// TestReserveChangesWhatSetReservedHasNamed reserves and frees by chance, what
// lies inside of something else and what stands twice too, and looks what a pool
// still gives.
func TestReserveChangesWhatSetReservedHasNamed(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	some := prefixes("2001:db8::1", "2001:db8::2", "2001:db8::2", "2001:db8::4/126", "2001:db8::6", "2001:db8::/125", "2001:db8::a", "2001:db8::8/125", "2001:db8::20/123")
	for range 30 {
		tb := newTable(t, bindings.Options{})
		pool := tb.pool(allocator.Spec{Name: "p", Ranges: []allocator.Range{ranged("2001:db8::1", "2001:db8::10")}}, allocator.Sequential)
		tb.SetReserved(some[:3])
		there := []bool{true, true, true, false, false, false, false, false, false}
		for range 20 {
			i := rng.IntN(len(some))
			if there[i] = !there[i]; there[i] {
				tb.Reserve(some[i:i+1], nil)
			} else {
				tb.Reserve(nil, some[i:i+1])
			}
			tb.check("changed")
		}
		var want, got []string
		for a := netip.MustParseAddr("2001:db8::1"); a != netip.MustParseAddr("2001:db8::11"); a = a.Next() {
			if !slices.ContainsFunc(some, func(p netip.Prefix) bool { return there[slices.Index(some, p)] && p.Contains(a) }) && !twice(some, there, a) {
				want = append(want, a.String())
			}
		}
		for i := range 16 {
			if a := tb.pick(pool, fmt.Sprintf("client %d", i)); a != "" {
				got = append(got, a)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("given with %v of %v reserved (-want +got):\n%s", there, some, diff)
		}
	}
}

// twice says whether the second of two equal entries reserves an address.
func twice(some []netip.Prefix, there []bool, a netip.Addr) bool {
	return there[2] && some[2].Contains(a)
}

// BenchmarkReserve changes one of 100,000 reservations.
func BenchmarkReserve(b *testing.B) {
	table := bindings.New(time.Now, bindings.Options{})
	all := make([]netip.Prefix, 100_000)
	for i := range all {
		all[i] = netip.MustParsePrefix(fmt.Sprintf("2001:db8::%x:%x/128", i>>14, i&0x3fff<<1))
	}
	table.SetReserved(all)
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		p := all[i%len(all) : i%len(all)+1]
		table.Reserve(nil, p)
		table.Reserve(p, nil)
		i++
	}
}
