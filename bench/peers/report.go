package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
)

// middle gives the median of what of says of each.
func middle[E any, T cmp.Ordered](all []E, of func(E) T) (m T) {
	values := make([]T, 0, len(all))
	for _, one := range all {
		values = append(values, of(one))
	}
	if len(values) == 0 {
		return m
	}
	slices.Sort(values)
	return values[len(values)/2]
}

// best gives the median of the best rates.
func (c *cell) best() int { return middle(c.samples, func(s sample) int { return s.best }) }

// at gives the medians at a rate, of the runs that have it.
func (c *cell) at(rate int) (m steady, ok bool) {
	var all []steady
	for _, s := range c.samples {
		if one, ok := s.steady[rate]; ok {
			all = append(all, one)
		}
	}
	pick := func(of func(steady) time.Duration) time.Duration { return middle(all, of) }
	return steady{
		cost:       pick(func(s steady) time.Duration { return s.cost }),
		advertise:  pick(func(s steady) time.Duration { return s.advertise }),
		half:       pick(func(s steady) time.Duration { return s.half }),
		ninety:     pick(func(s steady) time.Duration { return s.ninety }),
		ninetyNine: pick(func(s steady) time.Duration { return s.ninetyNine }),
		longest:    pick(func(s steady) time.Duration { return s.longest }),
		memory:     middle(all, func(s steady) int { return s.memory }),
	}, len(all) > 0
}

// write writes the report, to a file or to standard output. It begins with what
// disturbed the measurement.
func write(o options, disturbed string, all []*cell) error {
	text := report(all)
	versions, err := versionsOf(context.Background(), o)
	if err != nil {
		return err
	}
	text = fmt.Sprintf("%s%d runs of each; %v at the fixed rate, %v for each try of the search.\n%s\n%s", disturbed, o.runs, o.steady, o.probe, versions, text)
	if o.report == "" {
		_, err := os.Stdout.WriteString(text)
		return err
	}
	return os.WriteFile(o.report, []byte(text), 0o644)
}

// report gives all tables.
func report(all []*cell) string {
	var leasing, racks []*cell
	for _, c := range all {
		if c.scenario.rack {
			racks = append(racks, c)
		} else {
			leasing = append(leasing, c)
		}
	}
	return bestTable(leasing) + steadyTable(leasing) + rackTable(racks) + goalTable(leasing) + failures(all)
}

// bestTable has the best rates, and who used the processors then.
func bestTable(cells []*cell) string {
	var t table
	t.head("scenario", "server", "best rate, /s", "against Kea", "processors: server", "generator", "idle")
	for _, c := range cells {
		if len(c.samples) > 0 && c.samples[0].unsearched {
			continue
		}
		used := func(of func(shares) float64) string {
			return fmt.Sprintf("%.0f %%", 100*middle(c.samples, func(s sample) float64 { return of(s.shares) }))
		}
		t.row(c.scenario.name, c.server, fmt.Sprint(c.best()), against(c.best(), find(cells, "kea", c.scenario.name)),
			used(func(s shares) float64 { return s.server }), used(func(s shares) float64 { return s.generator }), used(func(s shares) float64 { return s.idle }))
	}
	return t.titled("Best rate")
}

func against(best int, kea *cell) string {
	if kea == nil || kea.best() == 0 {
		return "-"
	}
	return fmt.Sprintf("%.2f", float64(best)/float64(kea.best()))
}

// steadyTable has cost and delays at fixed rates.
func steadyTable(cells []*cell) string {
	var t table
	t.head("scenario", "server", "rate, /s", "processor, µs", "Advertise p50, ms", "Reply p50, ms", "p90", "p99", "max", "memory, MB")
	for _, c := range cells {
		for _, rate := range rates([]*cell{c}) {
			m, _ := c.at(rate)
			t.row(c.scenario.name, c.server, fmt.Sprint(rate), fmt.Sprint(m.cost.Microseconds()), ms(m.advertise),
				ms(m.half), ms(m.ninety), ms(m.ninetyNine), ms(m.longest), fmt.Sprint(m.memory/1024))
		}
	}
	return t.titled("Cost and delay at a fixed rate")
}

