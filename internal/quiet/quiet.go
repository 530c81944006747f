// Package quiet keeps what happens again and again from flooding the log.
package quiet

import (
	"sync"
	"time"
)

// Time is how long what goes on happening stays out of the log.
const Time = 10 * time.Second

// Limiter lets one line through in each Time and counts the others. The zero
// value is ready for use; it is safe for concurrent use.
type Limiter struct {
	mu         sync.Mutex
	last       time.Time
	suppressed int
}

// Allow says whether to write a line now, and how many were left out since the
// last one.
func (l *Limiter) Allow(now time.Time) (suppressed int, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.last.IsZero() && now.Sub(l.last) < Time {
		l.suppressed++
		return 0, false
	}
	suppressed, l.last, l.suppressed = l.suppressed, now, 0
	return suppressed, true
}
