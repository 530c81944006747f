package daemon

import (
	"net/http"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
)

// newRequests makes the counts of what the API is asked.
func newRequests() *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "stage6_api_requests_total",
		Help: "Requests to the API that were answered, by what was asked and the status of the answer.",
	}, []string{"route", "code"})
}

// countRequests counts what a handler answers: under the patterns of its routes, of which
// there are few, and not what others made of the path.
func countRequests(requests *prometheus.CounterVec, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s := &statusWriter{ResponseWriter: w, code: http.StatusOK}
		defer func() { requests.WithLabelValues(routeOf(r), strconv.Itoa(s.code)).Inc() }()
		h.ServeHTTP(s, r)
	})
}

// routeOf names what a request that was answered had asked for.
func routeOf(r *http.Request) string {
	if r.Pattern == "" || r.Pattern == "/" {
		return "other"
	}
	return r.Pattern
}

// statusWriter remembers the status of an answer.
type statusWriter struct {
	http.ResponseWriter
	code int
}

// WriteHeader is that of http.ResponseWriter.
func (s *statusWriter) WriteHeader(code int) {
	s.code = code
	s.ResponseWriter.WriteHeader(code)
}

// Unwrap gives the writer that can flush and be given time.
func (s *statusWriter) Unwrap() http.ResponseWriter { return s.ResponseWriter }
