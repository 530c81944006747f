package bindings

import (
	"cmp"
	"math"
	"slices"

	"github.com/stage6/stage6/internal/allocator"
)

// step bounds what is done while everybody waits where it can be done in several
// steps: so many spots looked at, or as much work in other things.
const step = 2048

// datedAtOnce is as much, in spots of which the binding is looked at.
const datedAtOnce = step / 8

// building is spaces that are being filled from all spots, while others use the
// table: those of the next pools, or what takes the place of what has become stale.
type building struct {
	spaces  []*space
	parts   parts
	instead map[*space]*space // the active ones whose contents they will be
	counted uint32            // spots up to this number are in the spaces
	ended   []uint32          // the spots that they remember, some of which have changed again
	first   int               // how many those were when the last spot had been looked at
	endings []ending          // of the first ones, in order once they are dated
}

// inSteps does work until there is no more: each step with the lock, and with a rest
// for others between. The caller holds t.pools.
func (t *Table) inSteps(do func() (more bool)) {
	locked := func() bool {
		t.mu.Lock()
		defer t.mu.Unlock()
		return do()
	}
	for locked() {
		if !t.loading {
			t.options.Rest()
		}
	}
}

// newBuilding begins the spaces anew: everything is free but what is never given out or
// is reserved.
func (t *Table) newBuilding(spaces []*space) *building {
	b := &building{spaces: spaces, parts: partsOf(spaces)}
	for _, sp := range spaces {
		t.numbered++
		sp.number, sp.tally, sp.taken, sp.low, sp.reserved = t.numbered, tally{}, 0, 0, 0
		sp.lists = make([]list, len(sp.lists))
		sp.blank()
	}
	for p := range t.reserved.prefixes {
		for _, sp := range b.parts.overlapping(p) {
			sp.reserved += sp.unitsOf(p)
			sp.bar(p)
		}
	}
	return b
}

// blank makes everything free but what is never given out.
func (sp *space) blank() {
	for _, f := range []*allocator.Free{sp.fresh, sp.avail} {
		if f != nil {
			f.Give(0, sp.Units()-1)
			sp.NeverRanges(f.Take)
		}
	}
}

// build fills spaces that are not active, in steps. Until finish they go on following
// what changes.
func (t *Table) build(spaces []*space) *building {
	b := t.newBuilding(spaces)
	if len(spaces) == 0 {
		return b
	}
	t.mu.Lock()
	t.building = b
	t.mu.Unlock()
	t.inSteps(func() (more bool) { return t.enterSome(b) })
	t.inSteps(func() (more bool) { return t.dateSome(b) })
	sortEndings(b.endings)
	return b
}

// enterSome takes some more spots in, and says whether any are left.
func (t *Table) enterSome(b *building) (more bool) {
	for n := 0; n < step && b.counted < t.spots.last; n++ {
		b.counted++
		if s := t.spots.at(b.counted); s.bits != 0 {
			b.show(b.counted, s.place, view{}, s.shown)
			t.enter(b, s)
		}
	}
	if b.counted < t.spots.last {
		return true
	}
	b.counted, b.first = math.MaxUint32, len(b.ended) // further spots are counted when they come
	return false
}

// enter makes the units of a spot not free.
func (t *Table) enter(b *building, s *spot) {
	b.parts.each(s.prefix(), func(sp *space) {
		if sp.fresh != nil {
			t.blot(sp, s)
		}
	})
}

// show counts a spot that was seen so and is seen so now.
func (b *building) show(id uint32, p place, was, is view) {
	sp := b.parts.of(p)
	if id > b.counted || sp == nil {
		return
	}
	sp.see(p, was, is)
	if is == (view{state: remembered}) {
		b.ended = append(b.ended, id)
	}
}

// dateSome looks at when some of the first ones ended, and says whether any is left. What
// has ended since came in order.
func (t *Table) dateSome(b *building) (more bool) {
	for n := 0; n < datedAtOnce && len(b.endings) < b.first; n++ {
		id := b.ended[len(b.endings)]
		e := ending{id: id}
		if s := t.spots.at(id); s.bits != 0 && s.state == remembered {
			bound := t.read(s.owner)
			e.at = endOf(bound, bound.Lease(s.prefix()))
		}
		b.endings = append(b.endings, e)
	}
	return len(b.endings) < b.first
}

// finish has the spaces follow no longer: they are active, or their contents are moved
// to where they belong. Some of what they remember can be had at once.
func (t *Table) finish(b *building) {
	t.building = nil
	for sp, by := range b.instead {
		sp.fresh, sp.avail, sp.lists, sp.number, sp.low = by.fresh, by.avail, by.lists, by.number, 0
	}
	for _, id := range b.ended[len(b.endings):] {
		b.endings = append(b.endings, ending{id: id})
	}
	t.relistSome(b)
}

// relist brings what was remembered into the lists of the spaces, in steps: the last
// ended first, and each in front of the others, since what ends meanwhile is put behind
// them.
func (t *Table) relist(b *building) {
	t.inSteps(func() (more bool) { return t.relistSome(b) })
}

func (t *Table) relistSome(b *building) (more bool) {
	for n := 0; n < step && len(b.endings) > 0; n++ {
		last := len(b.endings) - 1
		id := b.endings[last].id
		b.endings = b.endings[:last]
		if s := t.spots.at(id); s.bits != 0 {
			t.listBy((*list).pushFront, id, s, t.spaceOf(s.place))
		}
	}
	return len(b.endings) > 0
}

// renew fills active spaces anew, which are stale.
func (t *Table) renew(stale []*space) {
	if len(stale) == 0 {
		return
	}
	instead := map[*space]*space{}
	for _, sp := range stale {
		instead[sp] = newSpace(sp.Space)
	}
	var spaces []*space
	for _, sp := range stale {
		spaces = append(spaces, instead[sp])
	}
	b := t.build(spaces)
	b.instead = instead
	t.mu.Lock()
	t.finish(b)
	t.mu.Unlock()
	t.relist(b)
}

// rehome brings offers into the lists of the spaces that they lie in now, in steps. They
// are put in front, the newest first, since those that are made meanwhile are behind.
func (t *Table) rehome() {
	var moved []homeless
	last := uint32(0)
	t.inSteps(func() (more bool) {
		for n := 0; n < step && last < t.offers.last; n++ {
			last++
			if o := t.offers.at(last); o.spot != 0 && o.space != t.spaceOf(t.spots.at(o.spot).place) {
				moved = append(moved, homeless{last, o.at})
			}
		}
		return last < t.offers.last
	})
	slices.SortFunc(moved, func(a, b homeless) int { return cmp.Compare(a.at, b.at) })
	t.inSteps(func() (more bool) {
		for n := 0; n < step && len(moved) > 0; n++ {
			t.move(moved[len(moved)-1].id)
			moved = moved[:len(moved)-1]
		}
		return len(moved) > 0
	})
}

// homeless is an offer that is in the list of a space that is gone.
type homeless struct {
	id uint32
	at int64
}

// move brings an offer into the list of the space that it lies in.
func (t *Table) move(id uint32) {
	o := t.offers.at(id)
	if o.spot == 0 {
		return
	}
	sp := t.spaceOf(t.spots.at(o.spot).place)
	if sp == o.space {
		return
	}
	if o.space != nil {
		o.space.offers.remove(id, t.spaceOffers)
	}
	if o.space = sp; sp != nil {
		sp.offers.pushFront(id, t.spaceOffers)
	}
}
