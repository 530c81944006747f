package leaseclock

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stage6/stage6/internal/memory"
)

// machine is one whose clock can be set.
type machine struct {
	boot   string
	booted time.Time // of the runtime's clock
	synced bool

	mu          sync.Mutex
	off, asleep time.Duration
}

// set sets the clock so far forward, or sleeps.
func (m *machine) set(by, asleep time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.off += by
	m.asleep += asleep
}

func (m *machine) read() (off, asleep time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.off, m.asleep
}

func (m *machine) system() System {
	return System{
		Wall: func() time.Time {
			off, asleep := m.read()
			return time.Now().Add(off + asleep)
		},
		Up: func() (string, time.Duration, error) {
			_, asleep := m.read()
			return m.boot, time.Since(m.booted) + asleep, nil
		},
		Synced: func() bool { return m.synced },
	}
}

const year = 365 * 24 * time.Hour

// TestAStepOfTheClockEndsNoLease has a lease of two hours granted, the clock set, the
// server or the machine started again, or not, and looks how much of the lease is
// over an hour of the server's time later.
func TestAStepOfTheClockEndsNoLease(t *testing.T) {
	restart := func(*machine) {}
	hidden := func(m *machine) { m.boot = "" }
	reboot := func(off time.Duration, synced bool) func(*machine) {
		return func(m *machine) { m.boot, m.booted, m.synced = m.boot+"'", time.Now(), synced; m.set(off, 0) }
	}
	for name, c := range map[string]struct {
		step  time.Duration
		start func(*machine) // nil: the server goes on
		away  time.Duration  // while no server runs
		want  time.Duration  // of the lease's time that is over
	}{
		"nothing happens":                                    {want: time.Hour},
		"the clock is set forward":                           {step: year, want: time.Hour},
		"the clock is set back":                              {step: -year, want: time.Hour},
		"forward, and the server is started again":           {step: year, start: restart, away: time.Minute, want: time.Hour + time.Minute},
		"back, and the server is started again":              {step: -year, start: restart, away: time.Minute, want: time.Hour + time.Minute},
		"forward, and the machine is started again":          {step: year, start: reboot(0, true), away: time.Minute, want: time.Hour + time.Minute},
		"back, and the machine is started again":             {step: -year, start: reboot(0, true), away: time.Minute, want: time.Hour},
		"the machine comes back with another year":           {start: reboot(year, false), away: time.Minute, want: time.Hour},
		"the machine comes back without the time":            {start: reboot(-30*year, false), away: time.Minute, want: time.Hour},
		"the machine was off for long, and knows it":         {start: reboot(0, true), away: 24 * time.Hour, want: 25 * time.Hour},
		"the machine was off for long, and may be wrong":     {start: reboot(0, false), away: 24 * time.Hour, want: time.Hour},
		"a sandbox hides which start this is":                {start: hidden, away: time.Minute, want: time.Hour + time.Minute},
		"the machine was off for a moment, and may be wrong": {start: reboot(0, false), away: time.Minute, want: time.Hour + time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := memory.New()
				m := &machine{boot: "a", booted: time.Now(), synced: true}
				clock, end := run(t, store, m)
				granted := clock.Now()
				m.set(c.step, 0)
				time.Sleep(time.Hour)
				if c.start != nil {
					end()
					time.Sleep(c.away)
					c.start(m)
					clock, end = run(t, store, m)
				}
				defer end()
				if got := clock.Now().Sub(granted); (got - c.want).Abs() > 2*time.Second {
					t.Errorf("%v of the lease are over, want %v", got, c.want)
				}
			})
		})
	}
}

func TestSleepCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &machine{boot: "a", booted: time.Now()}
		clock, end := run(t, memory.New(), m)
		defer end()
		granted := clock.Now()
		m.set(0, time.Hour)
		time.Sleep(2 * time.Second)
		if got := clock.Now().Sub(granted); got < time.Hour {
			t.Errorf("%v are over after an hour of sleep", got)
		}
	})
}

func TestAStepIsToldOfOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &machine{boot: "a", booted: time.Now()}
		var told []time.Duration
		clock, err := Open(t.Context(), memory.New(), nothing, m.system(), func(by time.Duration) { told = append(told, by) })
		if err != nil {
			t.Fatal(err)
		}
		ctx, end := context.WithCancel(t.Context())
		go clock.Run(ctx)
		for _, by := range []time.Duration{time.Hour, -2 * time.Hour} {
			m.set(by, 0)
			time.Sleep(time.Minute)
		}
		end()
		synctest.Wait()
		if len(told) != 2 || told[0].Round(time.Second) != time.Hour || told[1].Round(time.Second) != -2*time.Hour {
			t.Errorf("told of %v", told)
		}
	})
}

func nothing() (time.Time, error) { return time.Time{}, nil }

// run opens a clock and runs it until end is called.
func run(t *testing.T, values Values, m *machine) (clock *Clock, end func()) {
	t.Helper()
	clock, err := Open(t.Context(), values, nothing, m.system(), func(time.Duration) {})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		_ = clock.Run(ctx)
		close(done)
	}()
	return clock, func() { cancel(); <-done }
}

// TestAFirstStartThatTakesLongIsNoStep has the leases of a large store read for a while
// before the time in them is known.
func TestAFirstStartThatTakesLongIsNoStep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &machine{boot: "a", booted: time.Now(), synced: true}
		newest := func() (time.Time, error) {
			time.Sleep(time.Minute)
			return time.Now(), nil
		}
		steps := 0
		clock, err := Open(t.Context(), memory.New(), newest, m.system(), func(time.Duration) { steps++ })
		if err != nil {
			t.Fatal(err)
		}
		ctx, end := context.WithCancel(t.Context())
		go clock.Run(ctx)
		time.Sleep(time.Minute)
		if ahead := time.Until(clock.Now()); ahead != 0 || steps != 0 {
			t.Errorf("%v ahead after %d steps", ahead, steps)
		}
		end()
		synctest.Wait()
	})
}
