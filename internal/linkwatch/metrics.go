package linkwatch

import (
	"github.com/prometheus/client_golang/prometheus"
)

// counters count what comes.
type counters struct {
	advertisements, malformed, ignored, servers *prometheus.CounterVec
}

func newCounters() *counters {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	return &counters{
		counter("stage6_linkwatch_advertisements_total", "Router advertisements that were seen, by link, those of the plugin ra included.", "link"),
		counter("stage6_linkwatch_malformed_total", "Router advertisements that RFC 4861 section 6.1.2 has hosts drop, by link and reason.", "link", "reason"),
		counter("stage6_linkwatch_ignored_total", "Router advertisements that were not looked at, since too many come or too many routers send them, by link and reason.", "link", "reason"),
		counter("stage6_linkwatch_other_servers_total", "Messages that name another DHCPv6 server, by whether it is a known one.", "known"),
	}
}

// Gauges.
var (
	descRouters = prometheus.NewDesc("stage6_linkwatch_routers", "Routers whose advertisements are valid, by link.", []string{"link"}, nil)
	descProblem = prometheus.NewDesc("stage6_linkwatch_problem", "1 for what is wrong with the router advertisements of a link.", []string{"link", "problem"}, nil)
	descServers = prometheus.NewDesc("stage6_linkwatch_servers", "Other DHCPv6 servers that were noticed and are not known ones.", nil, nil)
)

// Describe is that of prometheus.Collector.
func (w *Watch) Describe(ch chan<- *prometheus.Desc) {
	for _, c := range w.counters.all() {
		c.Describe(ch)
	}
	ch <- descRouters
	ch <- descProblem
	ch <- descServers
}

// Collect is that of prometheus.Collector.
func (w *Watch) Collect(ch chan<- prometheus.Metric) {
	for _, c := range w.counters.all() {
		c.Collect(ch)
	}
	gauge := func(d *prometheus.Desc, n int, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(n), labels...)
	}
	report := w.Report()
	for _, l := range report.Links {
		gauge(descRouters, l.live, l.Name)
		for _, p := range l.Problems {
			gauge(descProblem, 1, l.Name, p.Name)
		}
	}
	strangers := 0
	for _, s := range report.Servers {
		if !s.Known {
			strangers++
		}
	}
	gauge(descServers, strangers)
}

func (c *counters) all() []*prometheus.CounterVec {
	return []*prometheus.CounterVec{c.advertisements, c.malformed, c.ignored, c.servers}
}
