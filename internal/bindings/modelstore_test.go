package bindings_test

import (
	"fmt"
	"maps"
	"net/netip"
	"time"

	"github.com/stage6/stage6/internal/bindings"
	"github.com/stage6/stage6/internal/memory"
	"github.com/stage6/stage6/lease"
)

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
	if was := m.durable[key]; !same(was, c.Before) {
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
