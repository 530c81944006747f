package api

import (
	"net/http"

	"github.com/stage6/stage6/api"
)

// healthRoutes gives the operations that say how the server is. Whoever is not
// known is told whether it answers, and nothing else.
func healthRoutes(b Backend) []route {
	return []route{{
		method: "GET", path: "/v1/health", access: everybody,
		summary: "Say that the server lives, and how it is; without a token only whether it answers DHCP messages",
		answer:  api.Health{},
		unknown: api.Readiness{},
		serve: func(r *http.Request) (any, error) {
			if accessOf(r) < reader {
				return api.Readiness{Ready: b.Readiness().Ready}, nil
			}
			return b.Health(), nil
		},
	}, {
		method: "GET", path: "/v1/ready", access: everybody,
		summary: "Say whether the server answers DHCP messages and its store works, and if not, why, with status 503; the reasons need a token",
		answer:  api.Readiness{},
		fails:   []int{http.StatusServiceUnavailable},
		failure: api.Readiness{},
		handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			ready, status := b.Readiness(), http.StatusOK
			if !ready.Ready {
				status = http.StatusServiceUnavailable
			}
			if accessOf(r) < reader {
				ready.Reasons = nil
			}
			write(w, status, ready)
		}),
	}}
}
