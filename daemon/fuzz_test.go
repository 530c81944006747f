package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/stage6/stage6/api"
	handlers "github.com/stage6/stage6/internal/api"
	"github.com/stage6/stage6/internal/memory"
)

// bodied are the operations that read a body.
func bodied() []string {
	return []string{
		"POST /v1/hosts", "PUT /v1/hosts/api01", "PATCH /v1/hosts/api01", "PUT /v1/hosts/web01", "PUT /v1/hosts/web02/state",
		"PUT /v1/hosts/web02/duid", "POST /v1/hosts/web02/installed", "POST /v1/hosts/web02/deploy", "POST /v1/explain/try",
	}
}

// FuzzBodies sends any body to the operations that read one, of a whole service: each
// is answered with JSON, what is wrong with a body is the client's fault and said in
// plain text, and every host is still whole.
func FuzzBodies(f *testing.F) {
	for i, seed := range []string{
		api01, api01, `{"tags": null, "version": 1, "options": {"24": ["example.net"]}}`, api01, `{"state": "installed"}`,
		`{"duid": "00:03:00:01:52:54:00:aa:bb:09"}`, `{"duid": "00:04"}`, ``,
		`{"messages": [{"datagram": "AQAAAQABAAoAAwABUlQAqrsBAAMADAAAAAEAAAAAAAAAAA==", "from": "[fe80::1]:546", "interface": "prov0"}]}`,
	} {
		f.Add(byte(i), seed, "")
	}
	f.Add(byte(1), `{"interfaces": [{"macs": [], "addresses": ["2001:db8:10::100/125"]}]}`, `"1"`)
	f.Add(byte(2), "{\"name\": \"\\ud800\", \"a\": 1e999}", `*`)
	f.Add(byte(8), `{"messages": [{"datagram": "DAA=", "from": "1.2.3.4:0", "to": "::"}, {}]}`, "")
	s := writable(f, memory.New())
	h := handlers.NewHandler(s, prometheus.NewRegistry())
	f.Fuzz(func(t *testing.T, op byte, body, match string) {
		asBefore(t, s)
		method, path, _ := strings.Cut(bodied()[int(op)%len(bodied())], " ")
		r := httptest.NewRequest(method, path, strings.NewReader(body))
		if match != "" {
			r.Header["If-Match"] = []string{match}
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		wantPlainAnswer(t, method+" "+path, w)
		wantWholeHosts(t, h)
	})
}

// wantPlainAnswer wants JSON, and of an error a text that a terminal does not obey.
func wantPlainAnswer(t *testing.T, what string, w *httptest.ResponseRecorder) {
	t.Helper()
	if !json.Valid(w.Body.Bytes()) {
		t.Fatalf("%s: %d, no JSON: %q", what, w.Code, w.Body)
	}
	if w.Code == http.StatusOK {
		return
	}
	var p api.Problem
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || p.Error == "" || w.Code >= 500 {
		t.Errorf("%s: %d %s (%v)", what, w.Code, w.Body, err)
	}
}

// wantWholeHosts reads all hosts again.
func wantWholeHosts(t *testing.T, h http.Handler) {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/v1/hosts", nil))
	var page api.HostPage
	if err := json.Unmarshal(w.Body.Bytes(), &page); err != nil || w.Code != http.StatusOK || len(page.Hosts) < 4 {
		t.Errorf("%d with %d hosts (%v)", w.Code, len(page.Hosts), err)
	}
}

// asBefore takes out what earlier bodies made, and makes api01.
func asBefore(t *testing.T, s *service) {
	t.Helper()
	page, err := s.Hosts(api.HostQuery{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range page.Hosts {
		if h.Source == "api" {
			_, err = s.DeleteHost(t.Context(), h.Name, handlers.Match{}, true)
		} else {
			err = s.clear(t.Context(), h.Name)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	create(t, s)
}

// clear forgets what was set of a host of a file.
func (s *service) clear(ctx context.Context, name string) error {
	_, noState := s.ResetState(ctx, name)
	_, noPin := s.Unpin(ctx, name)
	return errors.Join(noState, noPin)
}
