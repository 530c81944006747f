package archtest

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"go.yaml.in/yaml/v3"

	"github.com/stage6/stage6/event"
)

// metric is a metric as the manual has it.
type metric struct {
	kind   string
	labels []string
}

// fromElsewhere are metrics that are not ours, and those that every Prometheus has.
var fromElsewhere = []string{"process_cpu_seconds_total", "process_resident_memory_bytes", "go_goroutines"}

// manualMetrics reads the manual's table of metrics.
func manualMetrics(t *testing.T) map[string]metric {
	t.Helper()
	text, err := os.ReadFile(manual)
	if err != nil {
		t.Fatal(err)
	}
	row := regexp.MustCompile("(?m)^\\| `(stage6_[a-z0-9_]+)(?:{([a-z,]+)})?` \\| (counter|gauge|histogram) \\|")
	found := map[string]metric{}
	for _, m := range row.FindAllStringSubmatch(string(text), -1) {
		found[m[1]] = metric{m[3], strings.FieldsFunc(m[2], func(r rune) bool { return r == ',' })}
	}
	if len(found) < 40 {
		t.Fatalf("found %d metrics in the manual; has its form changed?", len(found))
	}
	return found
}

// TestTheDashboardShowsMetricsThatExist parses every expression of the dashboard.
func TestTheDashboardShowsMetricsThatExist(t *testing.T) {
	text, err := os.ReadFile("../../docs/grafana-dashboard.json")
	if err != nil {
		t.Fatal(err)
	}
	var dashboard struct {
		Panels []struct {
			ID      int
			Title   string
			Targets []struct{ Expr, LegendFormat string }
		}
	}
	if err := json.Unmarshal(text, &dashboard); err != nil {
		t.Fatal(err)
	}
	known, ids, shown := manualMetrics(t), map[int]bool{}, 0
	for _, p := range dashboard.Panels {
		if ids[p.ID] {
			t.Errorf("panel %q has the number of another one", p.Title)
		}
		ids[p.ID] = true
		for _, target := range p.Targets {
			// What Grafana puts in.
			expr := strings.ReplaceAll(target.Expr, "$__rate_interval", "5m")
			for _, problem := range checkExpr(known, expr, templated(target.LegendFormat, `{{([a-z_]+)}}`)) {
				t.Errorf("panel %q: %s: %s", p.Title, target.Expr, problem)
			}
			shown++
		}
	}
	if shown < 30 {
		t.Errorf("found %d expressions; has the form of the dashboard changed?", shown)
	}
}

// TestAlertsAreAboutMetricsThatExist parses every rule of docs/alerts.yml.
func TestAlertsAreAboutMetricsThatExist(t *testing.T) {
	text, err := os.ReadFile("../../docs/alerts.yml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Groups []struct {
			Name  string
			Rules []struct {
				Alert, Expr, For    string
				Labels, Annotations map[string]string
			}
		}
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	known, found := manualMetrics(t), 0
	for _, g := range file.Groups {
		for _, r := range g.Rules {
			found++
			said := fmt.Sprint(r.Annotations)
			for _, problem := range checkExpr(known, r.Expr, templated(said, `\$labels\.([a-z_]+)`)) {
				t.Errorf("%s: %s", r.Alert, problem)
			}
			if r.Annotations["summary"] == "" || !slices.Contains([]string{"page", "ticket"}, r.Labels["severity"]) {
				t.Errorf("%s: want a summary and a severity, which is page or ticket", r.Alert)
			}
		}
	}
	if found < 10 {
		t.Errorf("found %d rules; has the form of the file changed?", found)
	}
}

// templated gives the labels that a text asks for.
func templated(text, form string) (names []string) {
	for _, m := range regexp.MustCompile(form).FindAllStringSubmatch(text, -1) {
		names = append(names, m[1])
	}
	return names
}

