package main

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/stage6/stage6/internal/simulate"
)

// stay lets a system do what systems do, until it is switched off.
func (l *life) stay(ctx context.Context, s *simulate.Session) {
	for range 1 + l.rand.IntN(6) {
		if ctx.Err() != nil || !l.act(ctx, s) {
			return
		}
	}
	l.count.add("switched off")
}

// act lets the system do one thing, and says whether it is up afterwards.
func (l *life) act(ctx context.Context, s *simulate.Session) bool {
	dice := l.rand.Float64()
	switch {
	case dice < 0.55:
		return l.wait(ctx, s.RenewAt()) && l.did(ctx, "Renew", s, s.Renew)
	case dice < 0.75:
		return l.wait(ctx, s.RebindAt()) && l.did(ctx, "Rebind", s, s.Rebind)
	case dice < 0.83 && !s.HasPrefix():
		l.pause(ctx, l.between(0, 10*time.Second))
		return l.did(ctx, "Confirm", s, s.Confirm)
	case dice < 0.88:
		l.pause(ctx, l.between(0, 10*time.Second))
		l.did(ctx, "Release", s, s.Release)
		return false
	case dice < 0.92 && !l.known && !s.HasPrefix():
		l.did(ctx, "Decline", s, s.Decline)
		return false
	case dice < 0.96:
		l.wait(ctx, s.Until().Add(l.between(0, 20*time.Second)))
		l.count.add("leases expired")
		return false
	}
	l.pause(ctx, l.between(0, 20*time.Second))
	l.count.add("power cut")
	return false
}

// unanswered counts what the network lost again and again until the leases had ended. It
// may lose four tries in a row, once in ten thousand times.
const unanswered = "no answer before the leases ended"

// did does one thing before the leases end, and counts it.
func (l *life) did(ctx context.Context, what string, s *simulate.Session, do func(context.Context) error) bool {
	if ctx.Err() != nil {
		return false
	}
	before, until := s.Client.Leases(), s.Until()
	bounded, cancel := context.WithDeadline(ctx, until)
	defer cancel()
	err := do(bounded)
	switch {
	case ctx.Err() != nil:
		return false
	case errors.Is(err, context.DeadlineExceeded):
		l.count.add(unanswered)
		return false
	case err != nil:
		l.count.add(what + " failed")
		l.count.complain("%s (%s, %s), %s of %s with %v until %s: %v", l.name(), l.way.name, l.machine.MAC, what, s.Client.Profile.Name, prefixes(before), until.UTC().Format("15:04:05"), err)
		return false
	}
	l.count.add(what)
	return true
}

func prefixes(leases []simulate.Lease) string {
	var all []string
	for _, one := range leases {
		all = append(all, one.Prefix.String())
	}
	return strings.Join(all, " ")
}

func (l *life) between(least, most time.Duration) time.Duration {
	return least + time.Duration(l.rand.Int64N(int64(most-least)))
}

// wait waits until a time, and is false when ctx ends before.
func (l *life) wait(ctx context.Context, until time.Time) bool {
	l.pause(ctx, time.Until(until))
	return ctx.Err() == nil
}

func (l *life) pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
