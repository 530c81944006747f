package api

import (
	"context"
	"math/big"
	"net/http"
)

// PoolList is the answer of GET /v1/pools.
type PoolList struct {
	Pools []Pool `json:"pools"`
}

// Pool is a pool of addresses, or of prefixes for delegation, and how much of it is
// in use: in addresses, or in prefixes of the length Unit. Sizes are exact, and
// may be beyond what a number of 64 bits holds.
type Pool struct {
	Plugin     string   `json:"plugin"`          // its name in the configuration, which leases show
	Also       []string `json:"also,omitempty"`  // other plugins that have the same pool
	Links      []string `json:"links,omitempty"` // that its addresses are on; of prefixes: none
	Ranges     []string `json:"ranges"`          // what it consists of: prefixes, or FIRST-LAST
	Kind       string   `json:"kind"`            // address or prefix
	Unit       int      `json:"unit"`            // the length of what is counted: 128, or the longest prefix that is delegated
	Lengths    []int    `json:"lengths"`         // of what is given out
	Size       *big.Int `json:"size"`
	Excluded   *big.Int `json:"excluded"`   // never given out: by the configuration, or by the addressing architecture
	Reserved   *big.Int `json:"reserved"`   // not given out, since they are for known hosts or the server's own
	Active     *big.Int `json:"active"`     // leased
	Offered    *big.Int `json:"offered"`    // held for a short while
	Released   *big.Int `json:"released"`   // given back, and nobody else's for a while
	Declined   *big.Int `json:"declined"`   // found in use, and nobody's for a while
	Remembered *big.Int `json:"remembered"` // ended, and free; kept for who had them as long as others are free
	Free       *big.Int `json:"free"`       // that anybody can get
	Used       float64  `json:"used"`       // the part of what can be given out that is not free: 0 to 1
}

// Pools asks for the pools and their use.
func (c *Client) Pools(ctx context.Context) (list PoolList, err error) {
	err = c.do(ctx, http.MethodGet, "/v1/pools", &list)
	return list, err
}
