package server

import (
	"time"

	"github.com/sirupsen/logrus"
)

// report logs that the step failed, unless it did so lately.
func (p *Step) report(what string, err error) {
	suppressed, ok := p.limit.Allow(time.Now())
	if !ok {
		return
	}
	p.Log.WithFields(logrus.Fields{"what": what, "suppressed": suppressed}).WithError(err).Error("plugin failed: the exchange is dropped")
}
