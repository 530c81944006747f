package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// perTick is how many new clients take leases every two milliseconds while others are timed,
// 5,000 a second: a good part of what the server can do, and no queue of their own.
const perTick = 10

// crowd has n new clients take leases, each with one exchange of two messages, perTick of
// them at a time whether those before were answered or not.
func (l *lab) crowd(ctx context.Context, number byte, n int) error {
	a, err := newAgent(l.space, floodAddress)
	if err != nil {
		return err
	}
	defer a.Close()
	var asking sync.WaitGroup
	var failed error
	asking.Go(func() { failed = a.askSteadily(ctx, number, n) })
	err = a.answered(n)
	asking.Wait()
	return errors.Join(err, failed)
}

// askSteadily sends the Solicits of a crowd. It does not make up for the time in which its
// processor did something else: many clients that ask at once would wait for each other.
func (a *agent) askSteadily(ctx context.Context, crowd byte, n int) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for asked := 0; asked < n && ctx.Err() == nil; <-tick.C {
		for range min(perTick, n-asked) {
			if err := a.solicit(duid(crowd, uint32(asked)), uint32(asked), rack[0], true); err != nil {
				return err
			}
			asked++
		}
	}
	return ctx.Err()
}

// answered waits until n clients have their leases.
func (a *agent) answered(n int) error {
	buffer := make([]byte, 4096)
	for answered := range n {
		if err := a.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
			return err
		}
		if _, _, err := a.receive(buffer); err != nil {
			return fmt.Errorf("%d of %d clients were answered: %w", answered, n, err)
		}
	}
	return nil
}
