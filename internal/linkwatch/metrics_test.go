package linkwatch

import (
	"fmt"
	"slices"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// wantMetric wants a metric with a value, as NAME{LABEL,LABEL} VALUE.
func (l *lab) wantMetric(want string) {
	l.t.Helper()
	registry := prometheus.NewRegistry()
	registry.MustRegister(l.watch)
	families, err := registry.Gather()
	if err != nil {
		l.t.Fatal(err)
	}
	var lines []string
	for _, f := range families {
		for _, m := range f.Metric {
			lines = append(lines, line(f.GetName(), m))
		}
	}
	if !slices.Contains(lines, want) {
		l.t.Errorf("metrics are\n%s\nwant %s", strings.Join(lines, "\n"), want)
	}
}

func line(name string, m *dto.Metric) string {
	var labels []string
	for _, p := range m.Label {
		labels = append(labels, p.GetValue())
	}
	return fmt.Sprintf("%s{%s} %v", name, strings.Join(labels, ","), m.GetCounter().GetValue()+m.GetGauge().GetValue())
}
