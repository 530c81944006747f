package listen

import (
	"fmt"
	"slices"
)

// Problems says what is not listened on at the moment though it was asked for,
// a line each. It can be called at any time.
func (s *Set) Problems() []string {
	if p := s.problems.Load(); p != nil {
		return *p
	}
	return nil
}

// judge notes what cannot be listened on, of what is wanted and of interfaces
// that are not there.
func (s *Set) judge(wanted []endpoint) {
	var out []string
	for zone, absent := range s.absent {
		if absent {
			out = append(out, fmt.Sprintf("not listening on %s: the interface is not there or is down", zone))
		}
	}
	for _, e := range wanted {
		if s.open[e] == nil {
			out = append(out, "not listening: "+s.broken[e]) // which names the address
		}
	}
	if len(s.open) == 0 && len(out) == 0 {
		out = append(out, "listening on nothing: no interface is up")
	}
	slices.Sort(out)
	s.problems.Store(&out)
}
