// Package leaseclock tells the time by which leases are counted. It goes on evenly
// when somebody sets the machine's clock, forward or backward, so that nobody loses a
// lease early or keeps it for ever: while the server runs, and when it is started
// again on a machine that was not. Only over a start of the machine it believes the
// machine's clock, and that only as far as it can be right.
package leaseclock

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/stage6/stage6/lease"
)

// believed is how long a machine can have been off that has not been told the time
// since: a restart takes that long. A clock that says more may be wrong.
const believed = 30 * time.Minute

// stepped is how far the machine's clock must jump to be told of.
const stepped = 2 * time.Second

// noteEvery is how often the time is kept.
const noteEvery = 10 * time.Minute

// valueName is that of the small value in the store.
const valueName = "lease-clock"

// System is what the machine says.
type System struct {
	Wall func() time.Time
	// Up gives how long the machine has been up, sleep included, and a name of
	// this time that it is up, or none if that cannot be known.
	Up func() (boot string, up time.Duration, err error)
	// Synced says whether somebody, such as NTP, has set the machine's clock.
	Synced func() bool
}

// Values is what a clock needs of a store.
type Values interface {
	Get(ctx context.Context, name string) ([]byte, error)
	Put(ctx context.Context, name string, value []byte) error
}

// note is what is kept.
type note struct {
	Boot   string        `json:"boot"`
	Base   time.Time     `json:"base"`   // the lease time when the machine was started
	Behind time.Duration `json:"behind"` // how far lease time is behind the machine's clock; never below zero
	Noted  time.Time     `json:"noted"`  // the lease time when this was written
}

// Clock tells lease time. It is safe for concurrent use, but for Run.
type Clock struct {
	system System
	values Values
	told   func(by time.Duration)
	anchor atomic.Pointer[anchor]

	boot   string
	base   time.Time
	ahead  time.Duration // of lease time before the machine's clock, as last seen
	behind time.Duration // as kept
	noted  time.Time
}

// anchor is one moment in lease time and in that of the runtime.
type anchor struct{ lease, at time.Time }

// Open makes a clock that goes on from what a store has kept. newest gives
// the newest time in its leases, or zero, and is called where nothing was kept. told is called when the machine's clock was set by
// that much.
func Open(ctx context.Context, values Values, newest func() (time.Time, error), system System, told func(by time.Duration)) (*Clock, error) {
	kept, err := read(ctx, values)
	if err == nil && kept.Noted.IsZero() {
		kept.Noted, err = newest()
	}
	if err != nil {
		return nil, err
	}
	boot, up, err := system.Up() // not before: to find the newest can take long
	if err != nil {
		return nil, fmt.Errorf("how long the machine has been up: %w", err)
	}
	c := &Clock{system: system, values: values, told: told, boot: boot, behind: kept.Behind}
	now := kept.begin(boot, up, system)
	c.base = now.Add(-up)
	c.set(now)
	c.ahead = now.Sub(system.Wall())
	return c, c.keep(ctx, now)
}

func read(ctx context.Context, values Values) (n note, err error) {
	raw, err := values.Get(ctx, valueName)
	if errors.Is(err, lease.ErrNotFound) {
		return n, nil
	}
	if err != nil {
		return n, err
	}
	if err := json.Unmarshal(raw, &n); err != nil {
		return n, fmt.Errorf("the small value %s: %w", valueName, err)
	}
	return n, nil
}

// begin gives the lease time at a start of the server.
func (n note) begin(boot string, up time.Duration, system System) time.Time {
	if since := n.Base.Add(up); boot != "" && n.Boot == boot && !since.Before(n.Noted) {
		return since // the machine was not started meanwhile
	}
	known := n.Noted
	now := system.Wall().Round(0).Add(-n.Behind)
	switch {
	case now.Before(known): // the clock has lost its time
		return known
	case !known.IsZero() && now.Sub(known) > believed && !system.Synced():
		return known
	}
	return now
}

// Now gives the lease time.
func (c *Clock) Now() time.Time {
	a := c.anchor.Load()
	return a.lease.Add(time.Since(a.at))
}

// Wall gives what the machine's clock shows at a lease time, for people.
func (c *Clock) Wall(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	if d := c.system.Wall().Sub(c.Now()); d.Abs() >= stepped {
		return t.Add(d.Round(time.Second))
	}
	return t
}

func (c *Clock) set(now time.Time) { c.anchor.Store(&anchor{lease: now, at: time.Now()}) }

// Run looks after the machine's clock until ctx ends, and keeps the time.
func (c *Clock) Run(ctx context.Context) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			_ = c.keep(context.WithoutCancel(ctx), c.Now()) // else what was kept before counts
			return nil
		case <-tick.C:
			c.look(ctx)
		}
	}
}

// look finds out whether the machine has slept, which counts, or its clock was
// set, which does not.
func (c *Clock) look(ctx context.Context) {
	if _, up, err := c.system.Up(); err == nil && c.base.Add(up).Sub(c.Now()) > stepped/2 {
		c.set(c.base.Add(up))
	}
	now := c.Now()
	ahead := now.Sub(c.system.Wall())
	if by := c.ahead - ahead; by.Abs() >= stepped {
		c.ahead = ahead
		c.told(by)
	} else if now.Sub(c.noted) < noteEvery && max(0, -ahead)-c.behind < stepped && c.behind-max(0, -ahead) < stepped {
		return
	}
	_ = c.keep(ctx, now) // or the next time
}

// keep writes what a start needs to go on from.
func (c *Clock) keep(ctx context.Context, now time.Time) error {
	behind := max(0, c.system.Wall().Sub(now)).Round(time.Second)
	raw, err := json.Marshal(note{Boot: c.boot, Base: c.base, Behind: behind, Noted: now})
	if err == nil {
		err = c.values.Put(ctx, valueName, raw)
	}
	if err == nil {
		c.behind, c.noted = behind, now
	}
	return err
}
