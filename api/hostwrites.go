package api

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strconv"
)

// CreateHost makes a host. One that is there is a *ConflictError.
func (c *Client) CreateHost(ctx context.Context, spec HostSpec) (h Host, err error) {
	return h, c.write(ctx, http.MethodPost, "/v1/hosts", spec, &h)
}

// PutHost writes a whole host, which may be there or not. With a version it must
// have that, else it is a *PreconditionError, which tells how the host is.
func (c *Client) PutHost(ctx context.Context, name string, spec HostSpec) (h Host, err error) {
	return h, c.write(ctx, http.MethodPut, hostPath(name), spec, &h)
}

// PatchHost changes what a patch has of a host, such as {"tags": ["web"]}, and
// takes away what is null there (RFC 7396). A version in the patch must be that of
// the host, else it is a *PreconditionError, which tells how the host is.
func (c *Client) PatchHost(ctx context.Context, name string, patch any) (h Host, err error) {
	return h, c.write(ctx, http.MethodPatch, hostPath(name), patch, &h)
}

// DeleteHost deletes a host, which with a version other than 0 must have that,
// and gives it as it was. While it has leases that is a *ConflictError, but with
// force.
func (c *Client) DeleteHost(ctx context.Context, name string, version uint64, force bool) (h Host, err error) {
	v := values(nil, 0)
	if version != 0 {
		v.Set("version", strconv.FormatUint(version, 10))
	}
	if force {
		v.Set("force", "true")
	}
	return h, c.do(ctx, http.MethodDelete, hostPath(name)+"?"+v.Encode(), &h)
}

// write sends a value as JSON.
func (c *Client) write(ctx context.Context, method, path string, value, into any) error {
	body, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return c.send(ctx, method, path, bytes.NewReader(body), into)
}
