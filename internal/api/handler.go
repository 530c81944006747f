package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
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
		p, err := ParsePrefix(r.PathValue("prefix"))
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
		return nil, &NotFoundError{fmt.Sprintf("%s %s", r.Method, r.URL.Path)}
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
			status, value = statusOf(err), problem{err.Error()}
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		// The client went away if this fails; there is nobody left to tell.
		_ = json.NewEncoder(w).Encode(value)
	})
}

// problem is the body of an answer that is an error.
type problem struct {
	Error string `json:"error"`
}

func statusOf(err error) int {
	var missing *NotFoundError
	var bad *BadRequestError
	var busy *BusyError
	var conflict *ConflictError
	var forbidden *ForbiddenError
	var tooMany *TooManyError
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

// ParsePrefix reads an address, which becomes a /128, or a prefix.
func ParsePrefix(s string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(s); err == nil && a.Is6() && a.Zone() == "" {
		return netip.PrefixFrom(a, 128), nil
	}
	p, err := netip.ParsePrefix(s)
	if err != nil || !p.Addr().Is6() {
		return netip.Prefix{}, &BadRequestError{fmt.Errorf("%q: want an IPv6 address or prefix", s)}
	}
	return p.Masked(), nil
}

// The number of entries in one page, where nothing is said and at most.
const (
	usualPage = 1000
	maxPage   = 10_000
)

func parseQuery(r *http.Request) (q Query, err error) {
	v := r.URL.Query()
	q = Query{
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
		return 0, &BadRequestError{fmt.Errorf("limit %q: want 1 to %d", s, maxPage)}
	}
	return n, nil
}
