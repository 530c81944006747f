package daemon

import (
	"context"
	"fmt"
	"time"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/event"
	"github.com/stage6/stage6/internal/leaseclock"
	"github.com/stage6/stage6/lease"
)

// openClock opens the clock by which leases are counted. What the leases say of
// the time is asked only where a store has not kept it.
func (s *service) openClock(ctx context.Context) (err error) {
	newest := func() (newest time.Time, err error) {
		err = s.store.Load(ctx, func(b *lease.Binding) error {
			if b.Updated.After(newest) {
				newest = b.Updated
			}
			return nil
		})
		return newest, err
	}
	s.clock, err = leaseclock.Open(ctx, s.store, newest, leaseclock.Machine(), s.clockStepped)
	if err != nil {
		return fmt.Errorf("leases: %w", err)
	}
	return nil
}

// showTimes has leases tell times of the machine's clock.
func (s *service) showTimes(leases []api.Lease) {
	for i := range leases {
		leases[i].Until, leases[i].Updated = s.clock.Wall(leases[i].Until), s.clock.Wall(leases[i].Updated)
	}
}

// clockStepped tells that somebody set the machine's clock.
func (s *service) clockStepped(by time.Duration) {
	way := "forward"
	if by < 0 {
		way = "back"
	}
	text := fmt.Sprintf("the machine's clock was set %s by %s; leases go on as before", way, span(by.Abs()))
	s.events.Publish(event.Event{Kind: event.ClockStepped, Text: text})
	s.log.Warn(text)
}
