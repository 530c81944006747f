package neighbor

import (
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
)

// counters count look-ups, what was asked, and how often following began anew.
type counters struct{ found, missing, solicited, refused, failed, resyncs atomic.Uint64 }

var (
	descEntries   = prometheus.NewDesc("stage6_neighbor_entries", "Neighbours that are known.", nil, nil)
	descFound     = prometheus.NewDesc("stage6_neighbor_found_total", "Look-ups of neighbours that were known.", nil, nil)
	descMissing   = prometheus.NewDesc("stage6_neighbor_missing_total", "Look-ups of neighbours that were not known.", nil, nil)
	descSolicited = prometheus.NewDesc("stage6_neighbor_solicited_total", "Neighbours that the kernel was made to ask for.", nil, nil)
	descRefused   = prometheus.NewDesc("stage6_neighbor_refused_total", "Neighbours that were not asked for, since too many were on their link.", nil, nil)
	descFailed    = prometheus.NewDesc("stage6_neighbor_failures_total", "Neighbours that the kernel would not ask for.", nil, nil)
	descResyncs   = prometheus.NewDesc("stage6_neighbor_resyncs_total", "Times that the kernel's table was read anew, since changes were lost.", nil, nil)
)

// Describe is that of prometheus.Collector.
func (t *Table) Describe(ch chan<- *prometheus.Desc) {
	ch <- descEntries
	t.each(func(d *prometheus.Desc, _ uint64) { ch <- d })
}

// Collect is that of prometheus.Collector.
func (t *Table) Collect(ch chan<- prometheus.Metric) {
	ch <- prometheus.MustNewConstMetric(descEntries, prometheus.GaugeValue, float64(t.len()))
	t.each(func(d *prometheus.Desc, n uint64) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n))
	})
}

func (c *counters) each(yield func(d *prometheus.Desc, n uint64)) {
	yield(descFound, c.found.Load())
	yield(descMissing, c.missing.Load())
	yield(descSolicited, c.solicited.Load())
	yield(descRefused, c.refused.Load())
	yield(descFailed, c.failed.Load())
	yield(descResyncs, c.resyncs.Load())
}
