package host

import (
	"net/netip"

	"github.com/stage6/stage6/ident"
)

// conflict says what of a host's claims is that of another host of the index, or
// nil. With inside it also looks for what lies inside of a reservation.
func (ix *index) conflict(h *Host, inside bool) (found *ClaimError) {
	_ = eachClaim(h, func(c claim) error {
		if found = ix.conflictIn(h, c); found == nil && inside && c.kind.reserves() {
			if o, p := ix.reservations(c).inside(c.prefix, h.Name); o != nil {
				found = inner(h, c, o.source, p)
			}
		}
		if found != nil {
			return found // no more are looked at
		}
		return nil
	})
	return found
}

func (ix *index) conflictIn(h *Host, c claim) *ClaimError {
	if o := ix.owner(c); o != nil && o.Name != h.Name {
		return taken(h, c, o)
	}
	switch {
	case c.kind == uuidClaim:
		return ix.duidOf(h, c)
	case c.kind == duidClaim:
		return ix.uuidOf(h, c)
	case c.kind.reserves():
		if o, outer := ix.reservations(c).owner(c.prefix); o != nil && o.source.Name != h.Name {
			return nested(h, c, o.source, outer)
		}
	}
	return nil
}

// duidOf says that a UUID of h is the DUID of another host, or nil.
func (ix *index) duidOf(h *Host, c claim) *ClaimError {
	for _, u := range [...]ident.UUID{c.uuid, c.uuid.Swapped()} {
		if o, is := ix.duids.get(u.DUID()); is && o.source.Name != h.Name {
			return taken(h, c, o.source)
		}
	}
	return nil
}

// uuidOf says that a DUID of h is made of the UUID of another host, or nil.
func (ix *index) uuidOf(h *Host, c claim) *ClaimError {
	u, is := ident.UUIDFromDUID([]byte(c.duid))
	if !is {
		return nil
	}
	if _, ok, o := ix.findUUID(u); ok && o.source.Name != h.Name {
		return taken(h, c, o.source)
	}
	return nil
}

// inner is the error that what the host o has is inside of what h claims.
func inner(h *Host, c claim, o *Host, p netip.Prefix) *ClaimError {
	e := taken(h, c, o)
	e.Inner = p.String()
	return e
}

// checkItself says what a host claims twice, or nil.
func checkItself(h *Host) error {
	seen := map[claimKey]bool{}
	var reserved []claim
	return eachClaim(h, func(c claim) error {
		if seen[c.id()] {
			return taken(h, c, h)
		}
		seen[c.id()] = true
		if !c.kind.reserves() {
			return nil
		}
		for _, o := range reserved {
			if (o.kind == partClaim) == (c.kind == partClaim) && o.prefix.Overlaps(c.prefix) {
				return nested(h, c, h, o.prefix)
			}
		}
		reserved = append(reserved, c)
		return nil
	})
}

// claimsOf gives everything that a host claims.
func claimsOf(h *Host) map[claimKey]bool {
	out := map[claimKey]bool{}
	_ = eachClaim(h, func(c claim) error {
		out[c.id()] = true
		return nil
	})
	return out
}

// enterAll enters everything that a host claims.
func (ix *index) enterAll(e *entry) {
	_ = eachClaim(e.source, func(c claim) error {
		ix.enter(e, c)
		return nil
	})
}

// leaveAll takes everything out that a host claims but what is kept.
func (ix *index) leaveAll(h *Host, kept map[claimKey]bool) {
	_ = eachClaim(h, func(c claim) error {
		if !kept[c.id()] {
			ix.leave(c)
		}
		return nil
	})
}
