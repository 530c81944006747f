package events

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/stage6/stage6/event"
)

// collector gives the counts of a log as metrics.
type collector struct {
	log               *Log
	events, notListed *prometheus.Desc
}

// Collector gives the counts as metrics.
func (l *Log) Collector() prometheus.Collector {
	return &collector{
		l,
		prometheus.NewDesc("stage6_events_total", "Events that were told, by kind.", []string{"kind"}, nil),
		prometheus.NewDesc("stage6_events_suppressed_total", "Events that were only counted, by kind and why: the same had been told shortly before (repeated), or too many of the kind (flood).", []string{"kind", "why"}, nil),
	}
}

// Describe is that of prometheus.Collector.
func (c *collector) Describe(ch chan<- *prometheus.Desc) {
	ch <- c.events
	ch <- c.notListed
}

// Collect is that of prometheus.Collector.
func (c *collector) Collect(ch chan<- prometheus.Metric) {
	counts := c.log.Counts()
	count := func(d *prometheus.Desc, n uint64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n), labels...)
	}
	for k := event.Kind(1); int(k) < event.Kinds; k++ {
		n := &counts[k]
		count(c.events, n.Published, k.String())
		count(c.notListed, n.Merged, k.String(), "repeated")
		count(c.notListed, n.Suppressed, k.String(), "flood")
	}
}
