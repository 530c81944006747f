package front

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// latency is how long replies took, from when their message was read until the
// kernel had them. To add one takes about 20 ns, no lock and no memory; the clock
// is read once for all that leave together.
type latency struct {
	seconds                *prometheus.HistogramVec
	direct, stored, parked prometheus.Observer
}

func newLatency() latency {
	v := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "stage6_reply_seconds",
		Help:    "How long replies took, from when their message was read: direct ones, those that waited until their leases were stored, and those that were parked before.",
		Buckets: []float64{.000025, .00005, .0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5},
	}, []string{"way"})
	return latency{v, v.WithLabelValues("direct"), v.WithLabelValues("stored"), v.WithLabelValues("parked")}
}

// Latency gives how long replies took, as a metric.
func (f *Front) Latency() prometheus.Collector { return f.latency.seconds }

// left takes note of n replies that left together.
func left(way prometheus.Observer, n int, took time.Duration) {
	for range n {
		way.Observe(took.Seconds())
	}
}
