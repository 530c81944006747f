package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/stage6/stage6/api"
)

// Explainer tells what became of messages.
type Explainer interface {
	// Explain tells what became of the last messages of a machine, and waits for the
	// first one as long as is asked for. That nothing is known by what was given is a
	// *NotFoundError.
	Explain(ctx context.Context, q api.ExplainQuery) (api.Explanations, error)
	// Try tells what would become of messages, and changes nothing. While another try
	// goes on it is a *BusyError.
	Try(ctx context.Context, t api.Try) (api.Explanations, error)
}

// explainRoutes gives the question for what became of messages.
func explainRoutes(x Explainer) []route {
	places := make(chan struct{}, maxAsking)
	return []route{{
		method: "GET", path: "/v1/explain", access: reader,
		summary: "Tell what became of the last messages of a machine, and why",
		params: []param{
			{"of", "the machine: a MAC, DUID, UUID, address, prefix or the name of a host; absent: all machines", nil},
			{"last", "at most so many messages, the newest ones, to 1000; absent: 8", 0},
			{"since", "only those after this number, such as the next of an answer", 0},
			{"drops", "true for those that were not answered", false},
			{"wait", "so many seconds to wait for the first one, to 50", 0},
		},
		answer: api.Explanations{},
		fails:  []int{http.StatusNotFound, http.StatusServiceUnavailable},
		serve: func(r *http.Request) (any, error) {
			q, err := parseExplain(r.URL.Query())
			if err != nil {
				return nil, err
			}
			select {
			case places <- struct{}{}:
				defer func() { <-places }()
				return x.Explain(r.Context(), q)
			default:
				return nil, &api.BusyError{What: fmt.Sprintf("%d others ask, or wait for, what became of messages", maxAsking)}
			}
		},
	}, {
		method: "POST", path: "/v1/explain/try", access: reader,
		summary: "Tell what would become of messages, and change nothing",
		body:    api.Try{},
		answer:  api.Explanations{},
		serve: func(r *http.Request) (any, error) {
			t, err := parseTry(r)
			if err != nil {
				return nil, err
			}
			return x.Try(r.Context(), t)
		},
	}}
}

// maxTried is how many messages are tried at once.
const maxTried = 64

func parseTry(r *http.Request) (t api.Try, err error) {
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(&t); err != nil {
		return t, &api.BadRequestError{Err: fmt.Errorf("the body: %w", err)}
	}
	if n := len(t.Messages); n == 0 || n > maxTried {
		return t, &api.BadRequestError{Err: fmt.Errorf("%d messages: want 1 to %d", n, maxTried)}
	}
	return t, nil
}

// maxAsking is how many may ask at a time, those that wait among them: an answer may
// take some MiB.
const maxAsking = 32

// Bounds of a question.
const (
	maxExplained   = 1000
	maxExplainWait = 50 // seconds
)

func parseExplain(v url.Values) (q api.ExplainQuery, err error) {
	q.Of = v.Get("of")
	last, err := parseNumber(v, "last", maxExplained)
	if err != nil {
		return q, err
	}
	q.Last = int(last)
	if q.Since, err = parseNumber(v, "since", 1<<63); err != nil {
		return q, err
	}
	wait, err := parseNumber(v, "wait", maxExplainWait)
	q.Wait = time.Duration(wait) * time.Second
	if text := v.Get("drops"); err == nil && text != "" {
		if q.Drops, err = strconv.ParseBool(text); err != nil {
			return q, &api.BadRequestError{Err: fmt.Errorf("drops %q: want true or false", text)}
		}
	}
	return q, err
}

// parseNumber reads a parameter that is a number, absent 0.
func parseNumber(v url.Values, name string, most uint64) (uint64, error) {
	text := v.Get(name)
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil || n > most {
		return 0, &api.BadRequestError{Err: fmt.Errorf("%s %q: want a number of at most %d", name, text, most)}
	}
	return n, nil
}
