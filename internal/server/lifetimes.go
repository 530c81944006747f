package server

import (
	"time"

	"github.com/stage6/stage6/internal/exchange"
	"github.com/stage6/stage6/lease"
)

// resolveLifetimes fills in the lifetimes of a grant: its own, else the
// exchange's, else the server's. Where bounds are set, what the client asked
// for is taken instead, clamped to them.
func (g *Generation) resolveLifetimes(s *exchange.State, ia *exchange.IA, gr *exchange.Grant) {
	own := gr.Valid != 0 || gr.Preferred != 0
	gr.Valid = first(gr.Valid, s.Valid, g.settings.Valid)
	gr.Preferred = first(gr.Preferred, s.Preferred, g.settings.Preferred)
	if !own {
		preferred, valid := wishes(ia, gr)
		gr.Valid = clamp(gr.Valid, valid, s.MinValid, s.MaxValid)
		gr.Preferred = clamp(gr.Preferred, preferred, s.MinPreferred, s.MaxPreferred)
	}
	gr.Preferred = min(gr.Preferred, gr.Valid) // RFC 9915 section 21.6
}

func first(ds ...time.Duration) time.Duration {
	for _, d := range ds {
		if d != 0 {
			return d
		}
	}
	return 0
}

// wishes gives the lifetimes that the client put beside the prefix, or beside
// the first one it named; zero is no wish.
func wishes(ia *exchange.IA, gr *exchange.Grant) (preferred, valid time.Duration) {
	if len(ia.Hints) == 0 {
		return 0, 0
	}
	h := &ia.Hints[0]
	for i := range ia.Hints {
		if ia.Hints[i].Prefix == gr.Prefix {
			h = &ia.Hints[i]
		}
	}
	return time.Duration(h.Preferred) * time.Second, time.Duration(h.Valid) * time.Second
}

// clamp gives the wish within the bounds, or the default where there is no
// wish or there are no bounds. A bound of zero is that of the default.
func clamp(def, wish, lo, hi time.Duration) time.Duration {
	if wish == 0 || (lo == 0 && hi == 0) {
		return def
	}
	return min(max(wish, first(lo, def)), first(hi, def))
}

// renewTimes gives T1 and T2 for all identity associations of a reply, in
// seconds: as set, else half and four fifths of the shortest preferred
// lifetime (RFC 9915 section 14.2). A client renews all of them at once, so
// they are the same for all.
func renewTimes(s *exchange.State) (t1, t2 uint32) {
	shortest := lease.Infinity
	for i := range s.IAs {
		for j := range s.IAs[i].Grants {
			shortest = min(shortest, s.IAs[i].Grants[j].Preferred)
		}
	}
	t1, t2 = share(shortest, 5), share(shortest, 8)
	if s.T1 != 0 {
		t1 = seconds(s.T1)
	}
	if s.T2 != 0 {
		t2 = seconds(s.T2)
	}
	return t1, max(t1, t2) // a client discards an IA whose T1 is above its T2
}

// share gives tenths of d in seconds; those of infinity are infinite.
func share(d time.Duration, tenths uint64) uint32 {
	if d >= lease.Infinity {
		return seconds(lease.Infinity)
	}
	return uint32(uint64(d/time.Second) * tenths / 10)
}

// seconds gives d as the wire has it; lease.Infinity and more are infinity.
func seconds(d time.Duration) uint32 {
	return uint32(min(max(d, 0), lease.Infinity) / time.Second)
}
