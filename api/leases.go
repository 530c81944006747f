package api

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"time"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/stage"
)

// Lease is one lease with what is known of its binding.
type Lease struct {
	Prefix    netip.Prefix `json:"prefix"` // an address is a /128
	State     string       `json:"state"`  // active, expired, released or declined
	DUID      ident.DUID   `json:"duid"`
	IAType    string       `json:"ia_type"`
	IAID      uint32       `json:"iaid"`
	MAC       ident.MAC    `json:"mac,omitzero"`
	Host      string       `json:"host,omitempty"`
	Hostname  string       `json:"hostname,omitempty"`
	Link      string       `json:"link,omitempty"`
	Pool      string       `json:"pool,omitempty"`
	Stage     stage.Stage  `json:"stage,omitempty"`
	Via       netip.Addr   `json:"via,omitzero"`   // the next hop of the route to the prefix; absent: there is none
	Preferred uint32       `json:"preferred"`      // seconds, as last granted
	Valid     uint32       `json:"valid"`          // seconds, as last granted
	Until     time.Time    `json:"until,omitzero"` // when it ends; absent: never
	Updated   time.Time    `json:"updated"`
}

// LeaseQuery selects leases. Empty fields select all.
type LeaseQuery struct {
	Address string // an address or prefix
	DUID    string // in hexadecimal
	MAC     string
	Host    string
	Link    string
	Pool    string // the name of the plugin that gave it, in the configuration
	Stage   string // of the boot, such as final
	State   string // active, expired, released, declined or all; empty: active
	Limit   int    // at most so many; 0: 1000
	After   string // the Next of the page before
}

// LeasePage is a part of the leases, in a stable order.
type LeasePage struct {
	Leases []Lease `json:"leases"`
	Next   string  `json:"next,omitempty"` // to be given as After; empty at the end
}

// Verification is the answer of GET and POST /v1/verify.
type Verification struct {
	Bindings int      `json:"bindings"`
	Problems []string `json:"problems"`
}

// Leases asks for one page of leases.
func (c *Client) Leases(ctx context.Context, q LeaseQuery) (p LeasePage, err error) {
	v := values(map[string]string{
		"address": q.Address, "duid": q.DUID, "mac": q.MAC, "host": q.Host, "link": q.Link, "pool": q.Pool, "stage": q.Stage,
		"state": q.State, "after": q.After,
	}, q.Limit)
	return p, c.do(ctx, http.MethodGet, "/v1/leases?"+v.Encode(), &p)
}

// Release ends a lease and gives it as it was.
func (c *Client) Release(ctx context.Context, p netip.Prefix) (l Lease, err error) {
	return l, c.do(ctx, http.MethodDelete, "/v1/leases/"+p.String(), &l)
}

// Verify has the server check its leases, in steps, while it answers messages. With a
// million leases it takes half a minute.
func (c *Client) Verify(ctx context.Context) (v Verification, err error) {
	return v, c.exchange(ctx, http.MethodGet, "/v1/verify", nil, &v)
}

// VerifyWhole has the server check its leases, and add up what it counts. It answers
// no message meanwhile: some seconds with a million leases.
func (c *Client) VerifyWhole(ctx context.Context) (v Verification, err error) {
	return v, c.exchange(ctx, http.MethodPost, "/v1/verify", nil, &v)
}

// ParsePrefix reads an address, which becomes a /128, or a prefix.
func ParsePrefix(s string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(s); err == nil && a.Is6() && a.Zone() == "" {
		return netip.PrefixFrom(a, 128), nil
	}
	p, err := netip.ParsePrefix(s)
	if err != nil || !p.Addr().Is6() {
		return netip.Prefix{}, &BadRequestError{fmt.Errorf("%q: want an IPv6 address or prefix", s)}
	}
	return p.Masked(), nil
}
