package api

import (
	"net/http"

	"github.com/stage6/stage6/api"
)

// statusRoutes gives the operation that says in short how everything is.
func statusRoutes(b Backend) []route {
	return []route{{
		method: "GET", path: "/v1/status", access: reader,
		summary: "Say what to look at first: whether the server answers, what is wrong, hosts by state, leases, pools nearly full, the last reload",
		answer:  api.Status{},
		serve:   func(*http.Request) (any, error) { return b.Status(), nil },
	}}
}
