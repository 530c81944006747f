package api

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

func TestWhoeverAsksIsToldWhatHeMayDo(t *testing.T) {
	if a, err := serve(t, &backend{}).Access(t.Context()); err != nil || a.Access != "socket" {
		t.Errorf("got %+v, %v, want socket", a, err)
	}
}

func TestAClientIsTheTransportOfAProxy(t *testing.T) {
	c := serve(t, &backend{})
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1:8080/v1/leases?state=nonsense&stat=x", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := c.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusBadRequest || !strings.Contains(string(body), `unknown parameter \"stat\"`) {
		t.Errorf("got %s %s, %v", resp.Status, body, err)
	}
}
