// Package api is the server's HTTP interface and its client. Paths begin with
// /v1; bodies are JSON; errors are JSON with the fields error and hint.
package api

import (
	"context"
	"net/netip"
	"time"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/stage"
)

// Health is the answer of GET /v1/health.
type Health struct {
	Ready    bool              `json:"ready"`    // whether it answers DHCP messages
	Version  string            `json:"version"`  // of the server
	Started  time.Time         `json:"started"`  // when the server started
	Leases   int               `json:"leases"`   // bindings that are kept
	Problems []string          `json:"problems"` // what does not work at the moment
	Counters map[string]uint64 `json:"counters"` // messages, replies and drops by name
}

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

// Query selects leases. Empty fields select all.
type Query struct {
	Address string // an address or prefix
	DUID    string // in hexadecimal
	MAC     string
	Host    string
	State   string // active, expired, released, declined or all; empty: active
	Limit   int    // at most so many; 0: 1000
	After   string // the Next of the page before
}

// Page is a part of the leases, in a stable order.
type Page struct {
	Leases []Lease `json:"leases"`
	Next   string  `json:"next,omitempty"` // to be given as After; empty at the end
}

// Verification is the answer of GET /v1/verify.
type Verification struct {
	Bindings int      `json:"bindings"`
	Problems []string `json:"problems"`
}

// Backend is what the interface shows and changes.
type Backend interface {
	Vacancies
	Tokens
	Leases(q Query) (Page, error)
	// Release ends the lease of an address or prefix, durably, and gives it as
	// it was. It is a *NotFoundError if nobody has it.
	Release(ctx context.Context, p netip.Prefix) (Lease, error)
	Verify(ctx context.Context) (Verification, error)
	// Events gives events, and waits for the first one until ctx ends.
	Events(ctx context.Context, q EventQuery) EventPage
	Hosts(q HostQuery) (HostPage, error)
	// Host gives the host of a name, or a *NotFoundError, as those below do.
	Host(name string) (Host, error)
	// SetState sets the state of a host, durably, and gives the host.
	SetState(ctx context.Context, name string, s host.State) (Host, error)
	// SetInstalled sets the state of a host to installed and, unless it is
	// empty, pins the DUID of its installed system, both durably, and gives the
	// host. A DUID that is another host's is a *ConflictError.
	SetInstalled(ctx context.Context, name string, duid ident.DUID) (Host, error)
	// Pin pins the DUID of a host's installed system, durably, and gives the
	// host. A DUID that is another host's is a *ConflictError.
	Pin(ctx context.Context, name string, duid ident.DUID) (Host, error)
	// Unpin forgets the DUID that was pinned to a host, durably.
	Unpin(ctx context.Context, name string) (Host, error)
	// NewToken gives the one-time token that a host has now. That its state is
	// not one in which hosts have tokens is a *ConflictError.
	NewToken(name string) (Token, error)
	// ResetState gives a host the state of its source back, durably.
	ResetState(ctx context.Context, name string) (Host, error)
}

// NotFoundError says that what was asked for is not there.
type NotFoundError struct{ What string }

func (e *NotFoundError) Error() string { return e.What + " not found" }

// BusyError says that too many ask for the same at a time.
type BusyError struct{ What string }

func (e *BusyError) Error() string { return e.What + ": try again later" }

// BadRequestError says that a request cannot be understood.
type BadRequestError struct{ Err error }

func (e *BadRequestError) Error() string { return e.Err.Error() }
func (e *BadRequestError) Unwrap() error { return e.Err }

// ConflictError says that what was asked for cannot be, since something else is
// in its place.
type ConflictError struct{ Err error }

func (e *ConflictError) Error() string { return e.Err.Error() }
func (e *ConflictError) Unwrap() error { return e.Err }
