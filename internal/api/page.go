package api

import (
	"net/http"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/internal/web"
)

// pageRoutes gives the page for people, and what it asks first: what whoever
// looks may do. The files of the page are everybody's; what they show is not.
func pageRoutes() []route {
	return []route{{
		method: "GET", path: "/v1/access", access: reader,
		summary: "Say what whoever asks may do: read, admin or socket",
		answer:  api.Access{},
		serve:   func(r *http.Request) (any, error) { return api.Access{Access: accessOf(r).String()}, nil },
	}, {
		method: "GET", path: "/{$}", access: everybody, page: true,
		handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "web/")
			w.WriteHeader(http.StatusSeeOther)
		}),
	}, {
		method: "GET", path: "/web/{file...}", access: everybody, page: true,
		handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { web.Page(w, r, r.PathValue("file")) }),
	}}
}
