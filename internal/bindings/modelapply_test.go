package bindings_test

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"time"

	"github.com/stage6/stage6/lease"
)

// doApply puts records of one or two clients, made of what they had and of
// something else.
func (m *model) doApply() string {
	var puts []*lease.Binding
	for range 1 + m.choose(2) {
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

// keep has the records take the place of those before, but for those of which
// nothing is left.
func (m *model) keep(kept map[lease.Key]*lease.Binding, puts []*lease.Binding) {
	for _, b := range puts {
		if k := kept[b.Key]; m.known[b.Key] != nil && len(k.Leases) == 0 && len(b.Leases) > 0 {
			delete(kept, b.Key)
			delete(m.known, b.Key)
		}
	}
	maps.Copy(m.known, kept)
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
	m.keep(kept, puts)
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
