package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/internal/simulate"
)

// town is all machines and who looks after them.
type town struct {
	network *network
	options options
	lives   []*life
	ledger  simulate.Ledger
	tally   *simulate.Tally
	count   *counter
	began   time.Time

	mu      sync.Mutex
	samples []sample
	reloads int
	looked  int // how often a lease was looked for in the server's list
	told    int // how often it was told that something was given twice
}

// live lets all machines live for as long as is asked, and reports.
func live(ctx context.Context, o options, n *network) (*report, error) {
	t := &town{network: n, options: o, tally: simulate.NewTally(nil), count: &counter{counts: map[string]int{}}, began: time.Now()}
	if err := t.settle(ctx); err != nil {
		return nil, err
	}
	before := time.Now()
	bounded, cancel := context.WithTimeout(ctx, o.duration)
	defer cancel()
	var all sync.WaitGroup
	for _, l := range t.lives {
		all.Go(func() { l.live(bounded) })
	}
	all.Go(func() { t.every(bounded, o.sample, t.sample) })
	all.Go(func() { t.every(bounded, o.reload, t.reload) })
	all.Go(func() { t.every(bounded, 3*o.sample, t.find) })
	all.Go(func() { t.every(bounded, o.sample, t.read) })
	all.Go(func() { t.every(bounded, time.Minute, t.progress) })
	all.Wait()
	return t.end(context.WithoutCancel(ctx), time.Since(before))
}

// settle makes the machines and tells the server of those that are hosts.
func (t *town) settle(ctx context.Context) error {
	for number := range t.options.machines {
		l, err := newLife(number, t.wayOf(number), t.options.seed)
		if err != nil {
			return err
		}
		l.server, l.count, l.watch = t.network.server, t.count, simulate.Watchers{expectation{l}, &t.ledger, t.tally}
		t.lives = append(t.lives, l)
		if l.known && !l.byAPI {
			t.network.server.files += l.entry()
		}
	}
	if err := t.network.server.reload(ctx, 0); err != nil {
		return err
	}
	for _, l := range t.lives {
		if l.byAPI {
			if _, err := t.network.server.run(ctx, l.command()...); err != nil {
				return err
			}
		}
	}
	return nil
}

// wayOf gives the way of a machine: those that have room for one each have one, and
// the others share the rest.
func (t *town) wayOf(number int) *segment {
	var alone, many []*segment
	for _, s := range t.network.ways {
		if s.own.IsZero() {
			many = append(many, s)
		} else {
			alone = append(alone, s)
		}
	}
	if number < len(alone) {
		return alone[number]
	}
	return many[number%len(many)]
}

// every does something again and again. What goes wrong is a finding.
func (t *town) every(ctx context.Context, d time.Duration, do func(context.Context) error) {
	tick := time.NewTicker(d)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := do(ctx); err != nil && ctx.Err() == nil {
				t.count.complain("%v", err)
			}
		}
	}
}

func (t *town) sample(ctx context.Context) error {
	one, err := t.network.server.look(ctx, time.Since(t.began))
	if err != nil {
		return err
	}
	one.Leases = float64(len(t.ledger.Holdings(time.Now())))
	t.mu.Lock()
	defer t.mu.Unlock()
	t.samples = append(t.samples, one)
	return nil
}

// progress tells people who wait how far it is.
func (t *town) progress(context.Context) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.samples) == 0 {
		return nil
	}
	s := t.samples[len(t.samples)-1]
	t.count.mu.Lock()
	defer t.count.mu.Unlock()
	fmt.Fprintf(os.Stderr, "%s: %d exchanges, %.0f leases, %.1f MiB resident, %.1f MiB of heap, %.0f goroutines, %.0f descriptors, %d wrong\n",
		s.At.Round(time.Second), t.tally.Total(), s.Leases, s.Resident/(1<<20), s.Heap/(1<<20), s.Goroutines, s.Descriptors, len(t.count.wrong))
	return nil
}

func (t *town) reload(ctx context.Context) error {
	t.mu.Lock()
	t.reloads++
	turn := t.reloads
	t.mu.Unlock()
	return t.network.server.reload(ctx, turn)
}

// read reads what people and programs read of a server.
func (t *town) read(ctx context.Context) error {
	var all error
	for _, path := range []string{"/v1/status", "/v1/pools", "/v1/leases?limit=100", "/v1/health"} {
		_, err := t.network.server.get(ctx, path)
		all = errors.Join(all, err)
	}
	return all
}

