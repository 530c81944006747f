package bindings_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/bindings"
)

func (tb *table) peek(pool *bindings.Pool, client string) string {
	p, ok := tb.Peek(pool, []byte(client), ident.IA{Type: ident.NA, ID: 1}, nil, 0, func(netip.Prefix) bool { return false })
	if !ok {
		return ""
	}
	return p.Addr().String()
}

func TestPeekGivesWhatPickThenDoes(t *testing.T) {
	tests := []struct {
		name    string
		prepare func(tb *table, pool *bindings.Pool)
		want    string
	}{
		{"a fresh one", func(*table, *bindings.Pool) {}, "2001:db8::1"},
		{"nothing of a full pool", exhaust, ""},
		{"one whose lease is over, of which nobody took notice", func(tb *table, pool *bindings.Pool) {
			exhaust(tb, pool)
			tb.now = tb.now.Add(2*time.Minute + time.Second)
		}, "2001:db8::2"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			tb := newTable(t, bindings.Options{})
			pool := tb.addresses("2001:db8::/126")
			test.prepare(tb, pool)
			before := tb.Usage()
			peeked, again := tb.peek(pool, "delta"), tb.peek(pool, "delta")
			if after := tb.Usage(); len(after) != len(before) || after[0] != before[0] {
				t.Errorf("use of the pool was %+v and is %+v", before, after)
			}
			if picked := tb.pick(pool, "delta"); peeked != test.want || again != peeked || picked != peeked {
				t.Errorf("peeked %q and %q, picked %q, want %q", peeked, again, picked, test.want)
			}
		})
	}
}

// exhaust leases all of a pool of three, the second for the shortest time.
func exhaust(tb *table, _ *bindings.Pool) {
	for i, client := range []string{"alpha", "beta", "gamma"} {
		b := tb.binding(client, []string{"2001:db8::1", "2001:db8::2", "2001:db8::3"}[i])
		b.Leases[0].Until = tb.now.Add(time.Duration([]int{4, 2, 3}[i]) * time.Minute)
		tb.apply(b)
	}
}
