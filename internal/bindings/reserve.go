package bindings

import (
	"net/netip"
	"slices"

	"github.com/stage6/stage6/internal/allocator"
)

// SetReserved names the addresses, as /128, and prefixes that Pick does not
// give out, since they are for known hosts.
func (t *Table) SetReserved(prefixes []netip.Prefix) {
	next := reservations{allocator.NewSet(prefixes), make(map[place]struct{}, len(prefixes))}
	for _, p := range prefixes {
		if at, ok := placeOf(p); ok {
			next.prefixes[at] = struct{}{}
		}
	}
	t.reserving.Lock()
	defer t.reserving.Unlock()
	was := t.reserved.prefixes
	gone, come := minus(was, next.prefixes), minus(next.prefixes, was)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.reserved = next
	stale := map[*space]bool{}
	t.noteReserved(gone, stale, -1)
	t.noteReserved(come, stale, 1)
	for sp := range stale {
		t.rebuild(sp)
	}
}

// minus gives what is in a and not in b.
func minus(a, b map[place]struct{}) (out []place) {
	for p := range a {
		if _, both := b[p]; !both {
			out = append(out, p)
		}
	}
	return out
}

// noteReserved has the spaces take notice of what is reserved now, n 1, or no
// more, n -1. Where that is much they become stale.
func (t *Table) noteReserved(prefixes []place, stale map[*space]bool, n int) {
	for _, p := range prefixes {
		t.learn(p.bits)
		var spaces []*space
		t.eachPart(p.prefix(), func(sp *space) {
			if !slices.Contains(spaces, sp) {
				spaces = append(spaces, sp)
			}
		})
		for _, sp := range spaces {
			sp.reserved += n * sp.unitsOf(p)
			if sp.unitsOf(p) > 256 {
				stale[sp] = true
				continue
			}
			sp.Ranges(p.prefix(), func(first, last uint64) { t.noteUnits(sp, p, first, last) })
		}
	}
}

// unitsOf counts the units that p overlaps.
func (sp *space) unitsOf(p place) (n int) {
	sp.Ranges(p.prefix(), func(first, last uint64) { n += int(last - first + 1) })
	return n
}

// noteUnits looks again at the units from first to last, which p overlaps.
func (t *Table) noteUnits(sp *space, p place, first, last uint64) {
	if sp.fresh != nil {
		t.redrawRange(sp, p, first, last)
	} else {
		sp.low = min(sp.low, first)
	}
	overlapping := func(id uint32) {
		if s := t.spots.at(id); sp.Contains(s.prefix()) {
			t.list(id, s, sp)
		}
	}
	t.above(p, func(s *spot) bool {
		overlapping(t.spotAt(s.place))
		return false
	})
	for _, id := range t.inside(p) {
		overlapping(id)
	}
}
