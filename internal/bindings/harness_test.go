package bindings_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/allocator"
	"github.com/stage6/stage6/internal/bindings"
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
