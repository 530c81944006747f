package bindings

import (
	"math"

	"github.com/stage6/stage6/internal/allocator"
)

// offers checks the offers with their lists and spots.
func (c *checker) offers() {
	t, n, last := c.Table, 0, int64(0)
	bySpace := map[*space]int{}
	for id := t.offered.first; id != 0; id = t.offers.at(id).all.next {
		o := t.offers.at(id)
		n++
		bySpace[o.space]++
		if o.at < last {
			c.errorf("the offer of %s is not in order", t.spots.at(o.spot).prefix())
		}
		last = o.at
		c.offer(id)
	}
	if n != t.nOffered {
		c.errorf("%d offers, counted %d", n, t.nOffered)
	}
	for _, sp := range t.spaces {
		if got := c.length(sp.offers, t.spaceOffers); got != bySpace[sp] {
			c.errorf("pool %q lists %d offers, want %d", sp.Name(), got, bySpace[sp])
		}
	}
}

// offer checks one offer, if there is one, with its spot and index.
func (c *checker) offer(id uint32) {
	o := c.Table.offers.at(id)
	if o.spot == 0 {
		return
	}
	s := c.Table.spots.at(o.spot)
	if s.offer != id || c.spaceOf(s.place) != o.space {
		c.errorf("the offer of %s is not that of its spot or space", s.prefix())
	}
	if c.byTaker.find(o.taker[0], func(have uint32) bool { return have == id }) == 0 {
		c.errorf("the offer of %s is not found", s.prefix())
	}
}

// length counts a list and checks that it reads alike from both ends.
func (c *checker) length(l list, at func(uint32) *links) (n int) {
	last := uint32(0)
	for id := l.first; id != 0; id = at(id).next {
		if at(id).prev != last {
			c.errorf("a list is broken at %d", id)
		}
		last = id
		n++
	}
	if last != l.last {
		c.errorf("a list ends at %d, want %d", l.last, last)
	}
	return n
}

func (c *checker) heap() {
	for n := range c.due.len() {
		c.dueAt(uint32(n) + 1)
	}
}

// dueAt checks the nth of what is due.
func (c *checker) dueAt(n uint32) {
	i := int(n) - 1
	s := c.Table.spots.at(*c.due.at(i))
	if s.heap != n || i > 0 && s.when < c.whenAt((i-1)/4) {
		c.errorf("%s is not in its place among what is due", s.prefix())
	}
}

// space checks one space with a new one that is made from all spots.
func (c *checker) space(sp *space) {
	want := newSpace(sp.Space)
	listed := 0
	c.newBuilding([]*space{want})
	c.eachSpot(func(id uint32, s *spot) {
		if want.fresh != nil {
			c.blot(want, s)
		}
		if !sp.Contains(s.prefix()) {
			return
		}
		want.see(s.place, view{}, s.shown)
		if should := s.shown == (view{state: remembered}) && !c.forbidden(sp, s.place); (s.listed == sp.number) != should {
			c.errorf("pool %q: %s listed %v, want %v", sp.Name(), s.prefix(), !should, should)
		}
		if s.listed == sp.number {
			listed++
		}
	})
	for _, l := range sp.lists {
		listed -= c.length(l, c.listing)
	}
	if listed != 0 {
		c.errorf("pool %q: %d more spots are listed than its lists have", sp.Name(), listed)
	}
	if sp.tally != want.tally || sp.reserved != want.reserved {
		c.errorf("pool %q counts %v and %d, want %v and %d", sp.Name(), sp.tally, sp.reserved, want.tally, want.reserved)
	}
	if math.Abs(sp.taken-want.taken) > 0x1p-40*sp.Size() {
		c.errorf("pool %q counts %v units, want %v", sp.Name(), sp.taken, want.taken)
	}
	c.same(sp, "fresh", sp.fresh, want.fresh)
	c.same(sp, "available", sp.avail, want.avail)
}

func (c *checker) same(sp *space, name string, got, want *allocator.Free) {
	if got == nil {
		return
	}
	if !got.Check() {
		c.errorf("pool %q: the runs of what is %s do not agree with its units", sp.Name(), name)
	}
	if got.Same(want) {
		return
	}
	for unit := range sp.Units() {
		if got.Has(unit) != want.Has(unit) {
			c.errorf("pool %q: %s is %s: %v, want %v", sp.Name(), sp.Prefix(unit, sp.Unit()), name, got.Has(unit), want.Has(unit))
			return
		}
	}
}
