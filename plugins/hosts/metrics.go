package hosts

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics is what the plugin counts.
type metrics struct {
	held       prometheus.Counter
	known      prometheus.Gauge
	successful prometheus.Gauge
	errors     prometheus.Gauge
}

func newMetrics(r prometheus.Registerer) (m metrics, err error) {
	var errs [4]error
	m.held, errs[0] = register(r, prometheus.NewCounter(prometheus.CounterOpts{
		Name: "stage6_hosts_held_total",
		Help: "Times that a host was not given what is reserved for it, since another client held it.",
	}))
	m.known, errs[1] = register(r, prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "stage6_hosts_known",
		Help: "Hosts of the configuration and its files.",
	}))
	m.successful, errs[2] = register(r, prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "stage6_hosts_load_successful",
		Help: "Whether the files were right when they were read the last time; if not, what was read before them stays.",
	}))
	m.errors, errs[3] = register(r, prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "stage6_hosts_load_errors",
		Help: "Errors in the files when they were read the last time.",
	}))
	return m, errors.Join(errs[:]...)
}

// register makes a metric known. A second server on the same registry, such as
// after a reload, goes on with the first's.
func register[C prometheus.Collector](r prometheus.Registerer, c C) (C, error) {
	err := r.Register(c)
	if there := (prometheus.AlreadyRegisteredError{}); errors.As(err, &there) {
		return there.ExistingCollector.(C), nil
	}
	return c, err
}

// loaded takes note of a load: how many hosts are known after it, and its
// error.
func (m metrics) loaded(hosts int, err error) {
	m.known.Set(float64(hosts))
	if err == nil {
		m.successful.Set(1)
		m.errors.Set(0)
		return
	}
	n, _ := firstOf(err)
	m.successful.Set(0)
	m.errors.Set(float64(n))
}
