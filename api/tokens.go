package api

import (
	"context"
	"net/http"
	"time"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
)

// Token is a one-time boot token and whom it stands for.
type Token struct {
	Token     string      `json:"token,omitempty"` // only where it was asked for by the name of the host
	Host      string      `json:"host"`
	State     host.State  `json:"state"`
	MACs      []ident.MAC `json:"macs,omitempty"`
	Addresses []string    `json:"addresses,omitempty"` // that are reserved: blocks with their length; host parts such as ::56
	Expires   time.Time   `json:"expires"`
}

// Installation is the answer of POST /v1/installed.
type Installation struct {
	Host    string     `json:"host"`
	State   host.State `json:"state"`
	DUID    ident.DUID `json:"duid,omitempty"`    // that was pinned
	Already bool       `json:"already,omitempty"` // the same token said so before
}

// said is the body of a request with a token.
type said struct {
	Token string     `json:"token"`
	DUID  ident.DUID `json:"duid,omitempty"`
}

// NewToken asks for the one-time token that a host has now.
func (c *Client) NewToken(ctx context.Context, name string) (t Token, err error) {
	return t, c.do(ctx, http.MethodGet, hostPath(name)+"/token", &t)
}

// VerifyToken asks whom a token stands for.
func (c *Client) VerifyToken(ctx context.Context, token string) (t Token, err error) {
	return t, c.doBody(ctx, "/v1/tokens/verify", said{Token: token}, &t)
}

// UseToken says that the host of a token is installed, with the DUID of its
// system unless that is empty.
func (c *Client) UseToken(ctx context.Context, token string, duid ident.DUID) (i Installation, err error) {
	return i, c.doBody(ctx, "/v1/installed", said{Token: token, DUID: duid}, &i)
}
