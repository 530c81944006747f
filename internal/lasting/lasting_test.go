package lasting_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/stage6/stage6/internal/lasting"
)

// plugin is a generation of a plugin that counts.
type plugin struct {
	*prometheus.Registry
	seen  *prometheus.CounterVec
	took  prometheus.Histogram
	known prometheus.Gauge
}

func newPlugin() *plugin {
	p := &plugin{
		Registry: prometheus.NewRegistry(),
		seen:     prometheus.NewCounterVec(prometheus.CounterOpts{Name: "seen_total", Help: "x"}, []string{"what"}),
		took:     prometheus.NewHistogram(prometheus.HistogramOpts{Name: "took", Help: "x", Buckets: []float64{1}}),
		known:    prometheus.NewGauge(prometheus.GaugeOpts{Name: "known", Help: "x"}),
	}
	p.MustRegister(p.seen, p.took, p.known)
	return p
}

// want is what the metrics are to be, in the order of their names.
func want(t *testing.T, when string, m *lasting.Metrics, text string) {
	t.Helper()
	answer := httptest.NewRecorder()
	promhttp.HandlerFor(m, promhttp.HandlerOpts{}).ServeHTTP(answer, httptest.NewRequest("GET", "/metrics", nil))
	var got []string
	for line := range strings.Lines(answer.Body.String()) {
		if !strings.HasPrefix(line, "#") {
			got = append(got, strings.TrimSpace(line))
		}
	}
	if diff := cmp.Diff(strings.Split(strings.TrimSpace(text), "\n"), got); diff != "" {
		t.Errorf("%s (-want +got)\n%s", when, diff)
	}
}

func TestCountersGoOn(t *testing.T) {
	var m lasting.Metrics
	one := newPlugin()
	m.Succeed(one)
	one.seen.WithLabelValues("a").Add(3)
	one.seen.WithLabelValues("b").Add(1)
	one.took.Observe(0.5)
	one.known.Set(7)
	two := newPlugin()
	m.Succeed(two)
	two.seen.WithLabelValues("a").Add(2)
	two.took.Observe(2)
	two.known.Set(5)
	one.seen.WithLabelValues("b").Add(1) // by an exchange that began before
	const all = `
known 5
seen_total{what="a"} 5
seen_total{what="b"} 2
took_bucket{le="1"} 1
took_bucket{le="+Inf"} 2
took_sum 2.5
took_count 2
`
	want(t, "while the one before may count", &m, all)
	want(t, "and again", &m, all)
	if err := m.Forget(one); err != nil {
		t.Fatal(err)
	}
	want(t, "when it is gone", &m, all)
	three := newPlugin()
	m.Succeed(three)
	three.seen.WithLabelValues("b").Add(1)
	if err := m.Forget(two); err != nil {
		t.Fatal(err)
	}
	want(t, "with a third one", &m, strings.NewReplacer(`"b"} 2`, `"b"} 3`, "known 5", "known 0").Replace(all))
}

func TestWhatNobodyCountsAnyMoreIsForgotten(t *testing.T) {
	var m lasting.Metrics
	one, none, two := newPlugin(), prometheus.NewRegistry(), newPlugin()
	m.Succeed(one)
	one.seen.WithLabelValues("a").Add(3)
	m.Succeed(none)
	if err := m.Forget(one); err != nil {
		t.Fatal(err)
	}
	m.Succeed(two)
	if err := m.Forget(none); err != nil {
		t.Fatal(err)
	}
	two.seen.WithLabelValues("a").Add(1)
	want(t, "after it was away", &m, `
known 0
seen_total{what="a"} 1
took_bucket{le="1"} 0
took_bucket{le="+Inf"} 0
took_sum 0
took_count 0
`)
}
