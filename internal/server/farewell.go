package server

import (
	"hash/maphash"
	"time"

	"github.com/stage6/stage6/internal/exchange"
	"github.com/stage6/stage6/internal/flood"
	"github.com/stage6/stage6/lease"
)

// farewells remembers the Releases and Declines that came of late. A network may
// deliver a copy of one when its client has been answered and has begun anew: that
// must not end what it was given since. It is safe for concurrent use.
type farewells struct {
	seed maphash.Seed
	seen flood.Recent
}

// note gives the key of a message, which says when it came for the first time. It is
// the same by whichever relay agent the message comes.
func (f *farewells) note(s *exchange.State) (key uint64) {
	before, after := aroundElapsed(s.Msg.Options)
	id := s.Msg.XID
	key = uint64(s.Type())<<24 | uint64(id[0])<<16 | uint64(id[1])<<8 | uint64(id[2])
	key = mixed(mixed(key)+maphash.Bytes(f.seed, before)) + maphash.Bytes(f.seed, after)
	if s.Dry == nil && !f.seen.Has(key, retransmission, s.Time) {
		f.seen.Add(key, s.Time)
	}
	return key
}

// precedes says whether a message came for the first time before a record was changed
// last, to the millisecond.
func (f *farewells) precedes(key uint64, b *lease.Binding, now time.Time) bool {
	return f.seen.Has(key, retransmission, now) && !f.seen.Has(key, now.Sub(b.Updated), now)
}
