package api

import (
	"net/http"
	"strings"
)

// route is one operation of the interface. The handlers and the document of GET
// /v1/openapi.json are both made of the routes, so that neither has what the
// other has not. Whoever adds one
//
//   - writes it into one of the lists that routes joins, with the parameters that
//     it has, since others are refused, and with zero values of the public types
//     of package api for its body and its answer,
//   - says in access_test.go who may have it, and
//   - has comments of new types and fields put into the document with
//     UPDATE_GOLDEN=1 go test ./internal/api -run Comments
type route struct {
	method, path string // the path as http.ServeMux has it
	access       access
	summary      string // for the document: one sentence without a dot
	params       []param
	headers      []param // of the request, beside Authorization
	body         any     // a value of the type that the body has; nil: there is none
	answer       any     // a value of the type of the answer; nil: it is no JSON
	unknown      any     // likewise for those whom the server does not know, if that is another one
	media        string  // the type of an answer that is no JSON, if there can be one
	fails        []int   // the statuses of its errors, beside those that all have
	page         bool    // it is a file of the page for people: not of the document, and only where tokens are safe
	failure      any     // a value of the type of the answer with status 503, where that is no api.Problem

	serve   func(*http.Request) (any, error)
	handler http.Handler // in the place of serve, where the answer is not always JSON
}

// param is a parameter of the query.
type param struct {
	name, about string
	value       any // of the type that it has; nil: a text
}

// pattern is what the route is called by in an http.ServeMux.
func (r *route) pattern() string { return r.method + " " + r.path }

// names gives the names of the parameters.
func (r *route) names() (names []string) {
	for _, p := range r.params {
		names = append(names, p.name)
	}
	return names
}

// answers gives what serves the route.
func (r *route) answers() http.Handler {
	h := r.handler
	if h == nil {
		h = endpoint(r.serve)
	}
	return r.knownParams(h)
}

// inPath gives the names of the parameters in the path.
func (r *route) inPath() (names []string) {
	for part := range strings.SplitSeq(r.path, "/") {
		if name, ok := strings.CutPrefix(part, "{"); ok {
			names = append(names, strings.TrimRight(name, ".}"))
		}
	}
	return names
}

// routes gives all operations over a backend.
func routes(b Backend, metrics http.Handler) []route {
	lists := [][]route{
		healthRoutes(b),
		statusRoutes(b),
		reloadRoutes(b),
		leaseRoutes(b),
		hostRoutes(b),
		hostWriteRoutes(b),
		stateRoutes(b),
		poolRoutes(b),
		tokenRoutes(b),
		nextFreeRoutes(b),
		linkRoutes(b),
		explainRoutes(b),
		eventRoutes(b),
		backupRoutes(b),
		metricRoutes(metrics),
		profileRoutes(),
		pageRoutes(),
	}
	var all []route
	for _, l := range lists {
		all = append(all, l...)
	}
	return append(all, documentRoute(all))
}
