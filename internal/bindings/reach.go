package bindings

import (
	"net/netip"
	"slices"
)

// LeasesOf says whether an active pool has addresses of a prefix.
func (t *Table) LeasesOf(p netip.Prefix) bool {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return slices.ContainsFunc(t.parts, func(s part) bool {
		return s.space.Unit() == 128 && (p.Contains(s.first) || s.first.Less(p.Addr()) && !s.last.Less(p.Masked().Addr()))
	})
}
