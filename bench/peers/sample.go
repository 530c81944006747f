package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// sample is what one run of one server in one scenario gave.
type sample struct {
	best   int           // exchanges a second
	cost   time.Duration // of the processor, for one exchange at the common rate
	delay  time.Duration // the mean of an answer, there
	worst  time.Duration
	memory int // KiB, at most, after the best rate
}

// tolerated is the share of messages that may be lost at the best rate.
const tolerated = 0.005

// sampleOf takes a sample, with a server that has no leases yet.
func sampleOf(ctx context.Context, o options, p peer, s scenario) (sample, error) {
	l, err := newLab(ctx, p)
	if err != nil {
		return sample{}, err
	}
	one, err := l.sample(ctx, o, s)
	return one, errors.Join(err, l.close())
}

func (l *lab) sample(ctx context.Context, o options, s scenario) (one sample, err error) {
	before, err := l.cpu()
	if err != nil {
		return one, err
	}
	f, err := l.load(ctx, o, s, o.rate)
	if err != nil {
		return one, err
	}
	after, err := l.cpu()
	if err != nil {
		return one, err
	}
	if f.received() > 0 {
		one.cost = (after - before) * time.Duration(s.steps) / time.Duration(f.received())
	}
	for _, e := range f {
		one.delay, one.worst = max(one.delay, e.mean), max(one.worst, e.most)
	}
	if one.best, err = l.best(ctx, o, s); err != nil {
		return one, err
	}
	one.memory, err = l.memory()
	return one, err
}

// load has clients ask at a rate.
func (l *lab) load(ctx context.Context, o options, s scenario, rate int) (figures, error) {
	args := append([]string{
		"-r", strconv.Itoa(rate), "-R", "100000", "-p", strconv.Itoa(int(o.time / time.Second)),
		"-s", strconv.Itoa(rate), "-W", "500000", "-g", "single",
	}, s.args...)
	if s.renew > 0 {
		args = append(args, "-f", strconv.Itoa(int(float64(rate)*s.renew)))
	}
	return l.perfdhcp(ctx, args...)
}

// best finds the best rate: doubled until too much is lost, and then halved into,
// down to a twentieth.
func (l *lab) best(ctx context.Context, o options, s scenario) (int, error) {
	good, bad := 0, 0
	for rate := o.rate; bad == 0 || bad-good > bad/20; {
		f, err := l.load(ctx, o, s, rate)
		if err != nil {
			return 0, err
		}
		fmt.Fprintf(os.Stderr, "\t%s: %d/s, %.2f %% lost\n", s.name, rate, 100*f.lost())
		if f.lost() < tolerated && f.reached(rate, o.time) {
			good = rate
		} else {
			bad = rate
		}
		rate = good * 2
		if bad > 0 {
			rate = (good + bad) / 2
		}
		if rate < 50 {
			return good, nil
		}
	}
	return good, nil
}

// reached says whether the clients could ask at the rate at all.
func (f figures) reached(rate int, d time.Duration) bool {
	return float64(f[0].sent) > 0.9*float64(rate)*d.Seconds()
}

// cpu gives the processor time of the server and its threads so far.
func (l *lab) cpu() (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", l.process.PID()))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0, fmt.Errorf("stat of the server: %q", text)
	}
	user, err := strconv.Atoi(fields[11])
	system, err2 := strconv.Atoi(fields[12])
	const tick = 10 * time.Millisecond // USER_HZ, which is 100 on all architectures of today
	return time.Duration(user+system) * tick, errors.Join(err, err2)
}

// memory gives the most that the server had in memory, in KiB.
func (l *lab) memory() (int, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", l.process.PID()))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			return strconv.Atoi(strings.Fields(rest)[0])
		}
	}
	return 0, errors.New("the status of the server has no VmHWM")
}
