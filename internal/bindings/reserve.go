package bindings

import (
	"net/netip"
	"slices"

	"github.com/stage6/stage6/internal/allocator"
)

// SetReserved names the addresses, as /128, and prefixes that Pick does not
// give out, since they are for known hosts. What stands there twice is reserved
// until Reserve has taken it away twice.
func (t *Table) SetReserved(prefixes []netip.Prefix) {
	next := reservations{allocator.NewSet(prefixes), make(map[place]int, len(prefixes))}
	for _, p := range prefixes {
		if at, ok := placeOf(p); ok {
			next.prefixes[at]++
		}
	}
	t.reserving.Lock()
	defer t.reserving.Unlock()
	was := t.reserved.prefixes
	gone, come := minus(was, next.prefixes), minus(next.prefixes, was)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.reserved = next
	t.follow(gone, come)
}

// Reserve changes what SetReserved has named: some come, some are gone. That
// takes less than naming all of it anew, and packets wait for little of it.
func (t *Table) Reserve(come, gone []netip.Prefix) {
	t.reserving.Lock()
	defer t.reserving.Unlock()
	counts := t.recount(come, gone)
	var began, ended []place
	for p, n := range counts {
		switch was := t.reserved.prefixes[p]; {
		case was == 0 && n > 0:
			began = append(began, p)
		case was > 0 && n == 0:
			ended = append(ended, p)
		}
	}
	next := t.reserved.without(ended, counts)
	for _, p := range began {
		next = next.Plus(p.prefix())
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.reserved.set = next; t.reserved.prefixes == nil {
		t.reserved.prefixes = map[place]int{}
	}
	for p, n := range counts {
		if t.reserved.prefixes[p] = n; n == 0 {
			delete(t.reserved.prefixes, p)
		}
	}
	t.follow(ended, began)
}

// recount gives how often what comes or goes will be reserved.
func (t *Table) recount(come, gone []netip.Prefix) map[place]int {
	counts := map[place]int{}
	add := func(prefixes []netip.Prefix, n int) {
		for _, p := range prefixes {
			at, ok := placeOf(p)
			if !ok {
				continue
			}
			if _, known := counts[at]; !known {
				counts[at] = t.reserved.prefixes[at]
			}
			counts[at] = max(0, counts[at]+n)
		}
	}
	add(come, 1)
	add(gone, -1)
	return counts
}

// without gives the set without some places, but with what of them is still
// reserved: because of a place around it, or one inside.
func (r *reservations) without(ended []place, counts map[place]int) allocator.Set {
	next := r.set
	for _, p := range ended {
		next = next.Minus(p.prefix())
		for _, q := range r.overlapping(p, counts) {
			next = next.Plus(q.prefix())
		}
	}
	return next
}

// overlapping gives the parts of p that are reserved beside p.
func (r *reservations) overlapping(p place, counts map[place]int) (out []place) {
	still := func(q place) bool {
		n, changed := counts[q]
		return q != p && (changed && n > 0 || !changed && r.prefixes[q] > 0)
	}
	for length := range p.bits {
		if still(p.up(length)) {
			return []place{p}
		}
	}
	if p.bits == 128 {
		return nil
	}
	for q := range r.prefixes {
		if q.in(p) && still(q) {
			out = append(out, q)
		}
	}
	return out
}

// follow has the spaces take notice of what is no longer reserved, and of what
// is now.
func (t *Table) follow(gone, come []place) {
	stale := map[*space]bool{}
	t.noteReserved(gone, stale, -1)
	t.noteReserved(come, stale, 1)
	for sp := range stale {
		t.rebuild(sp)
	}
}

// minus gives what is in a and not in b.
func minus(a, b map[place]int) (out []place) {
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
