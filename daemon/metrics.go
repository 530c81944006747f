package daemon

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/stage6/stage6/internal/bindings"
	"github.com/stage6/stage6/internal/front"
)

// storeCollector shows the table and the committer as metrics.
type storeCollector struct {
	table *bindings.Table
	front *front.Front
	descs map[string]*prometheus.Desc
}

func newStoreCollector(t *bindings.Table, f *front.Front) *storeCollector {
	c := &storeCollector{t, f, map[string]*prometheus.Desc{}}
	for _, d := range []struct {
		name, help string
		labels     []string
	}{
		{"stage6_bindings", "Bindings that are kept.", nil},
		{"stage6_commits_total", "Commits to the lease store, one sync each.", nil},
		{"stage6_commit_changes_total", "Changes of bindings in commits that succeeded.", nil},
		{"stage6_commit_failures_total", "Commits that failed.", nil},
		{"stage6_commit_refused_total", "Replies that found too many waiting for the lease store.", nil},
		{"stage6_commit_seconds_total", "How long all commits together took.", nil},
		{"stage6_pool_size", "Addresses or prefixes of a pool.", []string{"pool"}},
		{"stage6_pool_units", "Addresses or prefixes of a pool by state.", []string{"pool", "state"}},
	} {
		c.descs[d.name] = prometheus.NewDesc(d.name, d.help, d.labels, nil)
	}
	return c
}

// Describe is that of prometheus.Collector.
func (c *storeCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range c.descs {
		ch <- d
	}
}

// Collect is that of prometheus.Collector.
func (c *storeCollector) Collect(ch chan<- prometheus.Metric) {
	send := func(name string, kind prometheus.ValueType, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(c.descs[name], kind, v, labels...)
	}
	st := c.front.Stats()
	send("stage6_bindings", prometheus.GaugeValue, float64(c.table.Len()))
	send("stage6_commits_total", prometheus.CounterValue, float64(st.Commits))
	send("stage6_commit_changes_total", prometheus.CounterValue, float64(st.Changes))
	send("stage6_commit_failures_total", prometheus.CounterValue, float64(st.Failures))
	send("stage6_commit_refused_total", prometheus.CounterValue, float64(st.Refused))
	send("stage6_commit_seconds_total", prometheus.CounterValue, st.Latency.Seconds())
	for _, u := range c.table.Usage() {
		send("stage6_pool_size", prometheus.GaugeValue, u.Size, u.Name)
		for _, n := range []struct {
			state string
			units int
		}{{"leased", u.Leased}, {"offered", u.Offered}, {"remembered", u.Remembered}, {"resting", u.Resting}, {"reserved", u.Reserved}} {
			send("stage6_pool_units", prometheus.GaugeValue, float64(n.units), u.Name, n.state)
		}
	}
}
