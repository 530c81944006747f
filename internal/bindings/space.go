package bindings

import (
	"math"
	"net/netip"
	"slices"

	"github.com/stage6/stage6/internal/allocator"
)

// space is what a pool consists of, with what is free in it. A space that is
// not active knows nothing of the bindings.
type space struct {
	*allocator.Space
	active bool
	number uint32          // of what is in it: another one whenever that is begun anew
	fresh  *allocator.Free // nobody has them or had them lately; nil in very large spaces
	avail  *allocator.Free // not blocked; only where several lengths are given out
	lists  []list          // the remembered of each length, the oldest first
	offers list            // of the space, the oldest first
	low    uint64          // where Sequential starts in a very large space

	tally
	taken    float64 // units that are leased or rest; beyond 2^53 of them about
	reserved int
}

// part is the addresses from first to last, of a space.
type part struct {
	first, last netip.Addr
	space       *space
}

func newSpace(a *allocator.Space) *space {
	sp := &space{Space: a, lists: make([]list, len(a.Lengths()))}
	if a.Mapped() {
		sp.fresh = a.NewFree()
		if len(a.Lengths()) > 1 {
			sp.avail = a.NewFree()
		}
	}
	return sp
}

// see counts a spot that was seen so and is seen so now.
func (sp *space) see(p place, was, is view) {
	sp.count(was, -1)
	sp.count(is, 1)
	if was.state.blocks() != is.state.blocks() {
		units := math.Ldexp(1, sp.Unit()-int(p.bits))
		if was.state.blocks() {
			units = -units
		}
		sp.taken += units
	}
}

// remembers gives the list of the remembered spots of a length.
func (sp *space) remembers(bits uint8) *list {
	return &sp.lists[slices.Index(sp.Lengths(), int(bits))]
}

// parts are what spaces consist of, in the order of addresses.
type parts []part

func partsOf(spaces []*space) (ps parts) {
	for _, sp := range spaces {
		for _, r := range sp.Spans() {
			ps = append(ps, part{r.First, r.Last, sp})
		}
	}
	slices.SortFunc(ps, func(a, b part) int { return a.first.Compare(b.first) })
	return ps
}

// each calls do with the spaces that p overlaps.
func (ps parts) each(p netip.Prefix, do func(sp *space)) {
	i, _ := slices.BinarySearchFunc(ps, p.Addr(), func(have part, first netip.Addr) int {
		if have.last.Less(first) {
			return -1
		}
		return 1
	})
	for ; i < len(ps); i++ {
		if first := ps[i].first; first != p.Addr() && !p.Contains(first) && p.Addr().Less(first) {
			return
		}
		do(ps[i].space)
	}
}

// of gives the space that can give out p, or nil.
func (ps parts) of(p place) (found *space) {
	if len(ps) == 0 {
		return nil
	}
	prefix := p.prefix()
	ps.each(prefix, func(sp *space) {
		if sp.Contains(prefix) {
			found = sp
		}
	})
	return found
}

// overlapping gives the spaces that p overlaps, each once.
func (ps parts) overlapping(p place) (spaces []*space) {
	ps.each(p.prefix(), func(sp *space) {
		if !slices.Contains(spaces, sp) {
			spaces = append(spaces, sp)
		}
	})
	return spaces
}

// spaceOf gives the space that can give out p, or nil.
func (t *Table) spaceOf(p place) *space { return t.parts.of(p) }

// forbidden says whether p, of the space, is not to be picked.
func (t *Table) forbidden(sp *space, p place) bool {
	prefix := p.prefix()
	return sp.Never(prefix) || t.reserved.set.Overlaps(prefix)
}
