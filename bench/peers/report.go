package main

import (
	"cmp"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"
)

// row is what a server did in a scenario: medians of the runs.
type row struct {
	server, scenario string
	sample
}

// median gives the medians of samples.
func median(server, scenario string, samples []sample) row {
	return row{server, scenario, sample{
		best:   middle(samples, func(s sample) int { return s.best }),
		cost:   middle(samples, func(s sample) time.Duration { return s.cost }),
		delay:  middle(samples, func(s sample) time.Duration { return s.delay }),
		worst:  middle(samples, func(s sample) time.Duration { return s.worst }),
		memory: middle(samples, func(s sample) int { return s.memory }),
	}}
}

func middle[T cmp.Ordered](samples []sample, of func(sample) T) T {
	values := make([]T, 0, len(samples))
	for _, s := range samples {
		values = append(values, of(s))
	}
	slices.Sort(values)
	return values[len(values)/2]
}

// String gives the row of a table.
func (r row) String() string {
	return fmt.Sprintf("| %s | %s | %d | %.0f | %.2f | %.1f | %d |", r.scenario, r.server, r.best,
		float64(r.cost)/float64(time.Microsecond), float64(r.delay)/float64(time.Millisecond), float64(r.worst)/float64(time.Millisecond), r.memory/1024)
}

// write writes the report.
func write(o options, rows []row) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %d processors, %d runs of %v each; cost and delay at %d exchanges a second.\n\n",
		time.Now().Format(time.DateOnly), runtime.NumCPU(), o.runs, o.time, o.rate)
	b.WriteString("| scenario | server | best rate, exchanges/s | processor time, µs/exchange | mean delay, ms | longest delay, ms | memory at most, MB |\n")
	b.WriteString("| --- | --- | ---: | ---: | ---: | ---: | ---: |\n")
	for _, r := range rows {
		fmt.Fprintln(&b, r)
	}
	if o.report == "" {
		_, err := os.Stdout.WriteString(b.String())
		return err
	}
	return os.WriteFile(o.report, []byte(b.String()), 0o644)
}
