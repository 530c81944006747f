// Package api is what programs need to speak to a stage6 server: a client of its
// HTTP interface, and the values that are sent. Of this module it imports only
// the nouns, such as host and event.
//
// A Client is safe for concurrent use. What the server refuses comes back as one
// of the errors of this package, so that errors.As tells them apart.
package api

import "time"

// Health is the answer of GET /v1/health.
type Health struct {
	Ready    bool              `json:"ready"`    // whether it answers DHCP messages
	Version  string            `json:"version"`  // of the server
	Started  time.Time         `json:"started"`  // when the server started
	Leases   int               `json:"leases"`   // bindings that are kept
	Problems []string          `json:"problems"` // what does not work at the moment
	Counters map[string]uint64 `json:"counters"` // messages, replies and drops by name
}

// Readiness is the answer of GET /v1/ready.
type Readiness struct {
	Ready   bool     `json:"ready"`             // whether it answers DHCP messages, and its store works
	Reasons []string `json:"reasons,omitempty"` // why it is not
}

// Problem is the body of each answer that is an error.
type Problem struct {
	Error   string `json:"error"`
	Current Host   `json:"current,omitzero"` // as it is now, where it is not as whoever changes it believes
}
