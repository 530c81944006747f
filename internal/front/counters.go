package front

import (
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
)

// parkingCounters count how waiting ended, and what did not wait for want of
// room.
type parkingCounters struct{ known, late, blocking, full atomic.Uint64 }

var (
	descParked      = prometheus.NewDesc("stage6_front_parked", "Messages that wait until it is known who the client is, or for a plugin that may block.", nil, nil)
	descParkedTotal = prometheus.NewDesc("stage6_front_parked_total", "Messages that waited, by how that ended; plugin is for those of a plugin that may block.", []string{"end"}, nil)
	descFull        = prometheus.NewDesc("stage6_front_parking_full_total", "Messages that were served without waiting, since too many did.", nil, nil)
)

// Describe is that of prometheus.Collector.
func (f *Front) Describe(ch chan<- *prometheus.Desc) {
	ch <- descParked
	ch <- descParkedTotal
	ch <- descFull
}

// Collect is that of prometheus.Collector.
func (f *Front) Collect(ch chan<- prometheus.Metric) {
	n := &f.parking.counts
	ch <- prometheus.MustNewConstMetric(descParked, prometheus.GaugeValue, float64(f.parking.len()))
	ch <- prometheus.MustNewConstMetric(descParkedTotal, prometheus.CounterValue, float64(n.known.Load()), "known")
	ch <- prometheus.MustNewConstMetric(descParkedTotal, prometheus.CounterValue, float64(n.late.Load()), "late")
	ch <- prometheus.MustNewConstMetric(descParkedTotal, prometheus.CounterValue, float64(n.blocking.Load()), "plugin")
	ch <- prometheus.MustNewConstMetric(descFull, prometheus.CounterValue, float64(n.full.Load()))
}
