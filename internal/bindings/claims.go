package bindings

import (
	"cmp"
	"slices"

	"github.com/stage6/stage6/lease"
)

// check compares the claims with one another and with the spots.
func (a *application) check() error {
	if len(a.claims) > 1 {
		a.compare()
	}
	for i := range a.claims {
		if c := &a.claims[i]; c.weight >= rests && a.overlapped(c, a.bars) {
			a.refusePut(c.put)
		} else if c.weight == over && a.overlapped(c, a.owned) {
			c.weight = dropped
		}
	}
	if a.refuse == nil {
		return nil
	}
	err := &lease.ConflictError{}
	for i, refused := range a.refuse {
		if refused {
			err.Indexes = append(err.Indexes, i)
		}
	}
	return err
}

func (a *application) refusePut(i int) {
	if a.refuse == nil {
		a.refuse = make([]bool, len(a.group))
	}
	a.refuse[i] = true
}

// compare finds the claims that overlap: in the order of addresses, the
// shorter first, they follow the one that they lie in.
func (a *application) compare() {
	slices.SortFunc(a.claims, func(x, y claim) int {
		return cmp.Or(cmp.Compare(x.hi, y.hi), cmp.Compare(x.lo, y.lo), cmp.Compare(x.bits, y.bits), cmp.Compare(x.put, y.put), cmp.Compare(x.lease, y.lease))
	})
	outer := &a.claims[0]
	for i := 1; i < len(a.claims); i++ {
		if c := &a.claims[i]; c.in(outer.place) {
			a.settle(outer, c)
			if outer.weight > dropped {
				continue
			}
		}
		outer = &a.claims[i]
	}
}

// settle has one of two claims that overlap give way.
func (a *application) settle(x, y *claim) {
	switch {
	case x.weight == over || y.weight > x.weight && x.put == y.put:
		x.weight = dropped
	case y.weight == over || x.weight > y.weight && x.put == y.put:
		y.weight = dropped
	default:
		a.refusePut(max(x.put, y.put))
	}
}

// overlapped says whether is says true of a spot that overlaps the claim.
func (a *application) overlapped(c *claim, is func(*claim, *spot) bool) bool {
	t := a.table
	if t.above(c.place, func(s *spot) bool { return is(c, s) }) != 0 {
		return true
	}
	if t.lengths.inside(c.place).spots == 0 {
		return false
	}
	return slices.ContainsFunc(t.inside(c.place), func(id uint32) bool { return is(c, t.spots.at(id)) })
}

// owned says whether the spot is of a record that does not change.
func (a *application) owned(_ *claim, s *spot) bool {
	return s.owner != 0 && !a.table.records.at(s.owner).applied
}

// bars says whether the spot keeps its place from the claim, and notes in that
// whether it is to be taken out of another binding.
func (a *application) bars(c *claim, s *spot) bool {
	t := a.table
	if a.owned(c, s) {
		if t.held(s, a.now) {
			return true
		}
		c.evicts = true
	}
	if s.offer == 0 || t.offers.at(s.offer).taker == c.taker || t.lapsed(s.offer, a.now) {
		return false
	}
	_, reserved := t.reserved.prefixes[s.place]
	return !reserved
}

// evict takes ended leases that overlap the claims out of their records.
func (a *application) evict() {
	t := a.table
	for i := range a.claims {
		c := &a.claims[i]
		if !c.evicts {
			continue
		}
		owned := func(s *spot) bool { return a.owned(c, s) }
		for id := t.above(c.place, owned); id != 0; id = t.above(c.place, owned) {
			t.evict(id, a.now)
		}
		if t.lengths.inside(c.place).spots == 0 {
			continue
		}
		for _, id := range t.inside(c.place) {
			if a.owned(c, t.spots.at(id)) {
				t.evict(id, a.now)
			}
		}
	}
}

// tidy takes the claims that gave way out of what is put, and the record away
// when that was all there was in it.
func (a *application) tidy() {
	for i := range a.claims {
		if a.claims[i].weight != dropped {
			continue
		}
		c := &a.group[a.claims[i].put]
		if c.After = a.kept(a.claims[i].put); len(c.After.Leases) == 0 && c.Before != nil {
			c.After = nil
		}
	}
}

// kept gives a copy of a put with the leases that did not give way.
func (a *application) kept(put int) *lease.Binding {
	b := *a.group[put].After
	b.Leases = slices.Clone(b.Leases)
	for i := range a.claims {
		if c := &a.claims[i]; c.put == put && c.weight == dropped {
			b.Leases[c.lease].State = 0
			c.weight = gone
		}
	}
	b.Leases = slices.DeleteFunc(b.Leases, func(l lease.Lease) bool { return l.State == 0 })
	return &b
}
