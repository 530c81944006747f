package server

import (
	"sync"
	"time"

	"github.com/sirupsen/logrus"
)

// quietTime is how long a plugin that goes on failing stays out of the log.
const quietTime = 10 * time.Second

// limiter lets one line through in each quietTime and counts the others.
type limiter struct {
	mu         sync.Mutex
	last       time.Time
	suppressed int
}

// allow says whether to write a line now, and how many were left out since the
// last one.
func (l *limiter) allow(now time.Time) (suppressed int, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.last.IsZero() && now.Sub(l.last) < quietTime {
		l.suppressed++
		return 0, false
	}
	suppressed, l.last, l.suppressed = l.suppressed, now, 0
	return suppressed, true
}

// report logs that the step failed, unless it did so lately.
func (p *Step) report(what string, err error) {
	suppressed, ok := p.limit.allow(time.Now())
	if !ok {
		return
	}
	p.Log.WithFields(logrus.Fields{"what": what, "suppressed": suppressed}).WithError(err).Error("plugin failed: the exchange is dropped")
}
