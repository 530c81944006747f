package api

import (
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"

	"github.com/stage6/stage6/api"
)

// Vacancies is what the backend knows of free addresses.
type Vacancies interface {
	// NextFree gives the lowest address or block that nobody has. It is a
	// *NotFoundError if there is none, or no such link.
	NextFree(q api.NextFreeQuery) (api.NextFree, error)
}

// nextFreeRoutes gives the question for what is free.
func nextFreeRoutes(v Vacancies) []route {
	return []route{{
		method: "GET", path: "/v1/next-free", access: reader,
		summary: "Give the lowest address, or block of addresses, that nobody has and no pool gives out",
		params: []param{
			{"link", "where: the name of a link; absent: that of within, else the only one", nil},
			{"within", "within which prefix; absent: the first one of the link", netip.Prefix{}},
			{"length", "how long the block's prefix is; absent: 128, which is one address", 0},
		},
		answer: api.NextFree{},
		fails:  []int{http.StatusNotFound},
		serve: func(r *http.Request) (any, error) {
			q, err := parseNextFree(r.URL.Query())
			if err != nil {
				return nil, err
			}
			return v.NextFree(q)
		},
	}}
}

func parseNextFree(v url.Values) (q api.NextFreeQuery, err error) {
	q.Link, q.Length = v.Get("link"), 128
	if text := v.Get("within"); text != "" {
		if q.Within, err = api.ParsePrefix(text); err != nil {
			return q, err
		}
	}
	if text := v.Get("length"); text != "" {
		if q.Length, err = strconv.Atoi(text); err != nil || q.Length < 1 || q.Length > 128 {
			return q, &api.BadRequestError{Err: fmt.Errorf("length %q: want 1 to 128, such as 125 for eight addresses", text)}
		}
	}
	if q.Within.IsValid() && q.Within.Bits() > q.Length {
		return q, &api.BadRequestError{Err: fmt.Errorf("length %d: want at least that of %s", q.Length, q.Within)}
	}
	return q, nil
}
