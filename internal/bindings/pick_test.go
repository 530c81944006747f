package bindings_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stage6/stage6/internal/bindings"
	"github.com/stage6/stage6/lease"
)

func TestTwoClientsAreNeverOfferedOneAddress(t *testing.T) {
	tb := newTable(t, bindings.Options{})
	pool := tb.addresses("2001:db8::/126")
	got := []string{tb.pick(pool, "alpha"), tb.pick(pool, "beta"), tb.pick(pool, "gamma"), tb.pick(pool, "delta")}
	want := []string{"2001:db8::1", "2001:db8::2", "2001:db8::3", ""}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if again := tb.pick(pool, "beta"); again != "2001:db8::2" {
		t.Errorf("asked again: %q", again)
	}
	tb.now = tb.now.Add(2 * time.Second)
	if stolen := tb.pick(pool, "delta"); stolen != "2001:db8::1" {
		t.Errorf("with nothing else left the oldest offer was not taken, but %q", stolen)
	}
}

func TestFloodOfSolicitsKeepsNoAddressFromAClientThatRequests(t *testing.T) {
	tb := newTable(t, bindings.Options{})
	pool := tb.addresses("2001:db8::/124")
	flood := func() {
		for i := range 100 {
			tb.now = tb.now.Add(100 * time.Microsecond)
			tb.pick(pool, fmt.Sprintf("%d", i))
		}
	}
	flood()
	offered := tb.pick(pool, "alpha")
	flood()
	granted := tb.pick(pool, "alpha", offered)
	if offered == "" || granted == "" {
		t.Fatalf("offered %q and then granted %q", offered, granted)
	}
	tb.apply(tb.binding("alpha", granted))
	flood()
	if again := tb.pick(pool, "alpha"); again != granted {
		t.Errorf("the client was granted %q and now gets %q", granted, again)
	}
}

func TestFloodOfSolicitsInOneInstantLeavesAnAddressForTheNext(t *testing.T) {
	tb := newTable(t, bindings.Options{})
	pool := tb.addresses("2001:db8::/122")
	for i := range 1000 {
		if got := tb.pick(pool, fmt.Sprintf("%d", i)); got == "" {
			t.Fatalf("client %d is offered nothing", i)
		}
	}
	if last := tb.pick(pool, "999"); last == "" || last == tb.pick(pool, "alpha") {
		t.Errorf("%q, which was offered last, is offered to another client", last)
	}
}

