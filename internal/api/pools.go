package api

import (
	"net/http"

	"github.com/stage6/stage6/api"
)

// poolRoutes gives the operations on pools.
func poolRoutes(b Backend) []route {
	return []route{{
		method: "GET", path: "/v1/pools", access: reader,
		summary: "Give the pools and how much of each is in use",
		answer:  api.PoolList{},
		serve:   func(*http.Request) (any, error) { return b.Pools(), nil },
	}}
}
