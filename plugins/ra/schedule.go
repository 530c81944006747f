package ra

import (
	"math/rand/v2"
	"time"
)

// Constants of RFC 4861 section 10.
const (
	maxInitialInterval = 16 * time.Second
	maxInitial         = 3
	minDelay           = 3 * time.Second        // between two advertisements
	maxResponseDelay   = 500 * time.Millisecond // to a solicitation
)

// schedule is when a link is sent the next advertisement (RFC 4861 sections 6.2.4
// and 6.2.6).
type schedule struct {
	min, max time.Duration // between two that nobody asks for
	sent     int           // since the beginning, up to maxInitial
	last     time.Time     // zero: none was sent
	next     time.Time
}

// begin has the first one sent at once, or as soon as it may be, and the next
// ones soon after each other: there is something new to say.
func (s *schedule) begin(now time.Time) {
	s.sent = 0
	s.next = s.allowed(now)
}

// allowed gives the first time, from at on, when one may be sent.
func (s *schedule) allowed(at time.Time) time.Time {
	if !s.last.IsZero() && at.Before(s.last.Add(minDelay)) {
		return s.last.Add(minDelay)
	}
	return at
}

// solicited has one sent soon, since a host asks. However many do, they get it
// together.
func (s *schedule) solicited(now time.Time) {
	if at := s.allowed(now.Add(rand.N(maxResponseDelay))); at.Before(s.next) {
		s.next = at
	}
}

// done says that one was sent.
func (s *schedule) done(now time.Time) {
	s.last = now
	wait := s.min + rand.N(s.max-s.min+1)
	if s.sent < maxInitial {
		s.sent++
		wait = min(wait, maxInitialInterval)
	}
	s.next = now.Add(wait)
}

// failed says that one could not be sent: the interface may have no address yet.
func (s *schedule) failed(now time.Time) { s.next = now.Add(time.Second) }