// find looks for every lease that a machine holds in what the server lists. One that
// is missing may just be on its way to another client of the machine: it is lost if
// it is still missing, and still held, some seconds later.
func (t *town) find(ctx context.Context) error {
	t.tellTwice(ctx)
	missing, err := t.missing(ctx)
	if err != nil || len(missing) == 0 {
		return err
	}
	select {
	case <-ctx.Done():
		return nil
	case <-time.After(5 * time.Second):
	}
	still, failed := t.missing(ctx)
	for lease, holding := range still {
		if missing[lease].Client == holding.Client {
			story, err := t.network.server.run(ctx, "explain", lease.Addr().String())
			t.count.complain("%v of %s of %s, valid until %s, is not in the server's list\n%s%v", lease,
				holding.Client.Profile.Name, holding.Client.Machine.MAC, holding.Until.UTC().Format("15:04:05"), story, err)
		}
	}
	return failed
}

// tellTwice tells what was given twice since the last time, with what the server
// remembers of it.
func (t *town) tellTwice(ctx context.Context) {
	_, twice := t.ledger.Twice()
	for _, one := range twice[t.told:] {
		story, err := t.network.server.run(ctx, "explain", one.Prefix.Addr().String())
		t.count.complain("%v\n%s%v", one, story, err)
	}
	t.told = len(twice)
}

// missing gives what machines hold and the server does not list.
func (t *town) missing(ctx context.Context) (map[netip.Prefix]simulate.Holding, error) {
	before := t.ledger.Holdings(time.Now())
	listed, err := t.network.server.leases(ctx)
	if err != nil {
		return nil, err
	}
	held := stillHeld(before, t.ledger.Holdings(time.Now().Add(time.Second)))
	t.looked += len(held)
	return notListed(held, listed), nil
}

// stillHeld gives what the same clients hold before and after.
func stillHeld(before, after []simulate.Holding) (out []simulate.Holding) {
	holders := map[netip.Prefix]*simulate.Client{}
	for _, h := range after {
		holders[h.Prefix] = h.Client
	}
	for _, h := range before {
		if holders[h.Prefix] == h.Client {
			out = append(out, h)
		}
	}
	return out
}

// notListed gives what is held and not listed as kept for the machine. Which of its
// clients has it may have changed.
func notListed(held []simulate.Holding, listed []api.Lease) map[netip.Prefix]simulate.Holding {
	leases, out := map[netip.Prefix][]api.Lease{}, map[netip.Prefix]simulate.Holding{}
	for _, l := range listed {
		leases[l.Prefix] = append(leases[l.Prefix], l)
	}
	for _, h := range held {
		if !slices.ContainsFunc(leases[h.Prefix], func(l api.Lease) bool { return keeps(l, h) }) {
			out[h.Prefix] = h
		}
	}
	return out
}

// keeps says whether a lease keeps what a client holds: it is active, or it rests for as
// long as the client may use it, since a late copy of a Solicit with Rapid Commit found
// the machine at another stage.
func keeps(l api.Lease, h simulate.Holding) bool {
	rests := l.State == "released" && !l.Until.Before(h.Until.Add(-time.Second))
	return l.MAC == h.Client.Machine.MAC && (l.State == "active" || rests)
}

// end looks at everything for the last time, and stops the server.
func (t *town) end(ctx context.Context, took time.Duration) (*report, error) {
	for _, last := range []func(context.Context) error{t.find, t.sample, t.verify} {
		t.finding("", last(ctx))
	}
	metrics, err := t.network.server.metrics(ctx)
	if err != nil {
		return nil, err
	}
	bounded, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	t.finding("the server's end: ", t.network.server.process.Stop(bounded))
	t.finding("what is on the disk: ", t.verify(bounded))
	t.complaints()
	return newReport(t, took, metrics), nil
}

// verify has the leases looked at, by the server or, when it does not run, on the disk.
func (t *town) verify(ctx context.Context) error {
	_, err := t.network.server.run(ctx, "leases", "verify", "--whole")
	return err
}

func (t *town) finding(where string, err error) {
	if err != nil {
		t.count.complain("%s%v", where, err)
	}
}

// complaints gathers what others found.
func (t *town) complaints() {
	for _, line := range t.network.server.errors() {
		t.count.complain("the server's log: %s", line)
	}
	for _, a := range t.network.agents {
		for _, wrong := range a.Violations() {
			t.count.complain("a relay agent: %s", wrong)
		}
	}
	for _, s := range t.ledger.Shortened() {
		t.count.complain("%v", s)
	}
}

// String names a way for people.
func (s *segment) String() string { return fmt.Sprintf("%s (%v)", s.name, s.prefix) }
