package exchange

import (
	"net/netip"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/bindings"
	"github.com/stage6/stage6/lease"
)

// Dry is what would have happened in a dry run, so that later messages of the same
// try see it. It is for one goroutine.
type Dry struct {
	picked   map[netip.Prefix]lease.Key
	bindings map[lease.Key]*lease.Binding
}

// NewDry makes a try in which nothing has happened.
func NewDry() *Dry {
	return &Dry{picked: map[netip.Prefix]lease.Key{}, bindings: map[lease.Key]*lease.Binding{}}
}

// Put notes records that would have been made.
func (d *Dry) Put(records []*lease.Binding) {
	for _, b := range records {
		d.bindings[b.Key] = (*bindings.Room)(nil).Copy(b)
	}
}

// Binding gives the record of an identity association of the client, or nil.
func (s *State) Binding(ia ident.IA) *lease.Binding {
	if s.Dry != nil {
		if b := s.Dry.bindings[lease.Key{DUID: ident.DUID(s.Msg.ClientID), IA: ia}]; b != nil {
			return b
		}
	}
	return s.Record(ia)
}

// Record is Binding of what there is, whatever a dry run would have made of it.
func (s *State) Record(ia ident.IA) *lease.Binding {
	return s.Table.GetIn(&s.Room, s.Msg.ClientID, ia)
}

// TryHold is Table.Offer of a dry run.
func (s *State) TryHold(ia ident.IA, p netip.Prefix) bool {
	key := lease.Key{DUID: ident.DUID(s.Msg.ClientID), IA: ia}
	if by, taken := s.Dry.picked[p]; taken && by != key || !s.Table.MayOffer(s.Msg.ClientID, ia, p) {
		return false
	}
	s.Dry.picked[p] = key
	return true
}

// Avoid says whether a dry run has given a prefix to somebody else.
func (s *State) Avoid(ia ident.IA) func(netip.Prefix) bool {
	key := lease.Key{DUID: ident.DUID(s.Msg.ClientID), IA: ia}
	return func(p netip.Prefix) bool {
		by, taken := s.Dry.picked[p]
		return taken && by != key
	}
}
