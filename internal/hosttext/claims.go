package hosttext

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/strict"
)

// claim is something that belongs to one host only.
type claim struct {
	host string
	at   strict.Place
}

// claims is what is claimed. The registry finds out fast whether something is
// claimed twice; this is for telling where.
type claims struct {
	taken    map[string]claim // by description; names of hosts, which have no space, are their own
	reserved [2][]reservation // whole ones, and those given as host parts
	errs     []error
}

type reservation struct {
	claim
	what   string
	prefix netip.Prefix
}

// CheckClaims names both places where two hosts, or two interfaces of one,
// claim the same.
func CheckClaims(entries []Entry) error {
	c := claims{taken: map[string]claim{}}
	for i := range entries {
		c.entry(&entries[i])
	}
	for _, r := range c.reserved {
		c.nested(r)
	}
	return strict.Join(c.errs...)
}

func (c *claims) entry(e *Entry) {
	host := string(e.Name.value)
	c.name(host, e.Name.at)
	for _, u := range e.UUID {
		c.uuid(host, u)
	}
	addClaims(c, host, "DUID", e.DUID)
	c.clients(host, e.Client)
	c.single(host, &e.single)
	for i := range e.Interfaces {
		f := &e.Interfaces[i]
		addClaims(c, host, "DUID", f.DUID)
		c.clients(host, f.Client)
		c.single(host, &f.single)
	}
}

// uuid claims the DUIDs that are made of a UUID, in either byte order.
func (c *claims) uuid(host string, u placed[ident.UUID]) {
	for _, v := range []ident.UUID{u.value, u.value.Swapped()} {
		if !c.add(host, u.at, "DUID "+v.DUID().String()) || v == v.Swapped() {
			return
		}
	}
}

func (c *claims) name(host string, at strict.Place) {
	if first, taken := c.taken[host]; taken {
		c.errs = append(c.errs, at.Err("host %q is written at %s already", host, first.at))
		return
	}
	c.taken[host] = claim{host, at}
}

func (c *claims) clients(host string, clients []placed[client]) {
	for _, k := range clients {
		c.add(host, k.at, fmt.Sprintf("DUID %s with IAID %d", k.value.DUID, k.value.IAID))
	}
}

func (c *claims) single(host string, s *single) {
	addClaims(c, host, "MAC", s.MAC)
	addClaims(c, host, "port", s.Port)
	for _, a := range s.Address {
		c.reserve(a.value.HostPart, reservation{claim{host, a.at}, "address", a.value.Prefix})
	}
	for _, p := range s.Prefix {
		c.reserve(false, reservation{claim{host, p.at}, "prefix", p.value.Prefix})
	}
}

func addClaims[T fmt.Stringer](c *claims, host, kind string, values []placed[T]) {
	for _, v := range values {
		c.add(host, v.at, kind+" "+v.value.String())
	}
}

// add claims something for a host and says whether nobody else had it.
func (c *claims) add(host string, at strict.Place, what string) bool {
	if first, taken := c.taken[what]; taken {
		c.errs = append(c.errs, at.Err("%s is that of host %q, too, at %s", what, first.host, first.at))
		return false
	}
	c.taken[what] = claim{host, at}
	return true
}

func (c *claims) reserve(part bool, r reservation) {
	i := 0
	if part {
		i = 1
	}
	c.reserved[i] = append(c.reserved[i], r)
}

// nested finds what is the same as another reservation or inside of it.
func (c *claims) nested(all []reservation) {
	slices.SortStableFunc(all, func(a, b reservation) int {
		return cmp.Or(a.prefix.Addr().Compare(b.prefix.Addr()), cmp.Compare(a.prefix.Bits(), b.prefix.Bits()))
	})
	var open []reservation // each inside the one before
	for _, r := range all {
		for len(open) > 0 && !open[len(open)-1].prefix.Overlaps(r.prefix) {
			open = open[:len(open)-1]
		}
		if n := len(open); n > 0 {
			c.errs = append(c.errs, r.clash(open[n-1]))
		}
		open = append(open, r)
	}
}

// clash is the error that r is the same as outer or inside of it.
func (r reservation) clash(outer reservation) error {
	if r.prefix == outer.prefix {
		return r.at.Err("%s %s is that of host %q, too, at %s", r.what, short(r.prefix), outer.host, outer.at)
	}
	return r.at.Err("%s %s is inside %s of host %q at %s", r.what, short(r.prefix), outer.prefix, outer.host, outer.at)
}

// short writes an address, which is a /128, without its length.
func short(p netip.Prefix) string {
	if p.IsSingleIP() {
		return p.Addr().String()
	}
	return p.String()
}
