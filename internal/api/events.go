package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/stage6/stage6/event"
)

// EventQuery selects events. Empty fields select all.
type EventQuery struct {
	Since uint64        // after the event of that number
	Now   bool          // or after the last one
	From  time.Time     // or at or after a time
	Kinds []event.Kind  // of these kinds
	Host  string        // of the known machine of that name
	Limit int           // at most so many; 0: 1000
	Wait  time.Duration // for the first one; at most a minute
}

// EventPage is the answer of GET /v1/events.
type EventPage struct {
	Events []event.Event `json:"events"`
	Next   uint64        `json:"next"` // to be given as since for what comes after
	// Missed is how many events after since, of all kinds, are no longer kept; 0
	// where none of those that were asked for is among them.
	Missed uint64 `json:"missed"`
	// Ended says that the server ends, so that nothing comes after.
	Ended bool `json:"ended,omitempty"`
}

const (
	// maxWatchers is how many requests may wait for events at a time.
	maxWatchers = 64
	// maxWait is how long one of them waits, and how often a stream shows that it
	// still goes.
	maxWait = time.Minute
)

// watch answers requests for events.
type watch struct {
	backend Backend
	places  chan struct{} // has a value for each request that waits
}

// addEvents adds the path of events.
func addEvents(mux *http.ServeMux, b Backend) {
	w := &watch{b, make(chan struct{}, maxWatchers)}
	page := endpoint(func(r *http.Request) (any, error) { return w.page(r) })
	mux.HandleFunc("GET /v1/events", func(rw http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.Header.Get("Accept"), "text/event-stream") {
			w.stream(rw, r)
			return
		}
		page.ServeHTTP(rw, r)
	})
}

// take takes a place for one who waits, and gives what lets go of it.
func (w *watch) take() (func(), error) {
	select {
	case w.places <- struct{}{}:
		return func() { <-w.places }, nil
	default:
		return nil, &BusyError{fmt.Sprintf("%d requests wait for events already", maxWatchers)}
	}
}

// page gives the events that there are, or waits for the first one.
func (w *watch) page(r *http.Request) (EventPage, error) {
	q, err := parseEventQuery(r)
	if err != nil {
		return EventPage{}, err
	}
	if q.Wait > 0 {
		leave, err := w.take()
		if err != nil {
			return EventPage{}, err
		}
		defer leave()
	}
	return w.next(r.Context(), q), nil
}

// next waits for a page as long as the query says.
func (w *watch) next(ctx context.Context, q EventQuery) EventPage {
	ctx, cancel := context.WithTimeout(ctx, q.Wait)
	defer cancel()
	p := w.backend.Events(ctx, q)
	if p.Events == nil {
		p.Events = []event.Event{}
	}
	return p
}

// stream sends events as they come, as server-sent events.
func (w *watch) stream(rw http.ResponseWriter, r *http.Request) {
	q, err := parseEventQuery(r)
	if err == nil {
		var leave func()
		if leave, err = w.take(); err == nil {
			defer leave()
		}
	}
	if err != nil {
		endpoint(func(*http.Request) (any, error) { return nil, err }).ServeHTTP(rw, r)
		return
	}
	rw.Header().Set("Content-Type", "text/event-stream")
	rw.Header().Set("Cache-Control", "no-store")
	out := http.NewResponseController(rw)
	q.Wait = maxWait
	for ctx := r.Context(); ctx.Err() == nil && out.Flush() == nil; {
		p := w.next(ctx, q)
		q.Since, q.Now = p.Next, false
		if writePage(rw, p) != nil || p.Ended {
			return
		}
	}
}

// writePage writes a page as server-sent events, or a comment if it is empty.
func writePage(rw http.ResponseWriter, p EventPage) error {
	if len(p.Events) == 0 && p.Missed == 0 {
		_, err := fmt.Fprint(rw, ":\n\n")
		return err
	}
	if p.Missed > 0 {
		if _, err := fmt.Fprintf(rw, "event: missed\ndata: {\"missed\":%d}\n\n", p.Missed); err != nil {
			return err
		}
	}
	for i := range p.Events {
		data, err := json.Marshal(&p.Events[i])
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(rw, "id: %d\nevent: %s\ndata: %s\n\n", p.Events[i].Seq, p.Events[i].Kind, data); err != nil {
			return err
		}
	}
	return nil
}

// parseEventQuery reads a query. A stream that was cut off goes on after the
// event that the browser says it had last.
func parseEventQuery(r *http.Request) (q EventQuery, err error) {
	v := r.URL.Query()
	q.Host = v.Get("host")
	since := v.Get("since")
	if last := r.Header.Get("Last-Event-ID"); last != "" {
		since = last
	}
	if err := q.ParseSince(since, time.Now()); err != nil {
		return q, err
	}
	if q.Kinds, err = ParseKinds(v["kind"]); err != nil {
		return q, err
	}
	if q.Wait, err = parseWait(v.Get("wait")); err != nil {
		return q, err
	}
	q.Limit, err = parseLimit(v.Get("limit"))
	return q, err
}

// ParseSince reads where to begin: a number, now, how long ago such as 10m, or
// nothing for all that is kept.
func (q *EventQuery) ParseSince(text string, now time.Time) (err error) {
	if text == "" {
		return nil
	}
	if text == "now" {
		q.Now = true
		return nil
	}
	if q.Since, err = strconv.ParseUint(text, 10, 64); err == nil {
		return nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return &BadRequestError{fmt.Errorf("since %q: want the number of an event, now, or how long ago, such as 10m", text)}
	}
	q.From = now.Add(-d)
	return nil
}

// ParseKinds reads names of kinds, several in a text with commas.
func ParseKinds(texts []string) (kinds []event.Kind, err error) {
	for _, text := range texts {
		for name := range strings.SplitSeq(text, ",") {
			var k event.Kind
			if err := k.UnmarshalText([]byte(name)); err != nil {
				return nil, &BadRequestError{err}
			}
			kinds = append(kinds, k)
		}
	}
	return kinds, nil
}

func parseWait(text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 || d > maxWait {
		return 0, &BadRequestError{fmt.Errorf("wait %q: want a duration of at most %v", text, maxWait)}
	}
	return d, nil
}

// Events asks for events.
func (c *Client) Events(ctx context.Context, q EventQuery) (p EventPage, err error) {
	v := url.Values{}
	switch {
	case q.Now:
		v.Set("since", "now")
	case !q.From.IsZero():
		v.Set("since", time.Since(q.From).String())
	case q.Since > 0:
		v.Set("since", strconv.FormatUint(q.Since, 10))
	}
	for _, k := range q.Kinds {
		v.Add("kind", k.String())
	}
	if q.Host != "" {
		v.Set("host", q.Host)
	}
	if q.Limit > 0 {
		v.Set("limit", strconv.Itoa(q.Limit))
	}
	if q.Wait > 0 {
		v.Set("wait", q.Wait.String())
	}
	return p, c.do(ctx, http.MethodGet, "/v1/events?"+v.Encode(), &p)
}
