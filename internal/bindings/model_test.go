package bindings_test

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/stage6/stage6/internal/allocator"
	"github.com/stage6/stage6/internal/bindings"
	"github.com/stage6/stage6/internal/memory"
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

// mayHave says whether a client may be offered p: the long way.
func (m *model) mayHave(client string, p netip.Prefix) bool {
	for _, b := range m.known {
		for i := range b.Leases {
			l := &b.Leases[i]
			own := string(b.DUID) == client && l.Prefix == p
			if l.Prefix.Overlaps(p) && l.Held(m.now) && !(own && l.State != lease.Declined) {
				return false
			}
		}
	}
	for q, o := range m.fresh() {
		if q.Overlaps(p) && (q != p || o.client != client && !slices.Contains(m.reserved, p)) {
			return false
		}
	}
	return true
}

// fresh gives the offers that are not over.
func (m *model) fresh() map[netip.Prefix]offered {
	maps.DeleteFunc(m.offers, func(_ netip.Prefix, o offered) bool { return m.now.Sub(o.at) >= time.Minute })
	return m.offers
}

func (m *model) live(client string, p netip.Prefix) bool {
	b := m.known[m.binding(client).Key]
	return b != nil && b.Lease(p) != nil && b.Lease(p).Live(m.now)
}

func (m *model) doOffer() string {
	client := m.client()
	p := m.prefix(client)
	want := m.mayHave(client, p) || m.live(client, p)
	got := m.Offer([]byte(client), ia(client), p)
	what := fmt.Sprintf("offer %s to %s: %v", p, client, got)
	if got != want {
		m.t.Fatalf("%s, want %v", what, want)
	}
	if got && !m.live(client, p) {
		m.offers[p] = offered{client, m.now}
	}
	return what
}

func (m *model) doPick() string {
	client := m.client()
	i := m.choose(2)
	if client[0] == 'p' {
		i = 2 + m.choose(2)
	} else if m.choose(4) == 0 {
		i = 4
	}
	var hints []netip.Prefix
	for range m.choose(3) {
		hints = append(hints, m.prefix(client))
	}
	length := 0
	if i == 2 {
		length = 62 + m.choose(3)
	}
	got, ok := m.Pick(m.pools[i], []byte(client), ia(client), hints, length)
	what := fmt.Sprintf("pick from %s for %s with %v /%d: %v %v", m.specs[i].Name, client, hints, length, got, ok)
	switch {
	case !ok:
		m.wantNone(what, i, client, length)
	case m.live(client, got):
	case !m.free(i, client, got):
		m.t.Fatalf("%s, which is not free", what)
	default:
		maps.DeleteFunc(m.offers, func(p netip.Prefix, _ offered) bool { return p.Overlaps(got) })
		m.offers[got] = offered{client, m.now}
	}
	return what
}

// free says whether Pick may give p to a client, with force if need be.
func (m *model) free(pool int, client string, p netip.Prefix) bool {
	if !m.pickable(pool, p) {
		return false
	}
	kept := maps.Clone(m.offers)
	if o, ok := m.offers[p]; ok && m.now.Sub(o.at) > time.Second {
		delete(m.offers, p)
	}
	ok := m.mayHave(client, p)
	m.offers = kept
	return ok
}

// pickable says whether Pick could ever give p.
func (m *model) pickable(pool int, p netip.Prefix) bool {
	spec := &m.specs[pool]
	if !m.pools[pool].Contains(p) || slices.ContainsFunc(m.reserved, p.Overlaps) {
		return false
	}
	for _, x := range spec.Exclude {
		if !p.Addr().Less(x.First) && !x.Last.Less(p.Addr()) {
			return false
		}
	}
	return p.Bits() < 128 || !slices.ContainsFunc(spec.Prefixes, func(q netip.Prefix) bool { return q.Addr() == p.Addr() })
}

func (m *model) wantNone(what string, pool int, client string, length int) {
	for _, p := range m.all(pool) {
		if (length == 0 || p.Bits() == length) && m.free(pool, client, p) {
			m.t.Fatalf("%s, but %s is free", what, p)
		}
	}
}

// all gives all that could be picked from a pool that is not huge.
func (m *model) all(pool int) (out []netip.Prefix) {
	spec := &m.specs[pool]
	for _, q := range spec.Prefixes {
		for _, length := range append(spec.Lengths, 128)[:max(1, len(spec.Lengths))] {
			for p := netip.PrefixFrom(q.Addr(), length); q.Contains(p.Addr()) && len(out) < 1000; {
				out = append(out, p)
				p = netip.PrefixFrom(after(p), length)
			}
		}
	}
	for _, r := range spec.Ranges {
		for a := r.First; !r.Last.Less(a); a = a.Next() {
			out = append(out, netip.PrefixFrom(a, 128))
		}
	}
	return out
}

