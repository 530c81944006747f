package api

import (
	"net/http"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/host"
)

// hostRoutes gives the operations on known machines.
func hostRoutes(b Backend) []route {
	return []route{{
		method: "GET", path: "/v1/hosts", access: reader,
		summary: "List known machines, sorted by name",
		params: append([]param{
			{"search", "words that are looked for in everything that a host is known by and has: all of them must be there", nil},
			{"name", "only those of this name, or pattern with * and ?", nil},
			{"state", "only those in this state", host.State(0)},
			{"mac", "only those with this MAC address", nil},
			{"uuid", "only those with this UUID", nil},
			{"duid", "only those with this DUID, in hexadecimal, listed or pinned", nil},
			{"address", "only the one that this address or prefix is reserved for", nil},
			{"tag", "only those with this tag", nil},
			{"source", "api, file, or aside for those made over the API that do not count", nil},
		}, pageParams()...),
		answer: api.HostPage{},
		serve: func(r *http.Request) (any, error) {
			q, err := parseHostQuery(r)
			if err != nil {
				return nil, err
			}
			return b.Hosts(q)
		},
	}, {
		method: "GET", path: "/v1/hosts/{name}", access: reader,
		summary: "Give one known machine",
		answer:  api.Host{},
		fails:   []int{http.StatusNotFound},
		serve:   func(r *http.Request) (any, error) { return b.Host(r.PathValue("name")) },
	}, {
		method: "GET", path: "/v1/hosts/{name}/token", access: admin,
		summary: "Give the one-time token that a machine has now, which is new or deploy",
		answer:  api.Token{},
		fails:   []int{http.StatusNotFound, http.StatusConflict},
		serve:   func(r *http.Request) (any, error) { return b.NewToken(r.PathValue("name")) },
	}}
}

func parseHostQuery(r *http.Request) (q api.HostQuery, err error) {
	v := r.URL.Query()
	q = api.HostQuery{
		Search: v.Get("search"), Name: v.Get("name"), State: v.Get("state"), MAC: v.Get("mac"), UUID: v.Get("uuid"),
		DUID: v.Get("duid"), Address: v.Get("address"), Tag: v.Get("tag"), Source: v.Get("source"), After: v.Get("after"),
	}
	q.Limit, err = parseLimit(v.Get("limit"))
	return q, err
}
