package floodlab

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/stage6/stage6/internal/netlab"
)

// Group is where machines are and whether the server knows them.
type Group int

// The groups of machines.
const (
	Known     Group = iota // on the link of the flood
	Strangers              // on the same link
	Elsewhere              // strangers on another link
	numGroups
)

// String names the group.
func (g Group) String() string {
	return [...]string{"known machines", "strangers", "strangers on another link"}[g]
}

// Result is how the machines of a group fared.
type Result struct {
	Machines, Booted int
	Took             []time.Duration // of exchanges that were answered, sorted
	Errors           []error
}

// Percentile gives the time within which so many of a hundred exchanges were answered.
func (r *Result) Percentile(p int) time.Duration {
	if len(r.Took) == 0 {
		return 0
	}
	return r.Took[(len(r.Took)-1)*p/100]
}

// Run floods the server while machines boot and renew, one after the other within spread, of each group so many as counts says; it ends when they have. A nil kind floods with
// nothing. It gives how many messages the flood sent, and its time.
func (l *Lab) Run(ctx context.Context, k *Kind, counts [numGroups]int, spread time.Duration) (out [numGroups]Result, sent uint32, took time.Duration, err error) {
	machines, err := l.machines(counts)
	defer func() {
		for _, m := range machines {
			m.conn.Close()
		}
	}()
	if err != nil {
		return out, 0, 0, err
	}
	flooding, stop := context.WithCancel(ctx)
	defer stop()
	begun, ended := time.Now(), make(chan error, 1)
	go func() {
		var err error
		if k != nil {
			sent, err = k.run(flooding, l)
		}
		ended <- err
	}()
	out = bootAll(ctx, machines, spread)
	stop()
	err = <-ended
	return out, sent, time.Since(begun), err
}

// machines makes the machines, those of different groups in turn.
func (l *Lab) machines(counts [numGroups]int) (out []*machine, err error) {
	ns := [numGroups]*netlab.Namespace{l.clients, l.clients, l.other}
	first := [numGroups]int{0, knownMachines, 2 * knownMachines}
	for i := range slices.Max(counts[:]) {
		for g := range numGroups {
			if i >= counts[g] {
				continue
			}
			m, err := machineAt(ns[g], g, first[g]+i)
			if err != nil {
				return out, err
			}
			out = append(out, m)
		}
	}
	return out, nil
}

// bootAll has the machines boot, one after the other within a time, and renew twice.
func bootAll(ctx context.Context, machines []*machine, spread time.Duration) (out [numGroups]Result) {
	var mu sync.Mutex
	var all sync.WaitGroup
	for i, m := range machines {
		all.Go(func() {
			wait := time.NewTimer(spread * time.Duration(i) / time.Duration(len(machines)))
			defer wait.Stop()
			select {
			case <-wait.C:
			case <-ctx.Done():
			}
			err := m.boot(ctx, 2)
			mu.Lock()
			defer mu.Unlock()
			r := &out[m.group]
			r.Machines++
			r.Took = append(r.Took, m.took...)
			if err == nil {
				r.Booted++
			} else {
				r.Errors = append(r.Errors, fmt.Errorf("%v: %w", m.duid, err))
			}
		})
	}
	all.Wait()
	for g := range out {
		slices.Sort(out[g].Took)
	}
	return out
}