func after(p netip.Prefix) netip.Addr {
	b := p.Addr().As16()
	for i := p.Bits() - 1; i >= 0; i-- {
		b[i/8] ^= 0x80 >> (i % 8)
		if b[i/8]&(0x80>>(i%8)) != 0 {
			break
		}
	}
	return netip.AddrFrom16(b)
}

// doApply puts records of one or two clients, made of what they had and of
// something else.
func (m *model) doApply() string {
	var puts []*lease.Binding
	for n := 1 + m.choose(2); len(puts) < n; {
		client := m.client()
		if !slices.ContainsFunc(puts, func(b *lease.Binding) bool { return string(b.DUID) == client }) {
			puts = append(puts, m.put(client))
		}
	}
	want := m.conflicts(puts)
	_, err := m.Apply(m.Epoch(), puts)
	what := "apply " + describe(puts) + fmt.Sprint(": ", err)
	var conflict *lease.ConflictError
	if errors.As(err, &conflict); (err != nil) != want || err != nil && conflict == nil {
		m.t.Fatalf("%s, want conflict %v", what, want)
	}
	if err == nil {
		m.accept(puts)
	}
	return what
}

func describe(puts []*lease.Binding) (s string) {
	for _, b := range puts {
		s += fmt.Sprintf("%s[", string(b.DUID))
		for i := range b.Leases {
			s += fmt.Sprintf("%s %s;", b.Leases[i].Prefix, b.Leases[i].State)
		}
		s += "] "
	}
	return s
}

// put makes another record of a client.
func (m *model) put(client string) *lease.Binding {
	b := m.binding(client)
	b.Host = []string{"", "web01", "web02"}[m.choose(3)]
	if old := m.known[b.Key]; old != nil && m.choose(4) > 0 {
		b.Leases = slices.Clone(old.Leases)
	}
	for i := range b.Leases {
		l := &b.Leases[i]
		switch m.choose(6) {
		case 0:
			l.State, l.Until = lease.Released, m.now
		case 1:
			l.State, l.Until = lease.Released, m.now.Add(time.Hour)
		case 2:
			l.State, l.Until = lease.Declined, m.now.Add(time.Hour)
		case 3:
			l.State, l.Until = lease.Active, m.now.Add(time.Hour)
		}
	}
	for range m.choose(3) {
		p := m.prefix(client)
		for _, q := range slices.SortedFunc(maps.Keys(m.offers), netip.Prefix.Compare) {
			if m.offers[q].client == client && m.choose(2) == 0 {
				p = q
			}
		}
		if !slices.ContainsFunc(b.Leases, func(l lease.Lease) bool { return l.Prefix.Overlaps(p) }) {
			b.Leases = append(b.Leases, lease.Lease{Prefix: p, State: lease.Active, Until: m.now.Add(time.Duration(1+m.choose(90)) * time.Minute)})
		}
	}
	return b
}

// conflicts says whether anything held in puts is somebody else's, or held
// twice.
func (m *model) conflicts(puts []*lease.Binding) bool {
	for i, b := range puts {
		for j := range b.Leases {
			l := &b.Leases[j]
			if l.Held(m.now) && (m.heldByOthers(puts, i, l.Prefix) || m.offeredToOthers(b, l.Prefix)) {
				return true
			}
		}
	}
	return false
}

func (m *model) heldByOthers(puts []*lease.Binding, self int, p netip.Prefix) bool {
	all := maps.Clone(m.known)
	for _, b := range puts {
		all[b.Key] = b
	}
	for key, b := range all {
		if key == puts[self].Key {
			continue
		}
		for i := range b.Leases {
			if l := &b.Leases[i]; l.Prefix.Overlaps(p) && l.Held(m.now) {
				return true
			}
		}
	}
	return false
}

func (m *model) offeredToOthers(b *lease.Binding, p netip.Prefix) bool {
	for q, o := range m.fresh() {
		if q.Overlaps(p) && o.client != string(b.DUID) && !slices.Contains(m.reserved, q) {
			return true
		}
	}
	return false
}

// accept does what Apply shall have done: ended leases in puts give way, and
// then those of everybody else.
func (m *model) accept(puts []*lease.Binding) {
	kept := map[lease.Key]*lease.Binding{}
	for i, b := range puts {
		kept[b.Key] = b
		for _, l := range b.Leases {
			if !l.Held(m.now) && m.elsewhere(puts, i, l.Prefix) {
				kept[b.Key] = minus(kept[b.Key], l.Prefix)
			}
		}
	}
	maps.Copy(m.known, kept)
	for _, b := range puts {
		for i := range b.Leases {
			if l := &b.Leases[i]; l.Held(m.now) {
				m.evict(kept, l.Prefix)
				maps.DeleteFunc(m.offers, func(p netip.Prefix, _ offered) bool { return p.Overlaps(l.Prefix) })
			}
		}
	}
}

