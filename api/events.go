package api

import (
	"context"
	"fmt"
	"net/http"
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

// Events asks for one page of events, and waits for the first one as long as the
// query says.
func (c *Client) Events(ctx context.Context, q EventQuery) (p EventPage, err error) {
	ctx, cancel := context.WithTimeout(ctx, usualTime+q.Wait)
	defer cancel()
	return p, c.exchange(ctx, http.MethodGet, q.path(), nil, &p)
}

// path gives the path with the parameters of the query.
func (q *EventQuery) path() string {
	v := values(map[string]string{"host": q.Host}, q.Limit)
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
	if q.Wait > 0 {
		v.Set("wait", q.Wait.String())
	}
	return "/v1/events?" + v.Encode()
}
