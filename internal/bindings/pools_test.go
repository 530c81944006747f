package bindings_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/stage6/stage6/internal/allocator"
	"github.com/stage6/stage6/internal/bindings"
)

func TestPoolsOfTheSameAreShared(t *testing.T) {
	tb := newTable(t, bindings.Options{})
	a := tb.pool(allocator.Spec{Name: "a", Prefixes: prefixes("2001:db8::/125")}, allocator.Sequential)
	b := tb.pool(allocator.Spec{Name: "b", Prefixes: prefixes("2001:db8::/125")}, allocator.Hashed)
	if got := tb.pick(a, "alpha"); got != "2001:db8::1" {
		t.Errorf("got %q", got)
	}
	if got := tb.pick(b, "alpha"); got != "2001:db8::1" {
		t.Errorf("the offer from a is not known in b: %q", got)
	}
	if len(tb.Usage()) != 1 || a.Name() != "a" || b.Name() != "b" {
		t.Errorf("usage %v of %q and %q", tb.Usage(), a.Name(), b.Name())
	}
}

func TestPoolsThatOverlapInPartAreRefused(t *testing.T) {
	tb := newTable(t, bindings.Options{})
	tb.pool(allocator.Spec{Name: "a", Prefixes: prefixes("2001:db8::/112")}, allocator.Hashed)
	_, err := tb.AddPool(allocator.Spec{Name: "b", Prefixes: prefixes("2001:db8::/120")}, allocator.Hashed)
	want := `pool "b": "2001:db8::/120" overlaps "2001:db8::/112" of pool "a"`
	if err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
}

func TestNewGenerationMayDividePoolsDifferently(t *testing.T) {
	tb := newTable(t, bindings.Options{})
	old := tb.addresses("2001:db8::/124")
	tb.apply(tb.binding("alpha", "2001:db8::1"), tb.released("beta", 0, "2001:db8::2"))
	tb.pick(old, "gamma")
	set := tb.NewPoolSet()
	next, err := set.Add(allocator.Spec{Name: "next", Prefixes: prefixes("2001:db8::/125")}, allocator.Sequential)
	if err != nil {
		t.Fatal(err)
	}
	if got := tb.pick(next, "delta"); got != "" {
		t.Errorf("a pool that is not active gave %q", got)
	}
	set.Activate()
	tb.check("activated")
	if got := tb.pick(old, "delta"); got != "" {
		t.Errorf("a pool that is no longer active gave %q", got)
	}
	for _, test := range [][2]string{{"alpha", "2001:db8::1"}, {"beta", "2001:db8::2"}, {"gamma", "2001:db8::3"}, {"delta", "2001:db8::4"}} {
		if got := tb.pick(next, test[0]); got != test[1] {
			t.Errorf("%s got %q, want %q", test[0], got, test[1])
		}
	}
}

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

func TestVeryLargePoolIsProbed(t *testing.T) {
	for _, policy := range []allocator.Policy{allocator.Hashed, allocator.Random, allocator.Sequential} {
		tb := newTable(t, bindings.Options{})
		pool := tb.pool(allocator.Spec{Name: "p", Prefixes: prefixes("2001:db8::/64"), Exclude: []allocator.Range{ranged("2001:db8::", "2001:db8::ffff:ffff")}}, policy)
		tb.SetReserved(prefixes("2001:db8::1:0:0/96"))
		first := tb.pick(pool, "alpha")
		if policy == allocator.Sequential && first != "2001:db8::2:0:0" {
			t.Errorf("sequential: got %q", first)
		}
		if second := tb.pick(pool, "beta"); first == "" || second == "" || first == second {
			t.Errorf("policy %d: got %q and %q", policy, first, second)
		}
		tb.now = tb.now.Add(time.Hour)
		tb.Expire(nil)
		if again := tb.pick(pool, "alpha"); policy != allocator.Random && again != first {
			t.Errorf("policy %d: got %q, then %q", policy, first, again)
		}
	}
}

func TestHashedPoolFindsTheSameAddressAgain(t *testing.T) {
	var got [2]string
	for i := range got {
		tb := newTable(t, bindings.Options{})
		pool := tb.pool(allocator.Spec{Name: "p", Prefixes: prefixes("2001:db8::/112")}, allocator.Hashed)
		got[i] = tb.pick(pool, "alpha")
	}
	if got[0] == "" || got[0] != got[1] {
		t.Errorf("got %q", got)
	}
}

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