func ms(d time.Duration) string {
	if d == 0 {
		return "-"
	}
	return fmt.Sprintf("%.2f", float64(d)/float64(time.Millisecond))
}

// rackTable has what became of the rack.
func rackTable(cells []*cell) string {
	var t table
	t.head("server", "booted", "failed", "given twice", "all done after, s", "processor in sum, ms", "memory, MB", "why some failed")
	for _, c := range cells {
		number := func(of func(rack) int) string {
			return fmt.Sprint(middle(c.samples, func(s sample) int { return of(s.rack) }))
		}
		took := middle(c.samples, func(s sample) time.Duration { return s.rack.Took })
		t.row(c.server, number(func(r rack) int { return r.Booted }), number(func(r rack) int { return r.Failed }), number(func(r rack) int { return r.Twice }), fmt.Sprintf("%.2f", took.Seconds()),
			number(func(r rack) int { return int(r.cost.Milliseconds()) }), number(func(r rack) int { return r.memory / 1024 }), why(c))
	}
	return t.titled("A rack powers on")
}

// why gives the first reason of a failure.
func why(c *cell) string {
	for _, s := range c.samples {
		for _, f := range s.rack.Failures {
			return strings.ReplaceAll(f.Reason, "|", "/")
		}
	}
	return ""
}

// find gives a cell, or nil.
func find(cells []*cell, server, scenario string) *cell {
	for _, c := range cells {
		if c.server == server && c.scenario.name == scenario {
			return c
		}
	}
	return nil
}

// goalTable compares with what is to be reached.
func goalTable(cells []*cell) string {
	var t table
	t.head("scenario", "goal", "wanted", "found", "")
	for _, c := range cells {
		if c.server != "stage6" {
			continue
		}
		if kea := find(cells, "kea", c.scenario.name); kea != nil {
			t.goal(c, "best rate against Kea's", 2, ratio(c.best(), kea.best()), true)
			ours, theirs, rate := together(c, kea)
			t.goal(c, fmt.Sprintf("processor time at %d/s against Kea's", rate), 0.5, ratio(ours.cost, theirs.cost), false)
		}
		if core := find(cells, "coredhcp", c.scenario.name); core != nil {
			t.goal(c, "best rate against CoreDHCP's", 1, ratio(c.best(), core.best()), true)
			ours, theirs, rate := together(c, core)
			t.goal(c, fmt.Sprintf("processor time at %d/s against CoreDHCP's", rate), 1, ratio(ours.cost, theirs.cost), false)
		}
	}
	return t.titled("Goals")
}

// together gives the medians at the highest rate that both kept.
func together(a, b *cell) (steady, steady, int) {
	for _, rate := range rates([]*cell{a}) {
		one, _ := a.at(rate)
		if other, ok := b.at(rate); ok {
			return one, other, rate
		}
	}
	return steady{}, steady{}, 0
}

func ratio[T int | time.Duration](a, b T) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}

// goal adds a goal, of at least or at most what is wanted.
func (t *table) goal(c *cell, what string, wanted, found float64, least bool) {
	word, reached := "at most", found <= wanted
	if least {
		word, reached = "at least", found >= wanted
	}
	said := "reached"
	if found == 0 {
		said = "not measured"
	} else if !reached {
		said = "**not reached**"
	}
	t.row(c.scenario.name, what, fmt.Sprintf("%s %.1f", word, wanted), fmt.Sprintf("%.2f", found), said)
}

// failures tells which measurements could not be made.
func failures(cells []*cell) string {
	var b strings.Builder
	for _, c := range cells {
		if c.failed != nil {
			reason, _, _ := strings.Cut(c.failed.Error(), "\n")
			fmt.Fprintf(&b, "\nThe measurement of %s, %s, failed after %d runs: %s\n", c.server, c.scenario.name, len(c.samples), reason)
		}
	}
	return b.String()
}
