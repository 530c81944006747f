package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/event"
)

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

// eventRoutes gives the question for events.
func eventRoutes(b Backend) []route {
	w := &watch{b, make(chan struct{}, maxWatchers)}
	page := patient(endpoint(func(r *http.Request) (any, error) { return w.page(r) }))
	return []route{{
		method: "GET", path: "/v1/events", access: reader,
		summary: "Give the events that are kept, wait for some, or, as text/event-stream, stream them as they happen",
		params: []param{
			{"since", "after the event of this number, after now, or how long ago, such as 10m; absent: all that are kept", nil},
			{"kind", "only of these kinds, with commas between them", nil},
			{"host", "only of the host of this name", nil},
			{"wait", fmt.Sprintf("wait for the first event, at most %v; absent: not", maxWait), nil},
			pageParams()[0],
		},
		headers: []param{{"Last-Event-ID", "in the place of since, as browsers send it", nil}},
		answer:  api.EventPage{},
		media:   "text/event-stream",
		fails:   []int{http.StatusServiceUnavailable},
		handler: http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if strings.Contains(r.Header.Get("Accept"), "text/event-stream") {
				w.stream(rw, r)
				return
			}
			page.ServeHTTP(rw, r)
		}),
	}}
}

// patient gives a request for which whoever asks may wait the time to do so.
func patient(h http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		out := http.NewResponseController(rw)
		_ = out.SetReadDeadline(time.Time{}) // nothing more is read
		_ = out.SetWriteDeadline(time.Now().Add(maxWait + answerTime))
		h.ServeHTTP(rw, r)
	})
}

// take takes a place for one who waits, and gives what lets go of it.
func (w *watch) take() (func(), error) {
	select {
	case w.places <- struct{}{}:
		return func() { <-w.places }, nil
	default:
		return nil, &api.BusyError{What: fmt.Sprintf("%d requests wait for events already", maxWatchers)}
	}
}

// page gives the events that there are, or waits for the first one.
func (w *watch) page(r *http.Request) (api.EventPage, error) {
	q, err := parseEventQuery(r)
	if err != nil {
		return api.EventPage{}, err
	}
	if q.Wait > 0 {
		leave, err := w.take()
		if err != nil {
			return api.EventPage{}, err
		}
		defer leave()
	}
	return w.next(r.Context(), q), nil
}

// next waits for a page as long as the query says.
func (w *watch) next(ctx context.Context, q api.EventQuery) api.EventPage {
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
	_ = out.SetReadDeadline(time.Time{}) // nothing more is read
	q.Wait = maxWait
	for ctx := r.Context(); ctx.Err() == nil && out.Flush() == nil; {
		p := w.next(ctx, q)
		q.Since, q.Now = p.Next, false
		_ = out.SetWriteDeadline(time.Now().Add(maxWait + answerTime)) // a reader that is stuck lets go
		if writePage(rw, p) != nil {
			return
		}
		if p.Ended {
			fmt.Fprint(rw, "event: ended\ndata: {}\n\n")
			return
		}
	}
}

// writePage writes a page as server-sent events, or a comment if it is empty.
func writePage(rw http.ResponseWriter, p api.EventPage) error {
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
func parseEventQuery(r *http.Request) (q api.EventQuery, err error) {
	v := r.URL.Query()
	q.Host = v.Get("host")
	since := v.Get("since")
	if last := r.Header.Get("Last-Event-ID"); last != "" {
		since = last
	}
	if err := q.ParseSince(since, time.Now()); err != nil {
		return q, err
	}
	if q.Kinds, err = api.ParseKinds(v["kind"]); err != nil {
		return q, err
	}
	if q.Wait, err = parseWait(v.Get("wait")); err != nil {
		return q, err
	}
	q.Limit, err = parseLimit(v.Get("limit"))
	return q, err
}

func parseWait(text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 || d > maxWait {
		return 0, &api.BadRequestError{Err: fmt.Errorf("wait %q: want a duration of at most %v", text, maxWait)}
	}
	return d, nil
}
