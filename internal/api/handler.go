package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/stage6/stage6/api"
)

// NewHandler makes the handler of all paths over a backend.
func NewHandler(b Backend, metrics prometheus.Gatherer) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /v1/health", endpoint(func(*http.Request) (any, error) { return b.Health(), nil }))
	mux.Handle("GET /v1/leases", endpoint(func(r *http.Request) (any, error) {
		q, err := parseQuery(r)
		if err != nil {
			return nil, err
		}
		return b.Leases(q)
	}))
	mux.Handle("DELETE /v1/leases/{prefix...}", endpoint(func(r *http.Request) (any, error) {
		p, err := api.ParsePrefix(r.PathValue("prefix"))
		if err != nil {
			return nil, err
		}
		return b.Release(r.Context(), p)
	}))
	mux.Handle("GET /v1/verify", endpoint(func(r *http.Request) (any, error) { return b.Verify(r.Context()) }))
	addHosts(mux, b)
	addTokens(mux, b)
	addNextFree(mux, b)
	addEvents(mux, b)
	mux.Handle("GET /metrics", promhttp.HandlerFor(metrics, promhttp.HandlerOpts{}))
	mux.Handle("/", endpoint(func(r *http.Request) (any, error) {
		return nil, &api.NotFoundError{What: fmt.Sprintf("%s %s", r.Method, r.URL.Path)}
	}))
	return mux
}

// endpoint answers with the value as JSON, or with the error.
func endpoint(serve func(*http.Request) (any, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
		status := http.StatusOK
		value, err := serve(r)
		if err != nil {
			status, value = statusOf(err), api.Problem{Error: err.Error()}
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		// The client went away if this fails; there is nobody left to tell.
		_ = json.NewEncoder(w).Encode(value)
	})
}

func statusOf(err error) int {
	var missing *api.NotFoundError
	var bad *api.BadRequestError
	var busy *api.BusyError
	var conflict *api.ConflictError
	var forbidden *api.ForbiddenError
	var tooMany *api.TooManyError
	switch {
	case errors.As(err, &missing):
		return http.StatusNotFound
	case errors.As(err, &bad):
		return http.StatusBadRequest
	case errors.As(err, &busy):
		return http.StatusServiceUnavailable
	case errors.As(err, &conflict):
		return http.StatusConflict
	case errors.As(err, &forbidden):
		return http.StatusForbidden
	case errors.As(err, &tooMany):
		return http.StatusTooManyRequests
	}
	return http.StatusInternalServerError
}

// The number of entries in one page, where nothing is said and at most.
const (
	usualPage = 1000
	maxPage   = 10_000
)

func parseQuery(r *http.Request) (q api.LeaseQuery, err error) {
	v := r.URL.Query()
	q = api.LeaseQuery{
		Address: v.Get("address"), DUID: v.Get("duid"), MAC: v.Get("mac"), Host: v.Get("host"),
		State: v.Get("state"), After: v.Get("after"),
	}
	q.Limit, err = parseLimit(v.Get("limit"))
	return q, err
}

func parseLimit(s string) (int, error) {
	if s == "" {
		return usualPage, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > maxPage {
		return 0, &api.BadRequestError{Err: fmt.Errorf("limit %q: want 1 to %d", s, maxPage)}
	}
	return n, nil
}
