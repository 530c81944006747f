package api

import (
	"net/http"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/stage"
)

// leaseRoutes gives the operations on leases.
func leaseRoutes(b Backend) []route {
	return []route{{
		method: "GET", path: "/v1/leases", access: reader,
		summary: "List leases, in a stable order",
		params: append([]param{
			{"address", "only the lease of this address or prefix", nil},
			{"duid", "only leases of this DUID, in hexadecimal", nil},
			{"mac", "only leases of this MAC address", nil},
			{"host", "only leases of the host of this name", nil},
			{"link", "only leases on the link of this name", nil},
			{"pool", "only leases that the plugin of this name gave", nil},
			{"stage", "only leases of this stage of the boot, such as final", stage.Stage(0)},
			{"state", "active, expired, released, declined or all; absent: active", nil},
		}, pageParams()...),
		answer: api.LeasePage{},
		serve: func(r *http.Request) (any, error) {
			q, err := parseLeaseQuery(r)
			if err != nil {
				return nil, err
			}
			return b.Leases(q)
		},
	}, {
		method: "DELETE", path: "/v1/leases/{prefix...}", access: admin,
		summary: "End the lease of an address or a prefix, durably, and give it as it was",
		answer:  api.Lease{},
		fails:   []int{http.StatusNotFound},
		serve: func(r *http.Request) (any, error) {
			p, err := api.ParsePrefix(r.PathValue("prefix"))
			if err != nil {
				return nil, err
			}
			return b.Release(r.Context(), p)
		},
	}, {
		method: "GET", path: "/v1/verify", access: reader,
		summary: "Check that the leases are consistent, in steps, beside what else the server does",
		answer:  api.Verification{},
		serve:   func(r *http.Request) (any, error) { return b.Verify(r.Context(), false) },
	}, {
		method: "POST", path: "/v1/verify", access: admin,
		summary: "Check that the leases are consistent and their sums right; no message is answered meanwhile",
		answer:  api.Verification{},
		serve:   func(r *http.Request) (any, error) { return b.Verify(r.Context(), true) },
	}}
}

func parseLeaseQuery(r *http.Request) (q api.LeaseQuery, err error) {
	v := r.URL.Query()
	q = api.LeaseQuery{
		Address: v.Get("address"), DUID: v.Get("duid"), MAC: v.Get("mac"), Host: v.Get("host"),
		Link: v.Get("link"), Pool: v.Get("pool"), Stage: v.Get("stage"), State: v.Get("state"), After: v.Get("after"),
	}
	q.Limit, err = parseLimit(v.Get("limit"))
	return q, err
}
