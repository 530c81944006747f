package api

import (
	"net/http"

	"github.com/stage6/stage6/api"
)

// reloadRoutes gives the operation that reads the configuration again.
func reloadRoutes(b Backend) []route {
	return []route{{
		method: "POST", path: "/v1/reload", access: admin,
		summary: "Read the configuration again and serve it; with what is wrong with it, which is status 400, the one before stays",
		answer:  api.Reload{},
		serve:   func(r *http.Request) (any, error) { return b.Reload(r.Context()) },
	}}
}
