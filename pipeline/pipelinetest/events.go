package pipelinetest

import (
	"strings"

	"github.com/stage6/stage6/internal/events"
)

// Events gives what the server told since it was asked last, a line for each
// event. What happened to leases that ran out is told now.
func (s *Server) Events() string {
	for more := true; more; {
		s.expired, more = s.table.Expire(s.expired[:0])
		for i := range s.expired {
			s.events.TellExpired(s.expired[i].Binding, s.expired[i].Lease)
		}
	}
	p := s.events.Read(events.Query{Since: s.told})
	s.told = p.Next
	var lines strings.Builder
	for i := range p.Events {
		lines.WriteString(p.Events[i].String() + "\n")
	}
	return lines.String()
}

// follow gives what is told of durable changes, after what is leased already.
func (s *Server) follow() *events.Follower {
	f := events.NewFollower(s.events)
	for cursor := uint32(0); ; {
		page, next := s.table.Page(nil, cursor, 1000)
		for _, b := range page {
			f.Learn(b)
		}
		if cursor = next; cursor == 0 {
			return f
		}
	}
}
