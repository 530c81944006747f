package sink

import (
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

var (
	descEvents   = prometheus.NewDesc("stage6_sink_events_total", "Events for a sink, by what became of them: delivered, refused by who was to take them, or lost since too many waited.", []string{"sink", "outcome"}, nil)
	descWaiting  = prometheus.NewDesc("stage6_sink_waiting", "Events that wait for a sink.", []string{"sink"}, nil)
	descFailures = prometheus.NewDesc("stage6_sink_failures_total", "Tries to hand events on that failed; they are tried again.", []string{"sink"}, nil)
	descFailing  = prometheus.NewDesc("stage6_sink_failing", "Whether the last try to hand events on failed.", []string{"sink"}, nil)
)

// Describe is that of prometheus.Collector.
func (*Set) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{descEvents, descWaiting, descFailures, descFailing} {
		ch <- d
	}
}

// Collect is that of prometheus.Collector.
func (all *Set) Collect(ch chan<- prometheus.Metric) {
	for _, s := range all.sinks() {
		s.collect(ch)
	}
}

func (s *Sink) collect(ch chan<- prometheus.Metric) {
	name := s.settings().Name
	count := func(d *prometheus.Desc, n uint64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n), append([]string{name}, labels...)...)
	}
	count(descEvents, s.delivered.Load(), "delivered")
	count(descEvents, s.refused.Load(), "refused")
	count(descEvents, s.lost.Load(), "lost")
	count(descFailures, s.failed.Load())
	failing := 0.0
	if s.failing.Load() != nil {
		failing = 1
	}
	ch <- prometheus.MustNewConstMetric(descFailing, prometheus.GaugeValue, failing, name)
	ch <- prometheus.MustNewConstMetric(descWaiting, prometheus.GaugeValue, float64(s.queue.len()), name)
}

// Problems says which sinks take nothing at the moment, and why.
func (all *Set) Problems() (out []string) {
	for _, s := range all.sinks() {
		if o := s.failing.Load(); o != nil {
			out = append(out, fmt.Sprintf("events cannot be handed to %s since %s: %v; %d wait, %d are lost",
				s.settings().Name, o.since.UTC().Format(time.RFC3339), o.cause, s.queue.len(), s.lost.Load()-o.lost))
		}
	}
	return out
}
