package bindings_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/stage6/stage6/internal/allocator"
	"github.com/stage6/stage6/internal/bindings"
	"github.com/stage6/stage6/lease"
)

// model does with maps and loops what a table does with indexes, and compares.
type model struct {
	*table
	choose   func(n int) int // a number below n
	specs    []allocator.Spec
	policies []allocator.Policy
	pools    []*bindings.Pool
	known    map[lease.Key]*lease.Binding // what the table has
	durable  map[lease.Key]*lease.Binding // what the store has
	offers   map[netip.Prefix]offered
	reserved []netip.Prefix
	taken    []lease.Change
	ticket   bindings.Ticket
}

type offered struct {
	client string
	at     time.Time
}

var modelClients = []string{"a-1", "a-2", "a-3", "a-4", "a-5", "a-6", "p-1", "p-2", "p-3", "p-4", "p-5", "p-6"}

func newModel(t testing.TB, choose func(int) int) *model {
	m := &model{
		table: newTable(t, bindings.Options{RememberFor: 1000 * time.Hour}), choose: choose,
		known: map[lease.Key]*lease.Binding{}, durable: map[lease.Key]*lease.Binding{}, offers: map[netip.Prefix]offered{},
	}
	m.specs = []allocator.Spec{
		{Name: "small", Prefixes: prefixes("2001:db8:0:1::/125")},
		{Name: "ranges", Ranges: []allocator.Range{ranged("2001:db8:0:2::5", "2001:db8:0:2::9"), ranged("2001:db8:0:2::1", "2001:db8:0:2::2")}, Exclude: []allocator.Range{ranged("2001:db8:0:2::6", "2001:db8:0:2::7")}},
		{Name: "mixed", Prefixes: prefixes("2001:db8:8000::/60", "2001:db8:9000::/62"), Lengths: []int{64, 62, 63}},
		{Name: "single", Prefixes: prefixes("2001:db8:a000::/62"), Lengths: []int{64}},
		{Name: "huge", Prefixes: prefixes("2001:db8:0:3::/64")},
	}
	m.policies = []allocator.Policy{allocator.Hashed, allocator.Sequential, allocator.Hashed, allocator.Random, allocator.Sequential}
	for i, spec := range m.specs {
		m.pools = append(m.pools, m.pool(spec, m.policies[i]))
	}
	return m
}

func ranged(first, last string) allocator.Range {
	return allocator.Range{First: netip.MustParseAddr(first), Last: netip.MustParseAddr(last)}
}

// run makes one step and compares.
func (m *model) run() string {
	what := "nothing"
	switch m.choose(16) {
	case 0, 1, 2, 3:
		what = m.doPick()
	case 4, 5:
		what = m.doOffer()
	case 6, 7, 8, 9, 10:
		what = m.doApply()
	case 11:
		what = m.doTake()
	case 12:
		what = m.doCommit()
	case 13:
		what = m.doTime()
	case 14:
		what = m.doReserve()
	case 15:
		what = m.doActivate()
	}
	m.compare(what)
	return what
}

func (m *model) client() string { return modelClients[m.choose(len(modelClients))] }

// prefix gives any of the prefixes that the pools have, and some others.
func (m *model) prefix(client string) netip.Prefix {
	if client[0] == 'p' {
		length := []int{64, 64, 63, 62, 60}[m.choose(5)]
		base := []string{"2001:db8:8000:%x::/64", "2001:db8:9000:%x::/64", "2001:db8:a000:%x::/64", "2001:db8:b000:%x::/64"}[m.choose(4)]
		p := netip.MustParsePrefix(fmt.Sprintf(base, m.choose(16)))
		return netip.PrefixFrom(p.Addr(), length).Masked()
	}
	base := []string{"2001:db8:0:1::%x", "2001:db8:0:2::%x", "2001:db8:0:3::%x", "2001:db8:8000:3::%x"}[m.choose(4)]
	return prefix(fmt.Sprintf(base, m.choose(10)))
}

// same says whether two bindings say the same.
func same(a, b *lease.Binding) bool {
	if a == nil || b == nil {
		return a == b
	}
	x, y := *a, *b
	x.Leases, y.Leases = nil, nil
	x.Created, y.Created, x.Updated, y.Updated = time.Time{}, time.Time{}, time.Time{}, time.Time{}
	return reflect.DeepEqual(x, y) && a.Created.Equal(b.Created) && a.Updated.Equal(b.Updated) &&
		slices.EqualFunc(a.Leases, b.Leases, func(l, m lease.Lease) bool {
			until := l.Until.Equal(m.Until)
			l.Until, m.Until = time.Time{}, time.Time{}
			return until && l == m
		})
}

func (m *model) compare(what string) {
	m.check(what)
	if m.Len() != len(m.known) {
		m.t.Fatalf("%s: %d bindings, want %d", what, m.Len(), len(m.known))
	}
	for key, want := range m.known {
		if got := m.Get([]byte(key.DUID), key.IA); !same(got, want) {
			m.t.Fatalf("%s: %s is\n%+v, want\n%+v", what, string(key.DUID), got, want)
		}
	}
}

func TestTableDoesWhatMapsAndLoopsDo(t *testing.T) {
	for seed := range uint64(30) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 6))
			m := newModel(t, random.IntN)
			for step := range 400 {
				what := m.run()
				t.Logf("%d: %s", step, what)
			}
			m.restart()
		})
	}
}
