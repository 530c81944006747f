package api

import (
	"context"
	"net/http"
)

// Access is the answer of GET /v1/access.
type Access struct {
	Access string `json:"access"` // read, admin or, over the unix socket, socket: each may what those before it may
}

// Access asks what whoever asks may do.
func (c *Client) Access(ctx context.Context) (a Access, err error) {
	return a, c.do(ctx, http.MethodGet, "/v1/access", &a)
}

// RoundTrip sends a request for an operation as it is, with the client's token,
// and lets a client be the transport of a proxy. Of the request's URL the path
// and the parameters count.
func (c *Client) RoundTrip(r *http.Request) (*http.Response, error) {
	out, err := http.NewRequestWithContext(r.Context(), r.Method, c.base+r.URL.RequestURI(), r.Body)
	if err != nil {
		return nil, err
	}
	out.Header, out.ContentLength = r.Header.Clone(), r.ContentLength
	if err := c.show(out.Header); err != nil {
		return nil, err
	}
	resp, err := c.http.Transport.RoundTrip(out)
	if err != nil {
		return nil, c.explain(err)
	}
	return resp, nil
}
