package bindings_test

import (
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
