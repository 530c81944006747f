package api

import (
	"context"
	"net/http"
)

// Reload is the answer of POST /v1/reload: what the server serves from now on.
type Reload struct {
	File     string   `json:"file"`     // the configuration
	Plugins  int      `json:"plugins"`  // that it uses
	Hosts    int      `json:"hosts"`    // known machines
	Warnings []string `json:"warnings"` // what will not work
}

// Reload has the server read its configuration again, and waits until it serves it.
// What is wrong with the configuration, each mistake in a line with file, line and
// column, is a *BadRequestError; then the one before stays.
func (c *Client) Reload(ctx context.Context) (r Reload, err error) {
	return r, c.do(ctx, http.MethodPost, "/v1/reload", &r)
}
