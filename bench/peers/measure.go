package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"time"
)

// cell is what a server did in a scenario.
type cell struct {
	server   string
	scenario scenario
	samples  []sample
	failed   error // of a run, after which there were no more
}

// measure measures all servers in all scenarios. The runs of a scenario go round, so
// that what changes on the machine meanwhile meets all of them.
func measure(ctx context.Context, o options) ([]*cell, error) {
	p := newProgress(o)
	var all []*cell
	for _, s := range o.scenarios {
		cells := o.cells(s)
		for run := range o.runs {
			for _, c := range cells {
				p.begin(c, run)
				c.run(ctx, o, cells)
				p.end(c)
				if ctx.Err() != nil {
					return nil, context.Cause(ctx)
				}
			}
		}
		all = append(all, cells...)
	}
	return all, nil
}

// cells gives those of a scenario, stage6 last, which is measured at the rates of
// all others, too.
func (o options) cells(s scenario) (cells []*cell) {
	for _, name := range peerNames {
		if slices.Contains(o.servers, name) && s.can(name) && name != "stage6" {
			cells = append(cells, &cell{server: name, scenario: s})
		}
	}
	if slices.Contains(o.servers, "stage6") {
		cells = append(cells, &cell{server: "stage6", scenario: s})
	}
	return cells
}

// run takes one sample, unless a run before failed.
func (c *cell) run(ctx context.Context, o options, others []*cell) {
	if c.failed != nil {
		return
	}
	p, err := lookPeer(o, c.server, c.scenario)
	if err != nil {
		c.failed = err
		return
	}
	var also []int
	if c.server == "stage6" {
		also = append(rates(others), o.also...)
	}
	for range tries {
		one, err := take(ctx, o, p, c.scenario, c.samples, also)
		if c.failed = err; err == nil {
			c.samples = append(c.samples, one)
			return
		}
		fmt.Fprintf(os.Stderr, "\t%v\n", err)
	}
}

// rates gives the rates that servers were measured at, the highest first.
func rates(cells []*cell) (all []int) {
	for _, c := range cells {
		for _, one := range c.samples {
			for rate := range one.steady {
				all = append(all, rate)
			}
		}
	}
	slices.Sort(all)
	all = slices.Compact(all)
	slices.Reverse(all)
	return all
}

// highest gives the highest rate of a run, or 0.
func highest(s map[int]steady) (most int) {
	for rate := range s {
		most = max(most, rate)
	}
	return most
}

// progress tells how far the measurement is, and how long it will take.
type progress struct {
	total, done int
	start       time.Time
}

func newProgress(o options) *progress {
	p := &progress{start: time.Now()}
	var sum time.Duration
	for _, s := range o.scenarios {
		cells := len(o.cells(s))
		p.total += cells * o.runs
		sum += time.Duration(cells) * o.expected(s)
	}
	fmt.Fprintf(os.Stderr, "%d measurements; this will take about %v\n", p.total, sum.Round(10*time.Second))
	return p
}

// expected is about how long the runs of one server in a scenario take: eight tries
// for the first, three for each of the others, which begin where the first ended.
func (o options) expected(s scenario) time.Duration {
	const around = 700 * time.Millisecond // to start a server, and to wait for the last answers
	if s.rack {
		return time.Duration(o.runs) * 4 * time.Second
	}
	tries := time.Duration(8 + 3*(o.runs-1))
	return tries*(o.probe+around) + time.Duration(o.runs)*(o.steady+3*around)
}

func (p *progress) begin(c *cell, run int) {
	left := "?"
	if p.done > 0 {
		left = (time.Since(p.start) * time.Duration(p.total-p.done) / time.Duration(p.done)).Round(time.Second).String()
	}
	fmt.Fprintf(os.Stderr, "%d of %d, about %s left: %s, %s, run %d\n", p.done+1, p.total, left, c.scenario.name, c.server, run+1)
}

func (p *progress) end(c *cell) {
	p.done++
	if c.failed != nil {
		fmt.Fprintf(os.Stderr, "\tfailed: %v\n", c.failed)
		return
	}
	one := c.samples[len(c.samples)-1]
	if c.scenario.rack {
		fmt.Fprintf(os.Stderr, "\t%d booted in %v, %d failed\n", one.rack.Booted, one.rack.Took.Round(time.Millisecond), one.rack.Failed)
		return
	}
	fmt.Fprintf(os.Stderr, "\tbest %d/s\n", one.best)
	for _, rate := range slices.Sorted(maps.Keys(one.steady)) {
		at := one.steady[rate]
		fmt.Fprintf(os.Stderr, "\tat %d/s %v of processor and %.1f waits for one, Reply after %v\n", rate, at.cost, at.waits, at.half)
	}
}
