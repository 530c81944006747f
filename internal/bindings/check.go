package bindings

import (
	"context"
	"fmt"

	"github.com/stage6/stage6/lease"
)

// CheckInSteps compares every binding, lease and offer with what tells of it, and gives
// what does not agree: whether each can be read and is found, and no two have what
// overlaps. It works in steps with rests between, so that others hardly wait, and does not
// add up or follow lists, which change meanwhile: Check does. It ends early with the context's error.
func (t *Table) CheckInSteps(ctx context.Context) ([]error, error) {
	c := checker{Table: t}
	for _, kind := range []struct {
		last  func() uint32
		check func(uint32)
	}{
		{func() uint32 { return t.records.last }, c.record},
		{func() uint32 { return t.spots.last }, c.spot},
		{func() uint32 { return t.offers.last }, c.offer},
		{func() uint32 { return uint32(t.due.len()) }, c.dueAt},
	} {
		if err := t.eachInSteps(ctx, kind.last, kind.check); err != nil {
			return nil, err
		}
	}
	return c.errs, nil
}

// checkedAtOnce bounds how many of something are looked at while everybody waits, each for
// a microsecond or two.
const checkedAtOnce = 256

// eachInSteps does something with the numbers from 1 to the last.
func (t *Table) eachInSteps(ctx context.Context, last func() uint32, do func(uint32)) error {
	next := uint32(1)
	some := func() (more bool) {
		t.mu.Lock()
		defer t.mu.Unlock()
		for n := 0; n < checkedAtOnce && next <= last(); n++ {
			do(next)
			next++
		}
		return next <= last()
	}
	for some() {
		if err := ctx.Err(); err != nil {
			return err
		}
		t.options.Rest()
	}
	return nil
}

// Check compares all that the table keeps and gives what does not agree. It
// takes long, and everybody waits meanwhile.
func (t *Table) Check() []error {
	t.pools.Lock()
	defer t.pools.Unlock()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.learnOn(int(t.spots.last))
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

// records checks the records, and counts them.
func (c *checker) records() {
	t, n, ended := c.Table, 0, 0
	for id := uint32(1); id <= t.records.last; id++ {
		r := t.records.at(id)
		if r.run == 0 {
			continue
		}
		n++
		if r.isEnded {
			ended++
		}
		c.record(id)
	}
	if n != t.recorded || ended != t.nEnded || c.length(t.ended, t.endedLinks) != ended {
		c.errorf("%d bindings, %d ended; counted %d and %d", n, ended, t.recorded, t.nEnded)
	}
}

// record checks one record, if there is one, with the indexes, its host's others and the
// spots of its leases.
func (c *checker) record(id uint32) {
	r := c.Table.records.at(id)
	if r.run == 0 {
		return
	}
	b := c.read(id)
	if c.findKey(&b.Key) != id {
		c.errorf("binding %s is not found by its key", b.Key)
	}
	if r.applied {
		c.errorf("binding %s is marked", b.Key)
	}
	c.host(id, b)
	c.leases(id, r, b)
}

func (c *checker) host(id uint32, b *lease.Binding) {
	if b.Host == "" {
		return
	}
	for at := c.firstOfHost(b.Host); at != id; at = c.Table.records.at(at).host.next {
		if at == 0 {
			c.errorf("binding %s is not found by its host %q", b.Key, b.Host)
			return
		}
	}
}

// leases checks that each lease has its spot in the right state. A lease may
// have ended without notice.
func (c *checker) leases(id uint32, r *record, b *lease.Binding) {
	t, ended := c.Table, true
	for i := range b.Leases {
		l := &b.Leases[i]
		p, _ := placeOf(l.Prefix)
		s := t.spots.at(t.spotAt(p))
		state, when := judge(l, t.now())
		switch {
		case s.place != p || s.owner != id:
			c.errorf("lease of %s of binding %s has no spot", l.Prefix, b.Key)
		case state != s.state && !(state == remembered && s.heap != 0):
			c.errorf("lease of %s of binding %s: state %d, its spot says %d", l.Prefix, b.Key, state, s.state)
		case when != 0 && (s.heap == 0 || s.when > when):
			c.errorf("lease of %s of binding %s will end without notice", l.Prefix, b.Key)
		}
		ended = ended && s.state == remembered
	}
	if ended != r.isEnded {
		c.errorf("binding %s: ended %v, listed %v", b.Key, ended, r.isEnded)
	}
}

// spot checks one spot, if there is one, with its owner and those above it.
func (c *checker) spot(id uint32) {
	s := c.Table.spots.at(id)
	switch {
	case s.bits == 0:
		return
	case c.spotAt(s.place) != id:
		c.errorf("%s is not found", s.prefix())
	case s.view() != s.shown || !s.shown.present():
		c.errorf("%s: %v is not shown: %v", s.prefix(), s.view(), s.shown)
	case (s.owner == 0) != (s.state == vacant):
		c.errorf("%s: state %d, owner %d", s.prefix(), s.state, s.owner)
	case s.owner != 0 && c.owned(s.owner, s) == nil:
		c.errorf("%s is not a lease of its owner", s.prefix())
	}
	c.overlaps(s)
}

// spots checks the spots, and what counts them.
func (c *checker) spots() {
	t := c.Table
	covers, counts := map[place]cover{}, [129]int{}
	var tallies Table
	t.eachSpot(func(id uint32, s *spot) {
		counts[s.bits]++
		tallies.tallyOf(s.bits).count(s.shown, 1)
		c.spot(id)
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
	if t.records.at(owner).run != 0 {
		return t.read(owner).Lease(s.prefix())
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
