package bindings

import (
	"fmt"

	"github.com/stage6/stage6/lease"
)

// Check compares all that the table keeps and gives what does not agree. It
// takes long, and everybody waits meanwhile.
func (t *Table) Check() []error {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := checker{Table: t}
	c.records()
	c.spots()
	c.offers()
	c.heap()
	for _, sp := range t.spaces {
		c.space(sp)
	}
	return c.errs
}

// checker collects what does not agree.
type checker struct {
	*Table
	errs []error
}

func (c *checker) errorf(format string, a ...any) { c.errs = append(c.errs, fmt.Errorf(format, a...)) }

// records checks the records with the indexes of keys, hosts and endings.
func (c *checker) records() {
	t, n, ended := c.Table, 0, 0
	for id := uint32(1); id <= t.records.last; id++ {
		r := t.records.at(id)
		if r.b == nil {
			continue
		}
		n++
		if t.findKey(&r.b.Key) != id {
			c.errorf("binding %s is not found by its key", r.b.Key)
		}
		if r.applied {
			c.errorf("binding %s is marked", r.b.Key)
		}
		c.host(id, r)
		if r.isEnded {
			ended++
		}
		c.leases(id, r)
	}
	if n != t.recorded || ended != t.nEnded || c.length(t.ended, t.endedLinks) != ended {
		c.errorf("%d bindings, %d ended; counted %d and %d", n, ended, t.recorded, t.nEnded)
	}
}

func (c *checker) host(id uint32, r *record) {
	if r.b.Host == "" {
		return
	}
	for at := c.firstOfHost(r.b.Host); at != id; at = c.Table.records.at(at).host.next {
		if at == 0 {
			c.errorf("binding %s is not found by its host %q", r.b.Key, r.b.Host)
			return
		}
	}
}

// leases checks that each lease has its spot in the right state. A lease may
// have ended without notice.
func (c *checker) leases(id uint32, r *record) {
	t, ended := c.Table, true
	for i := range r.b.Leases {
		l := &r.b.Leases[i]
		p, _ := placeOf(l.Prefix)
		s := t.spots.at(t.spotAt(p))
		state, when := judge(l, t.now())
		switch {
		case s.place != p || s.owner != id:
			c.errorf("lease of %s of binding %s has no spot", l.Prefix, r.b.Key)
		case state != s.state && !(state == remembered && s.heap != 0):
			c.errorf("lease of %s of binding %s: state %d, its spot says %d", l.Prefix, r.b.Key, state, s.state)
		case when != 0 && (s.heap == 0 || s.when > when):
			c.errorf("lease of %s of binding %s will end without notice", l.Prefix, r.b.Key)
		}
		ended = ended && s.state == remembered
	}
	if ended != r.isEnded {
		c.errorf("binding %s: ended %v, listed %v", r.b.Key, ended, r.isEnded)
	}
}

// spots checks the spots with one another and the levels.
func (c *checker) spots() {
	t := c.Table
	covers, counts := map[place]cover{}, [129]int{}
	var tallies Table
	t.eachSpot(func(id uint32, s *spot) {
		counts[s.bits]++
		tallies.tallyOf(s.bits).count(s.shown, 1)
		switch {
		case t.spotAt(s.place) != id:
			c.errorf("%s is not found", s.prefix())
		case s.view() != s.shown || !s.shown.present():
			c.errorf("%s: %v is not shown: %v", s.prefix(), s.view(), s.shown)
		case (s.owner == 0) != (s.state == vacant):
			c.errorf("%s: state %d, owner %d", s.prefix(), s.state, s.owner)
		case s.owner != 0 && t.owned(s.owner, s) == nil:
			c.errorf("%s is not a lease of its owner", s.prefix())
		}
		c.overlaps(s)
		for _, length := range t.lengths.known {
			if length < s.bits {
				n := covers[s.up(length)]
				covers[s.up(length)] = cover{n.spots + 1, n.blocked + count(s.shown.blocked())}
			}
		}
	})
	if tallies.addresses != t.addresses || tallies.prefixes != t.prefixes {
		c.errorf("counted are %v and %v, want %v and %v", t.addresses, t.prefixes, tallies.addresses, tallies.prefixes)
	}
	if counts != t.lengths.count || len(covers) != len(t.lengths.covers) {
		c.errorf("the levels count %d covers, want %d", len(t.lengths.covers), len(covers))
	}
	for p, want := range covers {
		if got := t.lengths.covers[p]; got != want {
			c.errorf("%s covers %v, want %v", p.prefix(), got, want)
		}
	}
}

func (t *Table) owned(owner uint32, s *spot) *lease.Lease {
	if b := t.records.at(owner).b; b != nil {
		return b.Lease(s.prefix())
	}
	return nil
}

// overlaps checks that no spot above s is blocked as s is, or recorded as s
// is.
func (c *checker) overlaps(s *spot) {
	c.above(s.place, func(o *spot) bool {
		if o != s && (o.shown.blocked() && s.shown.blocked() || o.owner != 0 && s.owner != 0) {
			c.errorf("%s overlaps %s", o.prefix(), s.prefix())
		}
		return false
	})
}
