package api

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
)

// NextFreeQuery says what is wanted, and where.
type NextFreeQuery struct {
	Link   string       // the name of a link; empty: of Within, else the only one
	Within netip.Prefix // invalid: the first prefix of the link
	Length int          // 128 is one address
}

// NextFree is an address or a block of addresses that nobody has.
type NextFree struct {
	Prefix netip.Prefix `json:"prefix"`         // an address is a /128
	Within netip.Prefix `json:"within"`         // where it was looked for
	Link   string       `json:"link,omitempty"` // that it is on, if any
}

// Vacancies is what the backend knows of free addresses.
type Vacancies interface {
	// NextFree gives the lowest address or block that nobody has. It is a
	// *NotFoundError if there is none, or no such link.
	NextFree(q NextFreeQuery) (NextFree, error)
}

// addNextFree adds the path of the next free address.
func addNextFree(mux *http.ServeMux, v Vacancies) {
	mux.Handle("GET /v1/next-free", endpoint(func(r *http.Request) (any, error) {
		q, err := parseNextFree(r.URL.Query())
		if err != nil {
			return nil, err
		}
		return v.NextFree(q)
	}))
}

func parseNextFree(v url.Values) (q NextFreeQuery, err error) {
	q.Link, q.Length = v.Get("link"), 128
	if text := v.Get("within"); text != "" {
		if q.Within, err = ParsePrefix(text); err != nil {
			return q, err
		}
	}
	if text := v.Get("length"); text != "" {
		if q.Length, err = strconv.Atoi(text); err != nil || q.Length < 1 || q.Length > 128 {
			return q, &BadRequestError{fmt.Errorf("length %q: want 1 to 128, such as 125 for eight addresses", text)}
		}
	}
	if q.Within.IsValid() && q.Within.Bits() > q.Length {
		return q, &BadRequestError{fmt.Errorf("length %d: want at least that of %s", q.Length, q.Within)}
	}
	return q, nil
}

// NextFree asks for the lowest address or block that nobody has.
func (c *Client) NextFree(ctx context.Context, q NextFreeQuery) (n NextFree, err error) {
	v := values(map[string]string{"link": q.Link}, 0)
	if q.Within.IsValid() {
		v.Set("within", q.Within.String())
	}
	if q.Length != 0 {
		v.Set("length", strconv.Itoa(q.Length))
	}
	return n, c.do(ctx, http.MethodGet, "/v1/next-free?"+v.Encode(), &n)
}
