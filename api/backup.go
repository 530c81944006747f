package api

import (
	"context"
	"io"
	"net/http"
)

// Backup asks for a copy of the leases and of all that is kept beside them, which
// is to be closed when it was read. A copy that broke off has no last line.
func (c *Client) Backup(ctx context.Context) (io.ReadCloser, error) {
	resp, err := c.open(ctx, http.MethodGet, "/v1/backup", nil, "")
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		defer resp.Body.Close()
		return nil, problemOf(resp)
	}
	return resp.Body, nil
}
