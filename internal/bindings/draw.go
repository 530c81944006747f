package bindings

import (
	"net/netip"

	"github.com/stage6/stage6/internal/allocator"
)

// redraw brings the maps of what is free up to date where p is.
func (t *Table) redraw(p place) {
	prefix := p.prefix()
	again := func(sp *space) {
		if sp.fresh != nil {
			sp.Ranges(prefix, func(first, last uint64) { t.redrawRange(sp, p, first, last) })
		} else if at, ok := sp.unitOf(prefix); ok {
			sp.low = min(sp.low, at)
		}
	}
	t.parts.each(prefix, again)
	if t.building != nil {
		t.building.parts.each(prefix, again)
	}
}

func (sp *space) unitOf(p netip.Prefix) (unit uint64, ok bool) {
	sp.Ranges(p, func(first, _ uint64) { unit, ok = first, true })
	return unit, ok
}

// redrawRange is redraw for the units from first to last, which are those of
// p.
func (t *Table) redrawRange(sp *space, p place, first, last uint64) {
	whole := int(p.bits) <= sp.Unit() && !t.forbidden(sp, p)
	inside := t.lengths.inside(p)
	t.draw(sp, sp.fresh, p, first, last, whole && inside.spots == 0, sp.uses)
	if sp.avail != nil {
		t.draw(sp, sp.avail, p, first, last, whole && inside.blocked == 0, sp.blocks)
	}
}

// uses says whether a spot keeps its place from being fresh. An ended lease of
// a prefix that the space does not give out does not: nobody would look for
// it.
func (sp *space) uses(s *spot) bool {
	return s.shown.blocked() || s.shown.present() && sp.Contains(s.prefix())
}

// blocks says whether a spot keeps its place from being available.
func (sp *space) blocks(s *spot) bool { return s.shown.blocked() }

// draw does so for one map. even says that no unit is forbidden or differs from
// the others because of a spot inside p.
//
// Many units of which some differ come of a prefix that covers a pool.
func (t *Table) draw(sp *space, f *allocator.Free, p place, first, last uint64, even bool, taken func(*spot) bool) {
	const many = 256
	switch {
	case int(p.bits) <= sp.Unit() && t.above(p, taken) != 0:
		f.Take(first, last)
	case even:
		f.Give(first, last)
	case last-first > many:
		f.Give(first, last)
		t.mask(sp, f)
		for _, id := range t.inside(p) {
			if s := t.spots.at(id); taken(s) {
				sp.Ranges(s.prefix(), f.Take)
			}
		}
	default:
		for unit := first; unit <= last; unit++ {
			u, _ := placeOf(sp.Prefix(unit, sp.Unit()))
			if t.forbidden(sp, u) || t.above(u, taken) != 0 || t.lengths.inside(u).blocked != 0 {
				f.Take(unit, unit)
			} else {
				f.Give(unit, unit)
			}
		}
	}
}

// mask takes what is never given out or is reserved.
func (t *Table) mask(sp *space, f *allocator.Free) {
	sp.NeverRanges(f.Take)
	for p := range t.reserved.prefixes {
		sp.Ranges(p.prefix(), f.Take)
	}
}

// blot makes the units of a spot not free.
func (t *Table) blot(sp *space, s *spot) {
	sp.Ranges(s.prefix(), func(first, last uint64) {
		if sp.uses(s) {
			sp.fresh.Take(first, last)
		}
		if sp.avail != nil && sp.blocks(s) {
			sp.avail.Take(first, last)
		}
	})
}
