package bindings

import (
	"maps"
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
	t.pools.Lock()
	defer t.pools.Unlock()
	was := t.reserved.prefixes
	gone, come := minus(was, next.prefixes), minus(next.prefixes, was)
	t.mu.Lock()
	t.reserved = next
	t.mu.Unlock()
	t.follow(gone, come)
}

// IsReserved says whether a prefix is for a known host.
func (t *Table) IsReserved(p netip.Prefix) bool {
	at, ok := placeOf(p)
	t.mu.RLock()
	defer t.mu.RUnlock()
	return ok && t.reserved.prefixes[at] > 0
}

// Reserve changes what SetReserved has named: some come, some are gone. That
// takes less than naming all of it anew, and packets wait for little of it.
func (t *Table) Reserve(come, gone []netip.Prefix) {
	t.pools.Lock()
	defer t.pools.Unlock()
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
	t.setCounts(next, counts)
	t.follow(ended, began)
}

// setCounts names another set as reserved, and how often some of it is.
func (t *Table) setCounts(next allocator.Set, counts map[place]int) {
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
// is now, in steps. Meanwhile somebody may be given what is not noticed yet, as a
// moment before.
func (t *Table) follow(gone, come []place) {
	t.learnAll(append(lengthsOf(gone), lengthsOf(come)...))
	stale := map[*space]bool{}
	t.inSteps(func() (more bool) { return t.noteSome(&come, stale, 1) })
	t.inSteps(func() (more bool) { return t.noteSome(&gone, stale, -1) })
	t.renew(slices.Collect(maps.Keys(stale)))
}

// lengthsOf gives the prefix lengths of places, each once.
func lengthsOf(places []place) (lengths []uint8) {
	for _, p := range places {
		if !slices.Contains(lengths, p.bits) {
			lengths = append(lengths, p.bits)
		}
	}
	return lengths
}

// noteSome has the spaces take notice of some of what is reserved now, n 1, or no
// more, n -1, and says whether there are more.
func (t *Table) noteSome(places *[]place, stale map[*space]bool, n int) (more bool) {
	for work := 0; work < step && len(*places) > 0; *places = (*places)[1:] {
		work += t.noteReserved((*places)[0], stale, n)
	}
	return len(*places) > 0
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

// noteReserved has the spaces take notice of a place that is reserved now, n 1, or no
// more, n -1, and gives how much work that was. Where it is more than is to be done at
// once they become stale; what is reserved nobody gets even then.
func (t *Table) noteReserved(p place, stale map[*space]bool, n int) (work int) {
	const many = 256
	work = 1
	for _, sp := range t.parts.overlapping(p) {
		units := sp.unitsOf(p)
		sp.reserved += n * units
		if units > many {
			stale[sp] = true
			if n > 0 {
				sp.bar(p)
			}
			continue
		}
		work += units
		sp.Ranges(p.prefix(), func(first, last uint64) { t.noteUnits(sp, p, first, last) })
	}
	return work
}

// bar makes the units of p not free.
func (sp *space) bar(p place) {
	for _, f := range []*allocator.Free{sp.fresh, sp.avail} {
		if f != nil {
			sp.Ranges(p.prefix(), f.Take)
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
