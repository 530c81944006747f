package daemon

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/stage6/stage6/internal/bindings"
	"github.com/stage6/stage6/internal/front"
)

// storeCollector shows the table and the committer as metrics.
type storeCollector struct {
	table   *bindings.Table
	front   *front.Front
	commits *commits
	descs   map[string]*prometheus.Desc
}

func newStoreCollector(t *bindings.Table, f *front.Front, commits *commits) *storeCollector {
	c := &storeCollector{t, f, commits, map[string]*prometheus.Desc{}}
	for _, d := range []struct {
		name, help string
		labels     []string
	}{
		{"stage6_bindings", "Bindings that are kept.", nil},
		{"stage6_leases", "Addresses and prefixes by what has become of them.", []string{"type", "state"}},
		{"stage6_commit_failures_total", "Commits that failed.", nil},
		{"stage6_commit_refused_total", "Replies that found too many waiting for the lease store.", nil},
		{"stage6_commit_slow", "Whether the disk needs more than a second for a commit, or did within the last ten seconds.", nil},
		{"stage6_commit_running_seconds", "How long the commit that runs has taken so far; 0 if none runs.", nil},
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
	c.commits.seconds.Describe(ch)
	c.commits.changes.Describe(ch)
}

// Collect is that of prometheus.Collector.
func (c *storeCollector) Collect(ch chan<- prometheus.Metric) {
	st := c.front.Stats()
	c.send(ch, "stage6_bindings", prometheus.GaugeValue, float64(c.table.Len()))
	c.send(ch, "stage6_commit_failures_total", prometheus.CounterValue, float64(st.Failures))
	c.send(ch, "stage6_commit_refused_total", prometheus.CounterValue, float64(st.Refused))
	c.pace(ch)
	c.commits.seconds.Collect(ch)
	c.commits.changes.Collect(ch)
	addresses, prefixes := c.table.Leases()
	c.leases(ch, "address", &addresses)
	c.leases(ch, "prefix", &prefixes)
	for _, u := range byName(c.table.Usage()) {
		c.pool(ch, u)
	}
}

// byName adds up what has one name: a pool of several links has a part on each.
func byName(parts []bindings.Usage) (sums map[string]*bindings.Usage) {
	sums = map[string]*bindings.Usage{}
	for i := range parts {
		if sum, ok := sums[parts[i].Name]; ok {
			sum.Add(&parts[i])
		} else {
			sums[parts[i].Name] = &parts[i]
		}
	}
	return sums
}

func (c *storeCollector) send(ch chan<- prometheus.Metric, name string, kind prometheus.ValueType, v float64, labels ...string) {
	ch <- prometheus.MustNewConstMetric(c.descs[name], kind, v, labels...)
}

// pace gives how fast the store is.
func (c *storeCollector) pace(ch chan<- prometheus.Metric) {
	p, slow := c.front.Pace(), 0.0
	if p.Slow > 0 {
		slow = 1
	}
	c.send(ch, "stage6_commit_slow", prometheus.GaugeValue, slow)
	c.send(ch, "stage6_commit_running_seconds", prometheus.GaugeValue, p.Running.Seconds())
}

// inState is how many there are in a state.
type inState struct {
	state string
	n     int
}

// inStates gives how many leases there are in each state.
func inStates(l *bindings.Leases) []inState {
	return []inState{{"active", l.Active}, {"offered", l.Offered}, {"ended", l.Ended}, {"released", l.Released}, {"declined", l.Declined}}
}

func (c *storeCollector) leases(ch chan<- prometheus.Metric, kind string, l *bindings.Leases) {
	for _, s := range inStates(l) {
		c.send(ch, "stage6_leases", prometheus.GaugeValue, float64(s.n), kind, s.state)
	}
}

func (c *storeCollector) pool(ch chan<- prometheus.Metric, u *bindings.Usage) {
	c.send(ch, "stage6_pool_size", prometheus.GaugeValue, u.Size, u.Name)
	for _, s := range []inState{
		{"leased", u.Leased}, {"offered", u.Offered}, {"remembered", u.Remembered}, {"resting", u.Resting},
		{"declined", u.Declined}, {"reserved", u.Reserved},
	} {
		c.send(ch, "stage6_pool_units", prometheus.GaugeValue, float64(s.n), u.Name, s.state)
	}
}

// commits is how commits went.
type commits struct{ seconds, changes prometheus.Histogram }

func newCommits() *commits {
	return &commits{
		prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "stage6_commit_seconds", Help: "How long commits to the lease store took, one sync each, those that failed too.",
			Buckets: []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}),
		prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "stage6_commit_changes", Help: "Changes of bindings in a commit that succeeded.",
			Buckets: []float64{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096},
		}),
	}
}

// done takes note of a commit.
func (c *commits) done(changes int, took time.Duration, err error) {
	c.seconds.Observe(took.Seconds())
	if err == nil {
		c.changes.Observe(float64(changes))
	}
}
