package route

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics is what the plugin counts.
type metrics struct {
	routes   prometheus.Gauge
	changes  *prometheus.CounterVec
	failures prometheus.Counter
}

func newMetrics(r prometheus.Registerer) (metrics, error) {
	m := metrics{
		routes: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "stage6_route_routes",
			Help: "Routes to delegated prefixes that are there.",
		}),
		changes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "stage6_route_changes_total",
			Help: "Routes that were added or removed.",
		}, []string{"change"}),
		failures: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "stage6_route_failures_total",
			Help: "Changes of routes that the kernel, or the command, refused; they are tried again.",
		}),
	}
	return m, errors.Join(r.Register(m.routes), r.Register(m.changes), r.Register(m.failures))
}
