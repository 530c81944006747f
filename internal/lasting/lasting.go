// Package lasting keeps the counters of plugins going on when the plugins are made
// anew: each generation of them has a registry of its own, and what the ones before
// counted is added.
package lasting

import (
	"errors"
	"slices"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// Metrics is the metrics of the generation that serves, with what was counted
// before. It is a prometheus.Gatherer, and safe for concurrent use; the zero value
// has none.
type Metrics struct {
	mu     sync.Mutex
	now    prometheus.Gatherer
	before []prometheus.Gatherer // that may count yet
	kept   counts                // of those that are gone
}

// Succeed has the metrics of a generation take the place of those that were.
func (m *Metrics) Succeed(next prometheus.Gatherer) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.now != nil {
		m.before = append(m.before, m.now)
	}
	m.now = next
}

// Forget keeps what a generation has counted which does not count any more. What
// the one that serves does not count is forgotten.
func (m *Metrics) Forget(g prometheus.Gatherer) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.before = slices.DeleteFunc(m.before, func(b prometheus.Gatherer) bool { return b == g })
	last, err := g.Gather()
	now, also := m.now.Gather()
	next := counts{}
	for _, f := range now {
		if counted(f) {
			next[f.GetName()] = m.kept[f.GetName()]
		}
	}
	for _, f := range last {
		if _, goesOn := next[f.GetName()]; goesOn {
			next[f.GetName()] = next[f.GetName()].plus(f)
		}
	}
	m.kept = next
	return errors.Join(err, also)
}

// Gather is that of prometheus.Gatherer.
func (m *Metrics) Gather() ([]*dto.MetricFamily, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.now == nil {
		return nil, nil
	}
	all, err := m.now.Gather()
	errs := []error{err}
	before := counts{}
	for _, g := range m.before {
		families, err := g.Gather()
		errs = append(errs, err)
		for _, f := range families {
			before[f.GetName()] = before[f.GetName()].plus(f)
		}
	}
	for _, f := range all {
		if counted(f) {
			m.kept[f.GetName()].addTo(f)
			before[f.GetName()].addTo(f)
		}
	}
	return all, errors.Join(errs...)
}