// checkExpr says what is wrong with an expression: metrics that do not exist, or have
// no such labels, and counters of which no rate is taken. It is to have the labels that
// are asked for.
func checkExpr(known map[string]metric, text string, asked []string) (problems []string) {
	expr, err := parser.ParseExpr(text)
	if err != nil {
		return []string{err.Error()}
	}
	complain := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	there := []string{"instance"}
	parser.Inspect(expr, func(n parser.Node, path []parser.Node) error {
		if s, ok := n.(*parser.VectorSelector); ok {
			there = append(there, checkSelector(known, s, path, complain)...)
		}
		return nil
	})
	parser.Inspect(expr, func(n parser.Node, _ []parser.Node) error {
		if a, ok := n.(*parser.AggregateExpr); ok {
			for _, name := range a.Grouping {
				if !slices.Contains(there, name) {
					complain("no metric here has the label %s", name)
				}
			}
		}
		return nil
	})
	for _, name := range asked {
		if !slices.Contains(there, name) {
			complain("the text asks for the label %s, which no metric here has", name)
		}
	}
	return problems
}

// checkSelector checks one metric of an expression, and gives its labels.
func checkSelector(known map[string]metric, s *parser.VectorSelector, path []parser.Node, complain func(string, ...any)) []string {
	if slices.Contains(fromElsewhere, s.Name) {
		return nil
	}
	m, part := known[s.Name], ""
	if i := strings.LastIndexByte(s.Name, '_'); i > 0 && m.kind == "" {
		m, part = known[s.Name[:i]], s.Name[i:]
	}
	has := append([]string{"instance", "job"}, m.labels...)
	switch {
	case m.kind == "" || (m.kind == "histogram") != slices.Contains([]string{"_bucket", "_sum", "_count"}, part):
		complain("the manual has no metric %s", s.Name)
	case part == "_bucket":
		has = append(has, "le")
	}
	if rises := m.kind != "gauge"; rises != isRate(path) {
		complain("%s is a %s: a rate is for counters and histograms", s.Name, m.kind)
	}
	for _, l := range s.LabelMatchers {
		checkMatcher(s.Name, l, has, complain)
	}
	return has
}

// isRate says whether what is at the end of a path is in a rate.
func isRate(path []parser.Node) bool {
	return slices.ContainsFunc(path, func(n parser.Node) bool {
		call, ok := n.(*parser.Call)
		return ok && slices.Contains([]string{"rate", "increase"}, call.Func.Name)
	})
}

// checkMatcher checks that a label is there, and, if it is the kind of an event, that
// there is one of that name.
func checkMatcher(name string, l *labels.Matcher, has []string, complain func(string, ...any)) {
	if l.Name == labels.MetricName {
		return
	}
	if !slices.Contains(has, l.Name) {
		complain("%s has no label %s", name, l.Name)
	}
	if l.Name != "kind" {
		return
	}
	for value := range strings.SplitSeq(l.Value, "|") {
		var k event.Kind
		if err := k.UnmarshalText([]byte(value)); err != nil {
			complain("%v", err)
		}
	}
}

// TestExpressionsAreChecked shows what the tests above would find.
func TestExpressionsAreChecked(t *testing.T) {
	known := map[string]metric{"stage6_a_total": {"counter", []string{"kind"}}, "stage6_g": {"gauge", nil}, "stage6_h": {"histogram", []string{"way"}}}
	for expr, want := range map[string]string{
		`sum by (kind) (rate(stage6_a_total{kind="leased"}[5m]))`:               "",
		`histogram_quantile(0.9, sum by (le, way) (rate(stage6_h_bucket[5m])))`: "",
		`stage6_g > 0`:              "",
		`stage6_g >`:                "unexpected end of input",
		`stage6_absent`:             "the manual has no metric stage6_absent",
		`rate(stage6_h[5m])`:        "the manual has no metric stage6_h",
		`rate(stage6_a_bucket[5m])`: "the manual has no metric stage6_a_bucket",
		`stage6_a_total > 0`:        "a rate is for counters",
		`rate(stage6_g[5m])`:        "a rate is for counters",
		`stage6_g{pool="x"}`:        "stage6_g has no label pool",
		`sum by (pool) (stage6_g)`:  "no metric here has the label pool",
		`rate(stage6_a_total{kind=~"leased|lost"}[5m])`: `kind of event "lost"`,
	} {
		if got := strings.Join(checkExpr(known, expr, nil), "; "); (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("%s: got %q, want %q", expr, got, want)
		}
	}
	if got := checkExpr(known, "stage6_g", []string{"pool"}); len(got) != 1 {
		t.Errorf("a text that asks for another label: %q", got)
	}
}
