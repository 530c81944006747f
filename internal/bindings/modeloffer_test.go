package bindings_test

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"time"

	"github.com/stage6/stage6/lease"
)

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
	if o, ok := m.offers[p]; ok && m.now.Sub(o.at) > time.Millisecond {
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
