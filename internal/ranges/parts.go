package ranges

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/stage6/stage6/internal/strict"
	"github.com/stage6/stage6/link"
	"github.com/stage6/stage6/pipeline"
)

// Settings are what a configuration says about ranges. Range is required; the
// zero Allocation is hashed.
type Settings struct {
	Range      []Span
	Exclude    []Excluded
	Allocation Allocation
}

// Check says what is wrong with the settings as a whole. n is where they are
// written, and key the key of the ranges in it; nothing if n is the ranges.
func (s *Settings) Check(n strict.Node, key string) error {
	at := n
	if key != "" {
		at = n.Get(key)
	}
	if len(s.Range) == 0 {
		if at.Kind() == strict.Null {
			return n.Err("key %q is missing, want a prefix such as 2001:db8:10::d:0/112", key)
		}
		return at.Err("the list is empty, want at least one range")
	}
	var errs []error
	for _, r := range s.Range {
		if slices.ContainsFunc(s.Exclude, r.inside) {
			errs = append(errs, r.node.Err("%q is excluded as a whole", r.text))
		}
	}
	return strict.Join(errs...)
}

// Allocation is the order in which a range is given out.
type Allocation pipeline.Allocation

// UnmarshalText reads hashed, random or sequential.
func (a *Allocation) UnmarshalText(text []byte) error {
	switch string(text) {
	case "hashed":
		*a = Allocation(pipeline.Hashed)
	case "random":
		*a = Allocation(pipeline.Random)
	case "sequential":
		*a = Allocation(pipeline.Sequential)
	default:
		return fmt.Errorf("%q: want hashed, random or sequential", text)
	}
	return nil
}

// Parts are the ranges of one use of a plugin, a pool each, since only the
// exchange says which of them are on the client's link.
type Parts []part

// part is one range.
type part struct {
	text  string       // as it is written
	cover netip.Prefix // contains all of it
	pool  *pipeline.Pool
}

// Make makes the pools, for which leases show the name.
func (s *Settings) Make(name string, pools pipeline.Pools) (Parts, error) {
	var parts Parts
	var errs []error
	for _, r := range s.Range {
		made, err := pools.Addresses(pipeline.AddressPool{
			Name:       name,
			Ranges:     []pipeline.Range{r.Range},
			Exclude:    r.without(s.Exclude),
			Allocation: pipeline.Allocation(s.Allocation),
		})
		if err != nil {
			errs = append(errs, r.node.Wrap(err))
			continue
		}
		parts = append(parts, part{text: r.text, cover: r.cover(), pool: made})
	}
	return parts, strict.Join(errs...)
}

// Pick holds an address, as a /128, of a part on the client's link, if one is
// free. It begins where the client had an address or names one.
func (ps Parts) Pick(x *pipeline.Exchange, ia pipeline.IA) (a netip.Prefix, ok bool) {
	first, here := ps.start(x, ia), false
	for i := range ps {
		p := &ps[(first+i)%len(ps)]
		if !x.Link().Contains(p.cover) {
			continue
		}
		here = true
		if a, ok := ia.Pick(p.pool, 0); ok {
			return a, true
		}
	}
	if !here {
		ia.Note("none of its ranges is on the client's link")
	}
	return a, false
}

// Filled says whether that much of each part on the client's link is leased or
// rests, beside what is proposed to the client.
func (ps Parts) Filled(x *pipeline.Exchange, share float64) bool {
	more := 0
	for _, ia := range x.IAs() {
		more += ia.NumGrants()
	}
	for i := range ps {
		if p := &ps[i]; x.Link().Contains(p.cover) && x.Filled(p.pool, more) < share {
			return false
		}
	}
	return true
}

// start gives the part to begin with: where the client had an address or names
// one, else the first.
func (ps Parts) start(x *pipeline.Exchange, ia pipeline.IA) int {
	if len(ps) == 1 {
		return 0
	}
	if b := ia.Binding(); b != nil {
		for i := range b.Leases {
			if at := ps.find(x.Link(), b.Leases[i].Prefix); at >= 0 {
				return at
			}
		}
	}
	for i := range ia.NumHints() {
		if at := ps.find(x.Link(), ia.Hint(i).Prefix); at >= 0 {
			return at
		}
	}
	return 0
}

// Has says whether an address, as a /128, is of a part on the link l.
func (ps Parts) Has(l *link.Link, a netip.Prefix) bool { return ps.find(l, a) >= 0 }

// find gives the part of the link l that an address, as a /128, is in, or -1.
func (ps Parts) find(l *link.Link, a netip.Prefix) int {
	for i := range ps {
		if p := &ps[i]; p.pool.Contains(a) && l.Contains(p.cover) {
			return i
		}
	}
	return -1
}

// Check names the ranges that serve nobody since they are on no link.
func (ps Parts) Check(links pipeline.Links) (warnings []string) {
	for _, p := range ps {
		if !slices.ContainsFunc(links.Links(), func(l *link.Link) bool { return l.Contains(p.cover) }) {
			warnings = append(warnings, fmt.Sprintf("range %q is on no link and serves nobody%s", p.text, p.hint(links)))
		}
	}
	return warnings
}

// hint tells what would make a range serve somebody.
func (p *part) hint(links pipeline.Links) string {
	if l := links.ByAddress(p.cover.Addr()); l != nil {
		return fmt.Sprintf(": it reaches beyond the prefixes of link %s", l.Name)
	}
	return ": give its link the prefix under server6.links, or this machine an address of it"
}
