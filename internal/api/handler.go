package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/internal/strict"
)

// NewHandler makes the handler for those who can open the unix socket, and may
// have everything.
func NewHandler(b Backend, metrics prometheus.Gatherer) http.Handler {
	mux := http.NewServeMux()
	for _, r := range routes(b, promhttp.HandlerFor(metrics, promhttp.HandlerOpts{})) {
		mux.Handle(r.pattern(), as(local, r.answers()))
	}
	mux.Handle("/", notThere(mux))
	return sameOrigin(mux)
}

// NoSites refuses requests for a name such as example.net: a browser makes them
// when somebody forwards a port to the socket, and a site has its name stand for
// that port (DNS rebinding), so that its pages count as ours. Names without a
// dot, and addresses, are no site's.
func NoSites(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := r.Host
		if host, _, err := net.SplitHostPort(name); err == nil {
			name = host
		}
		_, err := netip.ParseAddr(strings.Trim(name, "[]"))
		if err != nil && strings.Contains(name, ".") {
			write(w, http.StatusForbidden, api.Problem{Error: fmt.Sprintf("this is not %s: ask for localhost, or an address", name)})
			return
		}
		h.ServeHTTP(w, r)
	})
}

// sameOrigin refuses changes that a page of another site has a browser ask for,
// which may reach the socket through a tunnel.
func sameOrigin(h http.Handler) http.Handler {
	p := http.NewCrossOriginProtection()
	p.SetDenyHandler(endpoint(func(*http.Request) (any, error) {
		return nil, &api.ForbiddenError{Err: errors.New("a browser asks for this on behalf of a page of another site")}
	}))
	return p.Handler(h)
}

// notThere answers what no route does, naming the methods of a path that has
// others.
func notThere(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		methods := methodsOf(mux, r.URL)
		if len(methods) == 0 {
			write(w, http.StatusNotFound, api.Problem{Error: fmt.Sprintf("%s %s not found", r.Method, r.URL.Path)})
			return
		}
		w.Header().Set("Allow", strings.Join(methods, ", "))
		write(w, http.StatusMethodNotAllowed, api.Problem{Error: fmt.Sprintf("%s %s: want the method %s", r.Method, r.URL.Path, strings.Join(methods, " or "))})
	})
}

// methodsOf gives the methods that a path has.
func methodsOf(mux *http.ServeMux, u *url.URL) (methods []string) {
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		if _, pattern := mux.Handler(&http.Request{Method: method, URL: u}); strings.HasPrefix(pattern, method+" ") {
			methods = append(methods, method)
		}
	}
	return methods
}

// knownParams refuses requests with a parameter that the route has not, so that
// a filter that is written wrong does not select everything.
func (r *route) knownParams(h http.Handler) http.Handler {
	known := r.names()
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if err := checkParams(req.URL.RawQuery, known); err != nil {
			write(w, http.StatusBadRequest, api.Problem{Error: err.Error()})
			return
		}
		h.ServeHTTP(w, req)
	})
}

func checkParams(query string, known []string) error {
	values, err := url.ParseQuery(query)
	if err != nil {
		return errors.New("the parameters cannot be read: want NAME=VALUE&NAME=VALUE, with other characters escaped")
	}
	for name := range values {
		switch {
		case len(known) == 0:
			return fmt.Errorf("unknown parameter %q: this has none", name)
		case !slices.Contains(known, name):
			return strict.Unknown("parameter", name, known)
		}
	}
	return nil
}

// maxBody is how many octets the body of a request may have.
const maxBody = 1 << 20

// endpoint answers with the value as JSON, or with the error.
func endpoint(serve func(*http.Request) (any, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		value, err := serve(r)
		if err != nil {
			write(w, statusOf(err), problemOf(err))
			return
		}
		write(w, http.StatusOK, value)
	})
}

// write answers with a status and a value as JSON.
func write(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	tag(w.Header(), value)
	w.WriteHeader(status)
	// The client went away if this fails; there is nobody left to tell.
	_ = json.NewEncoder(w).Encode(value)
}

// statusOf gives the status that stands for an error.
func statusOf(err error) int {
	for _, k := range []struct {
		is     func(error) bool
		status int
	}{
		{is[*api.BadRequestError], http.StatusBadRequest},
		{is[*http.MaxBytesError], http.StatusBadRequest},
		{is[*api.UnauthorizedError], http.StatusUnauthorized},
		{is[*api.ForbiddenError], http.StatusForbidden},
		{is[*api.NotFoundError], http.StatusNotFound},
		{is[*api.ConflictError], http.StatusConflict},
		{is[*api.PreconditionError], http.StatusPreconditionFailed},
		{is[*api.TooManyError], http.StatusTooManyRequests},
		{is[*api.BusyError], http.StatusServiceUnavailable},
	} {
		if k.is(err) {
			return k.status
		}
	}
	return http.StatusInternalServerError
}

// is says whether there is an error of a type.
func is[T error](err error) bool {
	var target T
	return errors.As(err, &target)
}

// The number of entries in one page, where nothing is said and at most.
const (
	usualPage = 1000
	maxPage   = 10_000
)

// pageParams are the parameters of what is given in pages.
func pageParams() []param {
	return []param{
		{"limit", fmt.Sprintf("at most so many, 1 to %d; absent: %d", maxPage, usualPage), 0},
		{"after", "the next of the page before", nil},
	}
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