// elsewhere says whether a record that is not put, or another put, has a lease
// that overlaps the ended p of a put. Of two ended ones in puts the shorter
// gives way, or the first.
func (m *model) elsewhere(puts []*lease.Binding, self int, p netip.Prefix) bool {
	for k, b := range m.known {
		isPut := slices.ContainsFunc(puts, func(o *lease.Binding) bool { return o.Key == k })
		if !isPut && slices.ContainsFunc(b.Leases, func(l lease.Lease) bool { return l.Prefix.Overlaps(p) }) {
			return true
		}
	}
	for i, b := range puts {
		for _, l := range b.Leases {
			if i != self && l.Prefix.Overlaps(p) && (l.Held(m.now) || p.Bits() < l.Prefix.Bits() || p == l.Prefix && self < i) {
				return true
			}
		}
	}
	return false
}

// evict takes leases that overlap p out of all records that are not put.
func (m *model) evict(put map[lease.Key]*lease.Binding, p netip.Prefix) {
	for k, b := range m.known {
		if put[k] != nil {
			continue
		}
		for _, l := range b.Leases {
			if !l.Prefix.Overlaps(p) {
				continue
			}
			if m.known[k] = minus(m.known[k], l.Prefix); len(m.known[k].Leases) == 0 {
				delete(m.known, k)
				break
			}
		}
	}
}

func minus(b *lease.Binding, p netip.Prefix) *lease.Binding {
	c := *b
	c.Leases = slices.DeleteFunc(slices.Clone(b.Leases), func(l lease.Lease) bool { return l.Prefix == p })
	return &c
}

func (m *model) doTake() string {
	if len(m.taken) == 0 {
		m.taken, m.ticket = m.Take(m.taken, 1+m.choose(4))
	}
	return fmt.Sprintf("take %d", len(m.taken))
}

// doCommit has what was taken made durable, or everything rolled back.
func (m *model) doCommit() string {
	if m.choose(3) > 0 {
		for _, c := range m.taken {
			m.write(c)
		}
		m.Committed(m.ticket)
		m.taken = nil
		return "commit"
	}
	m.taken = nil
	m.RollBack()
	m.known = maps.Clone(m.durable)
	for _, b := range m.known {
		for i := range b.Leases {
			if l := &b.Leases[i]; l.Held(m.now) {
				maps.DeleteFunc(m.offers, func(p netip.Prefix, _ offered) bool { return p.Overlaps(l.Prefix) })
			}
		}
	}
	return "roll back"
}

func (m *model) write(c lease.Change) {
	key := keyOf(c)
	if was := m.durable[key]; !reflect.DeepEqual(was, c.Before) {
		m.t.Fatalf("a change begins with %v, the store has %v", c.Before, was)
	}
	if c.After == nil {
		delete(m.durable, key)
		return
	}
	m.durable[key] = c.After
}

func keyOf(c lease.Change) lease.Key {
	if c.After == nil {
		return c.Before.Key
	}
	return c.After.Key
}

func (m *model) doTime() string {
	d := []time.Duration{time.Millisecond, time.Second, 2 * time.Second, time.Minute, time.Hour}[m.choose(5)]
	m.now = m.now.Add(d)
	if d >= time.Minute || m.choose(2) == 0 {
		for more := true; more; {
			_, more = m.Expire(nil)
		}
	}
	return fmt.Sprintf("wait %s", d)
}

func (m *model) doReserve() string {
	m.reserved = nil
	for range m.choose(4) {
		m.reserved = append(m.reserved, m.prefix(m.client()))
	}
	m.SetReserved(m.reserved)
	return fmt.Sprintf("reserve %v", m.reserved)
}

// doActivate has a new generation take over, maybe for a while without one of
// the pools.
func (m *model) doActivate() string {
	without := m.choose(2 * len(m.specs))
	for range 2 {
		set := m.NewPoolSet()
		for i, spec := range m.specs {
			if i == without {
				continue
			}
			pool, err := set.Add(spec, m.policies[i])
			if err != nil {
				m.t.Fatal(err)
			}
			m.pools[i] = pool
		}
		set.Activate()
		m.check("activated")
		without = -1
	}
	return "activate"
}

func (m *model) compare(what string) {
	m.check(what)
	if m.Len() != len(m.known) {
		m.t.Fatalf("%s: %d bindings, want %d", what, m.Len(), len(m.known))
	}
	for key, want := range m.known {
		if got := m.Get([]byte(key.DUID), key.IA); !reflect.DeepEqual(got, want) {
			m.t.Fatalf("%s: %s is\n%+v, want\n%+v", what, string(key.DUID), got, want)
		}
	}
}

// restart loads what is durable into another table.
func (m *model) restart() {
	store := memory.New()
	for _, b := range m.durable {
		if err := store.Commit(m.t.Context(), []lease.Change{{After: b}}); err != nil {
			m.t.Fatal(err)
		}
	}
	other := newTable(m.t, bindings.Options{})
	other.now = m.now
	if err := other.Load(m.t.Context(), store); err != nil {
		m.t.Fatal(err)
	}
	if other.Len() != len(m.durable) {
		m.t.Errorf("%d bindings were loaded, want %d", other.Len(), len(m.durable))
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
