package server

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/stage6/stage6/pipeline"
)

// sampleEvery is of how many exchanges of a worker one is timed: to read the clock
// at each step of each would take longer than many steps do.
const sampleEvery = 64

// timeBounds are the upper bounds of the times that are told apart, in nanoseconds:
// a plugin is expected to take a microsecond, and given up after 250 ms.
var timeBounds = [...]int64{250, 1_000, 4_000, 16_000, 64_000, 250_000, 1_000_000, 4_000_000, 16_000_000, 64_000_000, 250_000_000}

// timing counts how long calls took. The zero value is ready for use; it is safe for
// concurrent use and takes no lock.
type timing struct {
	within [len(timeBounds) + 1]atomic.Uint64 // the last: longer
	nanos  atomic.Int64                       // all together
}

func (t *timing) observe(d time.Duration) {
	i := 0
	for i < len(timeBounds) && int64(d) > timeBounds[i] {
		i++
	}
	t.within[i].Add(1)
	t.nanos.Add(int64(d))
}

// times is a timing as it was at one moment.
type times struct {
	within  [len(timeBounds) + 1]uint64
	seconds float64
}

// add adds a timing.
func (a *times) add(t *timing) {
	for i := range t.within {
		a.within[i] += t.within[i].Load()
	}
	a.seconds += time.Duration(t.nanos.Load()).Seconds()
}

func (a *times) metric(d *prometheus.Desc, labels ...string) prometheus.Metric {
	all, buckets := uint64(0), make(map[float64]uint64, len(timeBounds))
	for i, n := range a.within {
		all += n
		if i < len(timeBounds) {
			buckets[time.Duration(timeBounds[i]).Seconds()] = all
		}
	}
	return prometheus.MustNewConstHistogram(d, all, a.seconds, buckets, labels...)
}

// isTimed says whether the plugins' time in this exchange is taken.
func (w *Worker) isTimed() bool { return w.turn%sampleEvery == 0 }

// handle calls the handler of a step.
func (w *Worker) handle(ctx context.Context, p *Step) (pipeline.Action, error) {
	if !w.isTimed() {
		return p.Handler.Handle(ctx, &w.x)
	}
	begun := time.Now()
	action, err := p.Handler.Handle(ctx, &w.x)
	p.Faults.times.observe(time.Since(begun))
	return action, err
}

// identifyBy has a source of identity say what it knows.
func (w *Worker) identifyBy(i *identifier) {
	if !w.isTimed() {
		i.Identify(&w.x)
		return
	}
	begun := time.Now()
	i.Identify(&w.x)
	i.step.Faults.times.observe(time.Since(begun))
}
