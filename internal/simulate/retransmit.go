package simulate

import (
	"math/rand/v2"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv6"
)

// Timing is how a simulation deals with time.
type Timing struct {
	// Real lets programs take their times: they wait for more offers, load what
	// they are told to, and try as often and as long as the real ones. Else they
	// take none.
	Real bool
	// Tries bounds how often a message is sent when the times are not real; zero
	// is four.
	Tries int
	// First is the time after which an unanswered message is sent again, when the
	// times are not real; zero is a second, as in RFC 9915 section 7.6.
	First time.Duration
}

const (
	defaultTries = 4
	defaultFirst = time.Second
	endless      = 8 // how often what the RFC lets a client send for ever is sent in real time: for about four minutes
)

// schedule is how a message is repeated (RFC 9915 section 15).
type schedule struct {
	initial, most time.Duration
	count         int             // how often it is sent
	fixed         []time.Duration // instead, the waits after each time
	rand          *rand.Rand
}

// schedule gives how the client repeats a message.
func (t Timing) schedule(c *Client, kind dhcpv6.MessageType) schedule {
	s := schedule{initial: time.Second, rand: c.Machine.rand}
	switch kind {
	case dhcpv6.MessageTypeRequest:
		s.most, s.count = 30*time.Second, 10
	case dhcpv6.MessageTypeRelease, dhcpv6.MessageTypeDecline:
		s.count = 4
	case dhcpv6.MessageTypeRenew, dhcpv6.MessageTypeRebind:
		s.initial, s.most, s.count = 10*time.Second, 10*time.Minute, endless
	case dhcpv6.MessageTypeConfirm:
		s.most, s.count = 4*time.Second, 4
	default:
		s.most, s.count = time.Hour, endless
	}
	if t.Real {
		if kind == dhcpv6.MessageTypeSolicit {
			s.fixed = c.Profile.pauses.tries
		}
		return s
	}
	s.count = orElse(t.Tries, defaultTries)
	s.initial = orElse(t.First, defaultFirst)
	return s
}

func orElse[T comparable](value, otherwise T) T {
	var zero T
	if value == zero {
		return otherwise
	}
	return value
}

// next gives the wait after the try of that number, counted from zero, when the
// one before was previous; false when there is no such try. The wait of a first
// try is never shorter than the initial one, which the RFC wants of Solicits.
func (s schedule) next(try int, previous time.Duration) (time.Duration, bool) {
	if s.fixed != nil {
		if try >= len(s.fixed) {
			return 0, false
		}
		return s.fixed[try], true
	}
	if try >= s.count {
		return 0, false
	}
	if try == 0 {
		return s.initial + time.Duration(s.rand.Float64()*0.1*float64(s.initial)), true
	}
	wait := s.jitter(2*previous, previous)
	if s.most > 0 && wait > s.most {
		wait = s.jitter(s.most, s.most)
	}
	return wait, true
}

// jitter adds RAND times another time, RAND being within a tenth of zero.
func (s schedule) jitter(d, of time.Duration) time.Duration {
	return d + time.Duration((s.rand.Float64()*0.2-0.1)*float64(of))
}
