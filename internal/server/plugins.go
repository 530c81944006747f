package server

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

var (
	descFailures = prometheus.NewDesc("stage6_plugin_failures_total", "What plugins did wrong, by plugin and what.", []string{"plugin", "what"}, nil)
	descCalls    = prometheus.NewDesc("stage6_plugin_calls", "Calls of a plugin that may block which have not returned.", []string{"plugin"}, nil)
	descBroken   = prometheus.NewDesc("stage6_plugin_broken", "1 while a plugin that may block is not called, since too many calls have not returned.", []string{"plugin"}, nil)
	descTimes    = prometheus.NewDesc("stage6_plugin_seconds", "How long calls of a plugin took: in one exchange of 64 of each socket, and all calls of those that may block.", []string{"plugin"}, nil)
	descUnlogged = prometheus.NewDesc("stage6_plugin_log_suppressed_total", "Lines that a plugin wanted in the log and that were too many.", []string{"plugin"}, nil)
)

// Plugins collects what is known of how the plugins do.
func (s *Server) Plugins() prometheus.Collector { return pluginCollector{s} }

type pluginCollector struct{ server *Server }

// health is how the uses of a plugin that have one name do.
type health struct {
	failures [numFaults]uint64
	blocks   bool
	calls    int64
	broken   bool
	unlogged uint64
	times    times
}

// Describe is that of prometheus.Collector.
func (pluginCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{descFailures, descCalls, descBroken, descUnlogged, descTimes} {
		ch <- d
	}
}

// Collect is that of prometheus.Collector.
func (c pluginCollector) Collect(ch chan<- prometheus.Metric) {
	all := map[string]*health{}
	for _, p := range c.server.gen.Load().all {
		if all[p.Name] == nil {
			all[p.Name] = &health{}
		}
		all[p.Name].add(p)
	}
	for name, h := range all {
		h.send(ch, name)
	}
}

func (h *health) add(p *Step) {
	for f := range h.failures {
		h.failures[f] += p.Faults.of[f].count.Load()
	}
	h.times.add(&p.Faults.times)
	if p.calls.block.Load() {
		h.blocks = true
		h.calls += p.calls.running.Load()
		h.broken = h.broken || p.calls.isBroken(time.Now())
	}
	if p.Unlogged != nil {
		h.unlogged += p.Unlogged()
	}
}

func (h *health) send(ch chan<- prometheus.Metric, name string) {
	for f, n := range h.failures {
		ch <- prometheus.MustNewConstMetric(descFailures, prometheus.CounterValue, float64(n), name, fault(f).name())
	}
	ch <- prometheus.MustNewConstMetric(descUnlogged, prometheus.CounterValue, float64(h.unlogged), name)
	ch <- h.times.metric(descTimes, name)
	broken := 0.0
	if h.broken {
		broken = 1
	}
	ch <- prometheus.MustNewConstMetric(descCalls, prometheus.GaugeValue, float64(h.calls), name)
	ch <- prometheus.MustNewConstMetric(descBroken, prometheus.GaugeValue, broken, name)
}
