package integ

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// meteredConfig has every plugin that measures something.
const meteredConfig = `
leases: $DIR/leases
api: unix:$DIR/api.sock
events: {file: $DIR/events.jsonl}
server6:
  listen: ['[ff02::1:2%srv0]', '[2001:db8:10::2]']
  relays: ['2001:db8:10::9/128']
  plugins:
    - server_id: auto
    - identify: [relay, frame, neighbor, eui64]
    - stage: {}
    - hosts:
        web01: {mac: '52:54:00:aa:bb:01', address: '2001:db8:10::101'}
    - final: {}
    - pool: '2001:db8:10::d:0/112'
    - prefix: {pool: '2001:db8:e000::/40', length: 56}
    - route: {exec: /bin/true}
    - ra: {}
`

// scrape gives the metrics of the server as Prometheus reads them.
func (s *server) scrape() []byte {
	s.t.Helper()
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", s.dir+"/api.sock")
	}
	client := &http.Client{Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}}
	response, err := client.Get("http://stage6/metrics")
	check(s.t, err)
	defer response.Body.Close()
	page, err := io.ReadAll(response.Body)
	check(s.t, err)
	return page
}

// exposed gives the metrics of ours on a page, each as the manual writes it, with its
// type.
func exposed(t *testing.T, page []byte) map[string]string {
	t.Helper()
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(page))
	check(t, err)
	found := map[string]string{}
	for name, f := range families {
		if !strings.HasPrefix(name, "stage6_") {
			continue
		}
		var labels []string
		for _, l := range f.GetMetric()[0].GetLabel() {
			labels = append(labels, l.GetName())
		}
		found[withLabels(name, labels)] = strings.ToLower(f.GetType().String())
	}
	return found
}

// withLabels writes a metric with its labels in their order.
func withLabels(name string, labels []string) string {
	slices.Sort(labels)
	if len(labels) == 0 {
		return name
	}
	return name + "{" + strings.Join(labels, ",") + "}"
}

// row is a line of the manual's table of metrics.
var row = regexp.MustCompile("(?m)^\\| `(stage6_[a-z0-9_]+)(?:{([a-z,]+)})?` \\| (counter|gauge|histogram) \\|")

// inManual gives the metrics of the manual in the form of exposed.
func inManual(t *testing.T) map[string]string {
	t.Helper()
	manual, err := os.ReadFile("../docs/stage6.md")
	check(t, err)
	found := map[string]string{}
	for _, m := range row.FindAllStringSubmatch(string(manual), -1) {
		labels := strings.FieldsFunc(m[2], func(r rune) bool { return r == ',' })
		found[withLabels(m[1], labels)] = m[3]
	}
	return found
}

// untold says which metrics are there only once something has happened that no test
// of a boot has happen.
func untold(name string) bool {
	name, _, _ = strings.Cut(name, "{")
	return slices.Contains([]string{
		"stage6_plugin_calls", "stage6_plugin_broken", // of a plugin that blocks
		"stage6_linkwatch_malformed_total", "stage6_linkwatch_ignored_total", "stage6_linkwatch_problem", "stage6_linkwatch_other_servers_total",
		"stage6_api_certificate_expiry_timestamp_seconds", "stage6_api_tokens_total", // of https
		"stage6_stage_installed_total", "stage6_stage_state_errors_total", // where stage sets states
		"stage6_ra_solicited_total", "stage6_ra_failures_total",
	}, name)
}

// TestTheMetricsOfTheManualAreThere compares the table of the manual with what a
// server exposes that has booted a machine: names, labels and types. promlint, which
// is what promtool check metrics does, has nothing against them.
func TestTheMetricsOfTheManualAreThere(t *testing.T) {
	t.Parallel()
	s := newSimulatedWith(t, meteredConfig)
	if story, ok := s.run("--interface", "eth0", "--profile", "networkd"); !ok {
		t.Fatalf("it did not boot:\n%s", story)
	}
	s.server.scrape() // a first request, which is counted
	page := s.server.scrape()
	is, said := exposed(t, page), inManual(t)
	if len(is) < 50 || len(said) < 50 {
		t.Fatalf("the server has %d metrics and the manual %d", len(is), len(said))
	}
	for name, kind := range is {
		if said[name] != kind {
			t.Errorf("the server has the %s %s, the manual %s", kind, name, cmp.Or(said[name], "not"))
		}
	}
	for name := range said {
		if _, ok := is[name]; !ok && !untold(name) {
			t.Errorf("the manual has %s, the server has not", name)
		}
	}
	problems, err := promlint.New(bytes.NewReader(page)).Lint()
	check(t, err)
	for _, p := range problems {
		if strings.HasPrefix(p.Metric, "stage6_") {
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
	}
}
