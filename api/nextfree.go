package api

import (
	"context"
	"net/http"
	"net/netip"
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
