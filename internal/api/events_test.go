package api

import (
	"bufio"
	"context"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/event"
)

// denied is an event.
var denied = event.Event{Seq: 7, Kind: event.Denied, Host: "web01", Other: "web02"}

func TestQueriesForEventsArrive(t *testing.T) {
	b := &backend{events: func(api.EventQuery) api.EventPage {
		return api.EventPage{Events: []event.Event{denied}, Next: 7, Missed: 2}
	}}
	c := serve(t, b)
	q := api.EventQuery{Since: 3, Kinds: []event.Kind{event.Denied, event.Conflict}, Host: "web01", Limit: 5, Wait: time.Second}
	p, err := c.Events(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(api.EventPage{Events: []event.Event{denied}, Next: 7, Missed: 2}, p, cmpopts.EquateComparable(netip.Prefix{})); diff != "" {
		t.Errorf("page (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff(q, b.eventsFor); diff != "" {
		t.Errorf("query (-want +got)\n%s", diff)
	}
}

func TestQueriesForEventsThatAreWrong(t *testing.T) {
	h := handlerOf(t, &backend{})
	for query, want := range map[string]string{
		"kind=leesed":   `kind of event \"leesed\": want one of seen, identified, `,
		"since=ever":    "or how long ago, such as 10m",
		"since=-5m":     `since \"-5m\"`,
		"wait=2h":       "at most 1m0s",
		"limit=1000000": "want 1 to 10000",
	} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/v1/events?"+query, nil))
		if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: got %d %s, want %s", query, w.Code, w.Body, want)
		}
	}
}

func TestEventsAreStreamed(t *testing.T) {
	b := &backend{events: func(q api.EventQuery) api.EventPage {
		if q.Since >= 7 {
			return api.EventPage{Next: 7, Ended: true}
		}
		return api.EventPage{Events: []event.Event{denied}, Next: 7, Missed: 2}
	}}
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodGet, "/v1/events", nil)
	r.Header.Set("Accept", "text/event-stream")
	r.Header.Set("Last-Event-ID", "3")
	handlerOf(t, b).ServeHTTP(w, r)
	const want = `event: missed
data: {"missed":2}

id: 7
event: denied
data: {"seq":7,"time":"0001-01-01T00:00:00Z","kind":"denied","host":"web01","other":"web02"}

:

event: ended
data: {}

`
	if diff := cmp.Diff(want, w.Body.String()); diff != "" {
		t.Errorf("stream (-want +got)\n%s", diff)
	}
}

func TestTooManyWatchersAreSentAway(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	s := httptest.NewServer(handlerOf(t, &backend{}))
	defer s.Close()
	defer cancel()
	for range maxWatchers {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/v1/events", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept", "text/event-stream")
		resp, err := http.DefaultClient.Do(r)
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Fatal(resp, err)
		}
		defer resp.Body.Close()
	}
	resp, err := http.Get(s.URL + "/v1/events?wait=1s")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	line, _ := bufio.NewReader(resp.Body).ReadString('\n')
	if resp.StatusCode != http.StatusServiceUnavailable || !strings.Contains(line, "try again later") {
		t.Errorf("the next one got %s: %s", resp.Status, line)
	}
}
