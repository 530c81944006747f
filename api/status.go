package api

import (
	"context"
	"net/http"
	"time"
)

// Status is the answer of GET /v1/status: what to look at first.
type Status struct {
	Ready    bool           `json:"ready"`              // whether it answers DHCP messages, and its store works
	Reasons  []string       `json:"reasons,omitempty"`  // why it is not
	Problems []string       `json:"problems,omitempty"` // what else does not work at the moment
	Version  string         `json:"version"`            // of the server
	Started  time.Time      `json:"started"`            // when the server started
	Config   StatusConfig   `json:"config"`
	Hosts    map[string]int `json:"hosts"`           // known machines that count, by state
	Aside    int            `json:"aside,omitempty"` // hosts made over the API that do not count, since files have what they claim
	Leases   map[string]int `json:"leases"`          // addresses and prefixes, by what has become of them: active, offered, ended, released or declined
	Pools    int            `json:"pools"`           // how many there are
	Full     []Pool         `json:"full"`            // of those, the ones nine tenths of which or more are in use
}

// StatusConfig is which configuration a server serves, and what came of the last
// attempt to read it again.
type StatusConfig struct {
	File   string    `json:"file"`
	Read   time.Time `json:"read"`             // when what is served was read
	Broken string    `json:"broken,omitempty"` // why it could not be read again after that
}

// Status asks how the server is, in short.
func (c *Client) Status(ctx context.Context) (s Status, err error) {
	return s, c.do(ctx, http.MethodGet, "/v1/status", &s)
}
