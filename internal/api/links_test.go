package api

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/stage6/stage6/api"
)

func TestLinksAreListed(t *testing.T) {
	w := httptest.NewRecorder()
	NewHandler(&backend{}, prometheus.NewRegistry()).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/v1/links", nil))
	var got api.LinkList
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != http.StatusOK || !got.Watched || len(got.Links) != 1 || got.Links[0].Name != "prov0" {
		t.Errorf("got %d, %+v, %v", w.Code, got, err)
	}
}
