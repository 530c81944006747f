package bindings

import (
	"net/netip"

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
	t.mu.Lock()
	defer t.mu.Unlock()
	was := t.reserved.prefixes
	t.reserved = next
	stale := map[*space]bool{}
	t.noteReserved(was, next.prefixes, stale, -1)
	t.noteReserved(next.prefixes, was, stale, 1)
	for sp := range stale {
		t.rebuild(sp)
	}
}

// noteReserved has the spaces take notice of what is in a and not in b. Where
// that is much they become stale.
func (t *Table) noteReserved(a, b map[place]struct{}, stale map[*space]bool, n int) {
	const most = 256 // units
	for p := range a {
		if _, both := b[p]; both {
			continue
		}
		t.learn(p.bits)
		t.eachPart(p.prefix(), func(sp *space) {
			sp.Ranges(p.prefix(), func(first, last uint64) {
				if last-first >= most {
					stale[sp] = true
					return
				}
				sp.reserved += n * int(last-first+1)
				t.noteUnits(sp, p, first, last)
			})
		})
	}
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
