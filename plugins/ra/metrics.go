package ra

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics is what the plugin counts, by link.
type metrics struct{ sent, failures, solicited *prometheus.CounterVec }

func newMetrics(r prometheus.Registerer) (*metrics, error) {
	counter := func(name, help string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, []string{"link"})
	}
	m := &metrics{
		counter("stage6_ra_sent_total", "Router advertisements that were sent, by link."),
		counter("stage6_ra_failures_total", "Router advertisements that could not be sent, by link; they are tried again."),
		counter("stage6_ra_solicited_total", "Router solicitations of hosts, by link."),
	}
	return m, errors.Join(r.Register(m.sent), r.Register(m.failures), r.Register(m.solicited))
}
