package main

import (
	"context"
	"errors"
	"net/netip"
	"sync"
	"time"

	"github.com/stage6/stage6/bench/stalls"
	"github.com/stage6/stage6/internal/netlab/tap"
)

// every is how often the probe asks.
const every = 2 * time.Millisecond

// during measures how long others wait while do goes on: a client asks with Solicits,
// every two milliseconds whether the one before was answered or not. What it is told of
// is the time from when the server's link has a Solicit to when it has the answer, and
// when the machine itself stood still.
func (l *lab) during(ctx context.Context, do func(context.Context) error) (delays, error) {
	cable, err := tap.Open(l.space, probeLink)
	if err != nil {
		return delays{}, err
	}
	watch, err := stalls.Begin()
	if err != nil {
		_, closing := cable.Close()
		return delays{}, errors.Join(err, closing)
	}
	begun := time.Now()
	err = l.probed(ctx, do)
	took := time.Since(begun)
	still, err2 := watch.End()
	frames, err3 := cable.Close()
	if err := errors.Join(err, err2, err3); err != nil {
		return delays{}, err
	}
	return delaysOf(frames, still, took)
}

// probed does something while the probe asks.
func (l *lab) probed(ctx context.Context, do func(context.Context) error) error {
	a, err := newAgent(l.far, probeAddress)
	if err != nil {
		return err
	}
	defer a.Close()
	stop := make(chan struct{})
	var asking sync.WaitGroup
	var failed error
	asking.Go(func() { failed = a.askUntil(stop) })
	err = do(ctx)
	close(stop)
	asking.Wait()
	return errors.Join(err, failed, pause(time.Second)(ctx)) // the last ones are answered meanwhile
}

// askUntil sends a Solicit every two milliseconds. Nobody reads the answers.
func (a *agent) askUntil(stop <-chan struct{}) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for n := uint32(1); ; n++ {
		if err := a.solicit(duid(1, n%64), n, netip.MustParseAddr("2001:db8:1::1"), false); err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-stop:
			return nil
		}
	}
}
