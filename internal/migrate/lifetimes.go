package migrate

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/stage6/stage6/lease"
)

// ParseSeconds reads a number of seconds, or infinity.
func ParseSeconds(s string) (*time.Duration, error) {
	if s == "infinity" || s == "infinite" {
		d := lease.Infinity
		return &d, nil
	}
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("%q is no number of seconds", s)
	}
	return Seconds(int64(n)), nil
}

// mostNamed is how many hosts a condition names; more are given a tag.
const mostNamed = 8

// HostLifetimes adds lifetimes for some hosts, each with its own; those that are
// alike stand together, before what was added already.
func (c *Config) HostLifetimes(of map[string]Lifetime) {
	groups := map[string][]string{}
	var order []string
	for i := range c.Hosts {
		name := c.Hosts[i].Name
		l, ok := of[name]
		if !ok || l.empty() {
			continue
		}
		key := fmt.Sprint(lifetimeMap(l))
		if groups[key] == nil {
			order = append(order, key)
		}
		groups[key] = append(groups[key], name)
	}
	var out []Lifetime
	for n, key := range order {
		l := of[groups[key][0]]
		l.When = c.isOneOf(groups[key], "lifetimes_"+strconv.Itoa(n+1))
		out = append(out, l)
	}
	c.Lifetimes = append(out, c.Lifetimes...)
}

// isOneOf gives the condition that a client is one of some hosts, which get a tag
// if they are many.
func (c *Config) isOneOf(names []string, tag string) string {
	switch {
	case len(names) == 1:
		return "host == " + strconv.Quote(names[0])
	case len(names) <= mostNamed:
		quoted := make([]string, len(names))
		for i, n := range names {
			quoted[i] = strconv.Quote(n)
		}
		return "host in [" + strings.Join(quoted, ", ") + "]"
	}
	in := map[string]bool{}
	for _, n := range names {
		in[n] = true
	}
	for i := range c.Hosts {
		if in[c.Hosts[i].Name] {
			c.Hosts[i].Tags = append(c.Hosts[i].Tags, tag)
		}
	}
	return "tag." + tag
}

// AddLink adds a prefix to the link of an interface, or to the link of a name,
// which is made if it is not there yet.
func (c *Config) AddLink(l Link) {
	for i := range c.Links {
		x := &c.Links[i]
		if x.Interface != l.Interface || x.Interface == "" && x.Name != l.Name {
			continue
		}
		for _, p := range l.Prefixes {
			if !containsPrefix(x.Prefixes, p.String()) {
				x.Prefixes = append(x.Prefixes, p)
			}
		}
		x.RapidCommit = x.RapidCommit || l.RapidCommit
		return
	}
	c.Links = append(c.Links, l)
}

func containsPrefix[T fmt.Stringer](list []T, text string) bool {
	for _, x := range list {
		if x.String() == text {
			return true
		}
	}
	return false
}
