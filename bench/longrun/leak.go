package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// sample is what the server's process took at a time.
type sample struct {
	At          time.Duration `json:"at_ns"` // since the beginning
	Resident    float64       `json:"resident_octets"`
	Heap        float64       `json:"heap_octets"` // in use, when all garbage is collected
	Goroutines  float64       `json:"goroutines"`
	Descriptors float64       `json:"descriptors"`
	CPU         float64       `json:"cpu_seconds"` // user and system, since it started
	Leases      float64       `json:"leases"`      // that machines hold
	Bindings    float64       `json:"bindings"`    // that the server keeps, also of clients that are gone
}

// look takes a sample.
func (s *server) look(ctx context.Context, at time.Duration) (sample, error) {
	if _, err := s.get(ctx, "/debug/pprof/heap?gc=1"); err != nil {
		return sample{}, err
	}
	m, err := s.metrics(ctx)
	if err != nil {
		return sample{}, err
	}
	one := sample{At: at, Heap: m["go_memstats_heap_alloc_bytes"], Goroutines: m["go_goroutines"], CPU: m["process_cpu_seconds_total"], Bindings: m["stage6_bindings"]}
	if one.Resident, err = resident(s.process.PID()); err != nil {
		return one, err
	}
	open, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", s.process.PID()))
	one.Descriptors = float64(len(open))
	return one, err
}

// resident gives what a process has in memory, in octets.
func resident(pid int) (float64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(text))
	if len(fields) < 2 {
		return 0, fmt.Errorf("statm of the server: %q", text)
	}
	pages, err := strconv.Atoi(fields[1])
	return float64(pages * os.Getpagesize()), err
}

// growth is how something that the process takes went over the run.
type growth struct {
	Name     string  `json:"name"`
	Unit     string  `json:"unit"`
	First    float64 `json:"first_half"` // the median of the first half of the samples
	Third    float64 `json:"third_quarter"`
	Last     float64 `json:"last_quarter"`
	Step     float64 `json:"largest_step"`   // of the second half, from one minute to the next
	PerHour  float64 `json:"slope_per_hour"` // of the line that fits the second half best
	Most     float64 `json:"most"`           // of all samples
	Tolerate float64 `json:"tolerated"`      // so much more in the last quarter than in the one before, and that step, is no leak
	Leak     bool    `json:"leak"`
}

// judged is how long a run must be for a leak to be told from a start.
const judged = 45 * time.Minute

// notJudged stands for what may grow.
const notJudged = -1

// growths judges samples. What still grows between the third and the last quarter of a
// run, by more than a twentieth and more than its like moves by itself, leaks. The first
// half is not judged: histories reach their sizes in it. Nor is what comes in one step,
// since a leak goes on: the store has two buffers of 8 MiB in turn, of which the second
// comes when the first is full, which with a few machines takes most of an hour. They
// are in the heap from their beginning, but in memory only as far as they have been
// written to. Bindings may grow: they are kept for clients that come back, up to a bound
// that these machines do not reach.
func growths(samples []sample) []growth {
	of := func(name, unit string, scale, least float64, value func(sample) float64) growth {
		var all []float64
		for _, s := range samples {
			all = append(all, value(s)/scale)
		}
		half, last := len(all)/2, len(all)-len(all)/4
		g := growth{
			Name: name, Unit: unit, First: median(all[:half]), Third: median(all[half:last]), Last: median(all[last:]),
			PerHour: slope(samples[len(samples)/2:], value) / scale, Most: slices.Max(append(all, 0)),
		}
		g.Step = largestStep(all[half:])
		g.Tolerate = max(least, g.Third/20)
		g.Leak = least != notJudged && samples[len(samples)-1].At >= judged && g.Last-g.Third-g.Step > g.Tolerate
		return g
	}
	return []growth{
		of("resident memory", "MiB", 1<<20, 16, func(s sample) float64 { return s.Resident }),
		of("heap in use", "MiB", 1<<20, 1, func(s sample) float64 { return s.Heap }),
		of("goroutines", "", 1, 8, func(s sample) float64 { return s.Goroutines }),
		of("descriptors", "", 1, 4, func(s sample) float64 { return s.Descriptors }),
		of("bindings that are kept", "", 1, notJudged, func(s sample) float64 { return s.Bindings }),
	}
}

// largestStep gives by how much values grow most from six, a minute of samples, to the
// six that follow, by their medians.
func largestStep(all []float64) (most float64) {
	const minute = 6
	for i := minute; i+minute <= len(all); i++ {
		most = max(most, median(all[i:i+minute])-median(all[i-minute:i]))
	}
	return most
}

func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

// slope gives how much a value grows in an hour, by least squares.
func slope(samples []sample, value func(sample) float64) float64 {
	var n, x, y, xx, xy float64
	for _, s := range samples {
		at := s.At.Hours()
		n, x, y, xx, xy = n+1, x+at, y+value(s), xx+at*at, xy+at*value(s)
	}
	if d := n*xx - x*x; d > 0 {
		return (n*xy - x*y) / d
	}
	return 0
}
