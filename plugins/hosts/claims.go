package hosts

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"

	"github.com/stage6/stage6/internal/strict"
)

// claim is something that belongs to one host only.
type claim struct {
	host string
	node strict.Node
}

// claims is what is claimed, by its description. Names of hosts, which have no
// space, are their own.
type claims struct {
	taken    map[string]claim
	prefixes []prefixClaim
	errs     []error
}

type prefixClaim struct {
	claim
	prefix netip.Prefix
}

// checkClaims names both places where two hosts, or two interfaces of one,
// claim the same.
func checkClaims(lists []list) error {
	c := claims{taken: map[string]claim{}}
	for i := range lists {
		for j := range lists[i].entries {
			c.entry(&lists[i].entries[j])
		}
	}
	c.nested()
	return strict.Join(c.errs...)
}

func (c *claims) entry(e *entry) {
	host := string(e.Name.value)
	c.name(host, e.Name.node)
	for _, u := range e.UUID {
		for _, k := range u.value.clients() {
			if !c.add(host, u.node, "DUID "+k.DUID.String()) {
				break
			}
		}
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

func (c *claims) name(host string, n strict.Node) {
	if first, taken := c.taken[host]; taken {
		c.errs = append(c.errs, n.Err("host %q is written at %s already", host, first.node.Pos()))
		return
	}
	c.taken[host] = claim{host, n}
}

func (c *claims) clients(host string, clients []placed[client]) {
	for _, k := range clients {
		c.add(host, k.node, fmt.Sprintf("DUID %s with IAID %d", k.value.DUID, k.value.IAID))
	}
}

func (c *claims) single(host string, s *single) {
	addClaims(c, host, "MAC", s.MAC)
	for _, a := range s.Address {
		c.add(host, a.node, "address "+a.value.Addr.String())
	}
	for _, p := range s.Prefix {
		c.prefixes = append(c.prefixes, prefixClaim{claim{host, p.node}, p.value.Prefix})
	}
}

func addClaims[T fmt.Stringer](c *claims, host, kind string, values []placed[T]) {
	for _, v := range values {
		c.add(host, v.node, kind+" "+v.value.String())
	}
}

// add claims something for a host and says whether nobody else had it.
func (c *claims) add(host string, n strict.Node, what string) bool {
	if first, taken := c.taken[what]; taken {
		c.errs = append(c.errs, n.Err("%s is that of host %q, too, at %s", what, first.host, first.node.Pos()))
		return false
	}
	c.taken[what] = claim{host, n}
	return true
}

// nested finds prefixes that are the same as or inside another.
func (c *claims) nested() {
	slices.SortStableFunc(c.prefixes, func(a, b prefixClaim) int {
		return cmp.Or(a.prefix.Addr().Compare(b.prefix.Addr()), cmp.Compare(a.prefix.Bits(), b.prefix.Bits()))
	})
	var open []prefixClaim // each inside the one before
	for _, p := range c.prefixes {
		for len(open) > 0 && !open[len(open)-1].prefix.Overlaps(p.prefix) {
			open = open[:len(open)-1]
		}
		if n := len(open); n > 0 {
			outer := open[n-1]
			c.errs = append(c.errs, p.node.Err("prefix %s overlaps %s of host %q at %s", p.prefix, outer.prefix, outer.host, outer.node.Pos()))
		}
		open = append(open, p)
	}
}
