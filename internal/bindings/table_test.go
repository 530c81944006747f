package bindings_test

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/allocator"
	"github.com/stage6/stage6/internal/bindings"
	"github.com/stage6/stage6/internal/memory"
	"github.com/stage6/stage6/lease"
)

var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// table is a table with a clock that the test moves.
type table struct {
	*bindings.Table
	t   testing.TB
	now time.Time
}

func newTable(t testing.TB, o bindings.Options) *table {
	tb := &table{t: t, now: start}
	tb.Table = bindings.New(func() time.Time { return tb.now }, o)
	t.Cleanup(func() {
		for _, err := range tb.Check() {
			t.Errorf("check: %v", err)
		}
	})
	return tb
}

func (tb *table) check(when string) {
	tb.t.Helper()
	for _, err := range tb.Check() {
		tb.t.Fatalf("%s: %v", when, err)
	}
}

func (tb *table) pool(spec allocator.Spec, policy allocator.Policy) *bindings.Pool {
	tb.t.Helper()
	p, err := tb.AddPool(spec, policy)
	if err != nil {
		tb.t.Fatal(err)
	}
	return p
}

func (tb *table) addresses(text string) *bindings.Pool {
	tb.t.Helper()
	return tb.pool(allocator.Spec{Name: text, Prefixes: []netip.Prefix{prefix(text)}}, allocator.Sequential)
}

// pick picks for a client and gives the result as text, or nothing.
func (tb *table) pick(p *bindings.Pool, client string, hints ...string) string {
	got, ok := tb.Pick(p, []byte(client), ia(client), prefixes(hints...), 0)
	if !ok {
		return ""
	}
	return text(got)
}

func (tb *table) apply(puts ...*lease.Binding) {
	tb.t.Helper()
	if _, err := tb.Apply(tb.Epoch(), puts); err != nil {
		tb.t.Fatal(err)
	}
}

func (tb *table) get(client string) *lease.Binding { return tb.Get([]byte(client), ia(client)) }

// commit makes everything durable, as the committer does.
func (tb *table) commit() (all []lease.Change) {
	for {
		taken, ticket := tb.Take(nil, 2)
		if ticket.IsZero() {
			return all
		}
		tb.Committed(ticket)
		all = append(all, taken...)
	}
}

// binding makes a record of a client with live leases for an hour.
func (tb *table) binding(client string, leases ...string) *lease.Binding {
	b := &lease.Binding{Key: lease.Key{DUID: ident.DUID(client), IA: ia(client)}, Created: tb.now, Updated: tb.now}
	for _, p := range leases {
		b.Leases = append(b.Leases, lease.Lease{Prefix: prefix(p), State: lease.Active, Valid: time.Hour, Until: tb.now.Add(time.Hour)})
	}
	return b
}

func (tb *table) released(client string, rest time.Duration, p string) *lease.Binding {
	b := tb.binding(client, p)
	b.Leases[0].State, b.Leases[0].Until = lease.Released, tb.now.Add(rest)
	return b
}

// ia is that of a client: of prefixes when its name begins with a p.
func ia(client string) ident.IA {
	if client[0] == 'p' {
		return ident.IA{Type: ident.PD, ID: 1}
	}
	return ident.IA{Type: ident.NA, ID: 1}
}

func prefix(s string) netip.Prefix {
	if !strings.Contains(s, "/") {
		s += "/128"
	}
	return netip.MustParsePrefix(s)
}

func prefixes(in ...string) (out []netip.Prefix) {
	for _, s := range in {
		out = append(out, prefix(s))
	}
	return out
}

func text(p netip.Prefix) string { return strings.TrimSuffix(p.String(), "/128") }

func TestLeaseIsVisibleAtOnce(t *testing.T) {
	tb := newTable(t, bindings.Options{})
	tb.apply(tb.binding("alpha", "2001:db8::1"))
	b := tb.get("alpha")
	if b == nil || b.Leases[0].Prefix != prefix("2001:db8::1") {
		t.Fatalf("got %v", b)
	}
	h, ok := tb.Holder(prefix("2001:db8::1"))
	if !ok || h.Binding != b || h.Lease != &b.Leases[0] || h.Offered {
		t.Errorf("holder: %+v %v", h, ok)
	}
	if _, ok := tb.Holder(prefix("2001:db8::2")); ok {
		t.Error("an address that nobody has is held")
	}
	if tb.get("beta") != nil || tb.Len() != 1 {
		t.Errorf("somebody else is found, or %d bindings", tb.Len())
	}
}

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

func TestApplyIsAllOrNothing(t *testing.T) {
	tb := newTable(t, bindings.Options{})
	tb.apply(tb.binding("alpha", "2001:db8::1"), tb.binding("beta", "2001:db8::2"))
	puts := []*lease.Binding{tb.binding("gamma", "2001:db8::3"), tb.binding("delta", "2001:db8::1")}
	_, err := tb.Apply(tb.Epoch(), puts)
	var conflict *lease.ConflictError
	if !errors.As(err, &conflict) || !slices.Equal(conflict.Indexes, []int{1}) {
		t.Fatalf("got %v", err)
	}
	if tb.get("gamma") != nil || tb.Len() != 2 {
		t.Error("a part was applied")
	}
	tb.apply(tb.binding("alpha"), tb.binding("delta", "2001:db8::1"))
	if h, _ := tb.Holder(prefix("2001:db8::1")); h.Binding.DUID != "delta" {
		t.Error("the address did not move")
	}
}

func TestRollBackUndoesWhatIsNotDurable(t *testing.T) {
	tb := newTable(t, bindings.Options{})
	tb.apply(tb.binding("alpha", "2001:db8::1"))
	_, ticket := tb.Take(nil, 10)
	tb.Committed(ticket)
	epoch := tb.Epoch()
	tb.apply(tb.binding("alpha"), tb.binding("beta", "2001:db8::1"))
	tb.apply(tb.binding("beta", "2001:db8::2"))
	if p := tb.Pending(epoch, []byte("beta"), ia("beta")); p.Seq != 3 {
		t.Errorf("pending: %+v", p)
	}
	if taken, _ := tb.Take(nil, 1); len(taken) != 2 {
		t.Errorf("what was applied together was not taken together: %d", len(taken))
	}
	tb.RollBack()
	tb.check("rolled back")
	if tb.get("beta") != nil || len(tb.get("alpha").Leases) != 1 {
		t.Error("changes were not undone")
	}
	if _, err := tb.Apply(epoch, []*lease.Binding{tb.binding("gamma")}); err == nil {
		t.Error("a stale epoch was taken")
	}
	if left := tb.commit(); len(left) != 0 {
		t.Errorf("changes are left: %v", left)
	}
}

func TestLoadRefusesTwoHoldersOfOnePrefix(t *testing.T) {
	tb := newTable(t, bindings.Options{})
	store := memory.New()
	for _, b := range []*lease.Binding{tb.binding("palpha", "2001:db8::/56"), tb.binding("pbeta", "2001:db8:0:1::/64")} {
		if err := store.Commit(t.Context(), []lease.Change{{After: b}}); err != nil {
			t.Fatal(err)
		}
	}
	err := tb.Load(t.Context(), store)
	if err == nil || !strings.Contains(err.Error(), "overlaps") || !strings.Contains(err.Error(), "70:61:6c:70:68:61") {
		t.Errorf("got %v", err)
	}
}
