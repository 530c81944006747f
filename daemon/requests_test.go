package daemon

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

func TestRequestsAreCountedByRouteAndStatus(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/hosts/{name}", func(w http.ResponseWriter, r *http.Request) {
		if r.PathValue("name") == "absent" {
			w.WriteHeader(http.StatusNotFound)
		}
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Error(err)
		}
	})
	requests := newRequests()
	s := httptest.NewServer(countRequests(requests, mux))
	defer s.Close()
	for _, path := range []string{"/v1/hosts/web01", "/v1/hosts/web02", "/v1/hosts/absent", "/made/up", "/by/strangers"} {
		r, err := http.Get(s.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
	}
	s.Close() // it waits until all are counted
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(requests)
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[[2]string]float64{}
	for _, m := range families[0].GetMetric() { // its labels are in order: code, route
		got[[2]string{m.GetLabel()[1].GetValue(), m.GetLabel()[0].GetValue()}] = m.GetCounter().GetValue()
	}
	want := map[[2]string]float64{{"GET /v1/hosts/{name}", "200"}: 2, {"GET /v1/hosts/{name}", "404"}: 1, {"other", "404"}: 2}
	if !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