func TestPickOrder(t *testing.T) {
	tests := []struct {
		name    string
		prepare func(tb *table, pool *bindings.Pool)
		hints   []string
		want    string
	}{
		{"a live lease comes before a hint", func(tb *table, _ *bindings.Pool) {
			tb.apply(tb.binding("alpha", "2001:db8::5"))
		}, []string{"2001:db8::7"}, "2001:db8::5"},
		{"an own offer comes before a hint", func(tb *table, pool *bindings.Pool) {
			tb.pick(pool, "alpha", "2001:db8::6")
		}, []string{"2001:db8::7"}, "2001:db8::6"},
		{"an own ended lease comes before a hint", func(tb *table, _ *bindings.Pool) {
			tb.apply(tb.released("alpha", 0, "2001:db8::9"))
		}, []string{"2001:db8::7"}, "2001:db8::9"},
		{"an own released lease that rests comes before a hint", func(tb *table, _ *bindings.Pool) {
			tb.apply(tb.released("alpha", time.Minute, "2001:db8::9"))
		}, []string{"2001:db8::7"}, "2001:db8::9"},
		{"a declined address is not given again", func(tb *table, _ *bindings.Pool) {
			b := tb.released("alpha", time.Minute, "2001:db8::1")
			b.Leases[0].State = lease.Declined
			tb.apply(b)
		}, nil, "2001:db8::2"},
		{"a free hint comes before the policy", nil, []string{"2001:db8::7"}, "2001:db8::7"},
		{"a hint that somebody holds is passed over", func(tb *table, _ *bindings.Pool) {
			tb.apply(tb.binding("beta", "2001:db8::7"))
		}, []string{"2001:db8::7"}, "2001:db8::1"},
		{"a hint that somebody was offered is passed over", func(tb *table, pool *bindings.Pool) {
			tb.pick(pool, "beta", "2001:db8::7")
		}, []string{"2001:db8::7", "2001:db8::8"}, "2001:db8::8"},
		{"a hint outside the pool is passed over", nil, []string{"2001:db8:1::7", "::"}, "2001:db8::1"},
		{"a reserved hint is passed over", func(tb *table, _ *bindings.Pool) {
			tb.SetReserved(prefixes("2001:db8::7", "2001:db8::1"))
		}, []string{"2001:db8::7"}, "2001:db8::2"},
		{"the subnet-router anycast address is passed over", nil, []string{"2001:db8::"}, "2001:db8::1"},
		{"a fresh address comes before a remembered one", func(tb *table, _ *bindings.Pool) {
			tb.apply(tb.released("beta", 0, "2001:db8::1"))
		}, nil, "2001:db8::2"},
		{"a remembered address of somebody else may be hinted", func(tb *table, _ *bindings.Pool) {
			tb.apply(tb.released("beta", 0, "2001:db8::1"))
		}, []string{"2001:db8::1"}, "2001:db8::1"},
		{"an address that rests is passed over", func(tb *table, _ *bindings.Pool) {
			tb.apply(tb.released("beta", time.Minute, "2001:db8::1"))
		}, []string{"2001:db8::1"}, "2001:db8::2"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			tb := newTable(t, bindings.Options{})
			pool := tb.addresses("2001:db8::/124")
			if test.prepare != nil {
				test.prepare(tb, pool)
			}
			if got := tb.pick(pool, "alpha", test.hints...); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestFullPoolGivesTheLongestEndedFirst(t *testing.T) {
	tb := newTable(t, bindings.Options{})
	pool := tb.addresses("2001:db8::/126")
	for i, client := range []string{"alpha", "beta", "gamma"} {
		b := tb.binding(client, []string{"2001:db8::3", "2001:db8::1", "2001:db8::2"}[i])
		b.Leases[0].Until = tb.now.Add(time.Duration(i+1) * time.Minute)
		tb.apply(b)
	}
	if got := tb.pick(pool, "delta"); got != "" {
		t.Fatalf("got %q from a full pool", got)
	}
	tb.now = tb.now.Add(time.Hour)
	got := []string{tb.pick(pool, "delta"), tb.pick(pool, "beta"), tb.pick(pool, "epsilon"), tb.pick(pool, "zeta")}
	if want := []string{"2001:db8::3", "2001:db8::1", "2001:db8::2", ""}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	tb.commit()
	tb.apply(tb.binding("delta", "2001:db8::3"))
	changes := tb.commit()
	if len(changes) != 2 || changes[0].After != nil || changes[0].Before.DUID != "alpha" {
		t.Errorf("the one who had the address is not forgotten first: %v", changes)
	}
	if tb.get("alpha") != nil {
		t.Error("the one who had the address still has a record")
	}
}

func TestFullTableGivesNothingToOthers(t *testing.T) {
	tb := newTable(t, bindings.Options{MaxHeld: 2})
	pool := tb.addresses("2001:db8::/64")
	for _, client := range []string{"alpha", "beta"} {
		tb.apply(tb.binding(client, tb.pick(pool, client)))
	}
	if got := tb.pick(pool, "gamma"); got != "" {
		t.Errorf("gamma got %q of a full table", got)
	}
	if tb.pick(pool, "alpha") == "" {
		t.Error("alpha, who has a lease, got nothing")
	}
	tb.apply(tb.released("beta", 0, tb.pick(pool, "beta")))
	if tb.pick(pool, "gamma") == "" {
		t.Error("gamma got nothing when there was room again")
	}
}
