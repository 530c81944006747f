package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/internal/netlab/tap"
)

// sample is what one run of one server in one scenario gave.
type sample struct {
	steady map[int]steady // by the rate
	best   int            // exchanges a second
	shares shares         // of the processors, at the best rate
	rack   rack

	unsearched bool // the best rate was not asked for
}

// steady is what was measured at a rate that the server keeps.
type steady struct {
	cost      time.Duration // of the processor, for one exchange
	waits     float64       // of threads, for one exchange: each takes a switch to another thread and back
	advertise time.Duration // the median; 0: there is none
	half      time.Duration // of the last Replies; this and the next ones: within which so many came
	ninety    time.Duration
	ninetyNine,
	longest time.Duration
	memory int // KiB, at most so far
}

// ladder gives the rates at which servers are measured that do not keep the first.
func (o options) ladder() (rates []int) {
	for rate := o.rate; rate > 0 && len(rates) < 6; rate /= 3 {
		rates = append(rates, rate)
	}
	return rates
}

// take takes a sample, with a server that has no leases yet. What is known of the
// server from the runs before says where to begin. also are rates that others were
// measured at.
func take(ctx context.Context, o options, p peer, s scenario, before []sample, also []int) (sample, error) {
	l, err := newLab(ctx, p, s.hosts(o, p.name))
	if err != nil {
		return sample{}, err
	}
	var one sample
	if s.rack {
		one.rack, err = l.rack(ctx, o)
	} else {
		one, err = l.sample(ctx, o, s, before, also)
	}
	return one, errors.Join(err, l.close())
}

func (l *lab) sample(ctx context.Context, o options, s scenario, before []sample, also []int) (one sample, err error) {
	one.steady = map[int]steady{}
	highest, err := l.climb(ctx, o, s, before, one.steady)
	if err != nil {
		return one, err
	}
	for _, rate := range also {
		if _, done := one.steady[rate]; done || rate > highest {
			continue
		}
		if one.steady[rate], _, err = l.steady(ctx, o, s, rate); err != nil {
			return one, err
		}
	}
	if one.unsearched = !o.search; one.unsearched {
		return one, nil
	}
	return one, l.best(ctx, o, s, before, highest, &one)
}

// tries is how often a rate is tried, or a run begun, before it counts that it failed.
const tries = 2

// climb goes down the ladder to the highest rate that the server keeps.
func (l *lab) climb(ctx context.Context, o options, s scenario, before []sample, into map[int]steady) (int, error) {
	for _, rate := range o.ladder() {
		if len(before) > 0 && rate > highest(before[0].steady) {
			continue
		}
		for range tries {
			got, kept, err := l.steady(ctx, o, s, rate)
			if err != nil {
				return 0, err
			}
			if kept {
				into[rate] = got
				return rate, nil
			}
			if err := l.drain(ctx); err != nil {
				return 0, err
			}
		}
	}
	return 0, nil
}

// steady measures at a rate. It is false when the server does not keep it.
func (l *lab) steady(ctx context.Context, o options, s scenario, rate int) (steady, bool, error) {
	t, err := tap.Open(l.server, "srv0")
	if err != nil {
		return steady{}, false, err
	}
	profiled := l.profiled(ctx, o, s, rate)
	before, err := l.use()
	f, err2 := l.load(ctx, s, rate, o.steady)
	after, err3 := l.use()
	frames, err4 := t.Close()
	if err := errors.Join(err, err2, err3, profiled()); err != nil {
		return steady{}, false, err
	}
	if !f.kept(rate, o.steady) {
		fmt.Fprintf(os.Stderr, "\tdoes not keep %d/s: %.1f %% lost\n", rate, 100*f.lost())
		return steady{}, false, nil
	}
	v, err := judge(frames, s)
	if err := errors.Join(err, err4, v.check(s, f.begun())); err != nil {
		return steady{}, false, err
	}
	got := v.steady(s)
	got.cost = (after.time - before.time) / time.Duration(f.begun())
	got.waits = float64(after.waits-before.waits) / float64(f.begun())
	got.memory, err = l.memory()
	return got, true, err
}

// profiled has stage6 profiled where that was asked for.
func (l *lab) profiled(ctx context.Context, o options, s scenario, rate int) func() error {
	if o.profiles == "" || l.name != "stage6" {
		return func() error { return nil }
	}
	return l.profile(ctx, filepath.Join(o.profiles, fmt.Sprintf("%s-%d.pprof", s.name, rate)), o.steady)
}

// steady gives the delays of a record.
func (v seen) steady(s scenario) steady {
	last := v.delays[s.last]
	one := steady{half: at(last, 0.5), ninety: at(last, 0.9), ninetyNine: at(last, 0.99), longest: at(last, 1)}
	if s.last != dhcpv6.MessageTypeSolicit {
		one.advertise = at(v.delays[dhcpv6.MessageTypeSolicit], 0.5)
	}
	return one
}

// best searches the best rate, from what is known.
func (l *lab) best(ctx context.Context, o options, s scenario, before []sample, kept int, one *sample) (err error) {
	const least = 10
	try := func(rate int) (bool, error) {
		used, ok, err := l.try(ctx, o, s, rate)
		if ok {
			one.shares = used
		}
		return ok, err
	}
	if len(before) > 0 && before[len(before)-1].best > 0 {
		one.best, err = around(before[len(before)-1].best, least, try)
		return err
	}
	one.best, err = search(max(kept, least)*2, least, try)
	return err
}

// try says whether the server keeps a rate, and what it took.
func (l *lab) try(ctx context.Context, o options, s scenario, rate int) (shares, bool, error) {
	idleBefore, err := idle()
	before, err2 := l.cpu()
	begin := time.Now()
	f, err3 := l.load(ctx, s, rate, o.probe)
	took := time.Since(begin)
	after, err4 := l.cpu()
	idleAfter, err5 := idle()
	if err := errors.Join(err, err2, err3, err4, err5); err != nil {
		return shares{}, false, err
	}
	ok := f.kept(rate, o.probe)
	fmt.Fprintf(os.Stderr, "\t%d/s: %d begun, %.2f %% lost\n", rate, f.begun(), 100*f.lost())
	return shareOf(took, after-before, f.used, idleAfter-idleBefore), ok, l.drain(ctx)
}

// drain waits until the server has read what waits in its sockets.
func (l *lab) drain(ctx context.Context) error {
	const enough = 3 * time.Minute // for what answers a hundred a second
	for end := time.Now().Add(enough); time.Now().Before(end); {
		octets, err := l.waiting()
		if octets == 0 || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(20 * time.Millisecond):
		}
	}
	return errors.New("the server does not read its sockets")
}
