package bindings

import (
	"net/netip"
	"slices"

	"github.com/stage6/stage6/internal/allocator"
)

// space is what a pool consists of, with what is free in it. A space that is
// not active knows nothing of the bindings.
type space struct {
	*allocator.Space
	active bool
	fresh  *allocator.Free // nobody has them or had them lately; nil in very large spaces
	avail  *allocator.Free // not blocked; only where several lengths are given out
	lists  []list          // the remembered of each length, the oldest first
	offers list            // of the space, the oldest first
	low    uint64          // where Sequential starts in a very large space

	tally
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

// remembers gives the list of the remembered spots of a length.
func (sp *space) remembers(bits uint8) *list {
	return &sp.lists[slices.Index(sp.Lengths(), int(bits))]
}

// eachPart calls do with the spaces that p overlaps.
func (t *Table) eachPart(p netip.Prefix, do func(sp *space)) {
	i, _ := slices.BinarySearchFunc(t.parts, p.Addr(), func(have part, first netip.Addr) int {
		if have.last.Less(first) {
			return -1
		}
		return 1
	})
	for ; i < len(t.parts); i++ {
		if first := t.parts[i].first; first != p.Addr() && !p.Contains(first) && p.Addr().Less(first) {
			return
		}
		do(t.parts[i].space)
	}
}

// spaceOf gives the space that can give out p, or nil.
func (t *Table) spaceOf(p place) (found *space) {
	if len(t.parts) == 0 {
		return nil
	}
	prefix := p.prefix()
	t.eachPart(prefix, func(sp *space) {
		if sp.Contains(prefix) {
			found = sp
		}
	})
	return found
}

// forbidden says whether p, of the space, is not to be picked.
func (t *Table) forbidden(sp *space, p place) bool {
	prefix := p.prefix()
	return sp.Never(prefix) || t.reserved.set.Overlaps(prefix)
}
