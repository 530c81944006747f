// Package api is the server's HTTP interface: paths begin with /v1, bodies are
// JSON, and errors are JSON with the field error. The public package api has its
// values, and its client.
package api

import (
	"context"
	"net/netip"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
)

// Backend is what the interface shows and changes.
type Backend interface {
	Links
	Vacancies
	Tokens
	Backups
	Explainer
	HostWriter
	Health() api.Health
	// Readiness says whether the server answers, and if not, why.
	Readiness() api.Readiness
	// Status says in short how everything is.
	Status() api.Status
	Leases(q api.LeaseQuery) (api.LeasePage, error)
	// Release ends the lease of an address or prefix, durably, and gives it as
	// it was. It is a *NotFoundError if nobody has it.
	Release(ctx context.Context, p netip.Prefix) (api.Lease, error)
	Verify(ctx context.Context, whole bool) (api.Verification, error)
	// Events gives events, and waits for the first one until ctx ends.
	Events(ctx context.Context, q api.EventQuery) api.EventPage
	Pools() api.PoolList
	Hosts(q api.HostQuery) (api.HostPage, error)
	// Host gives the host of a name, or a *NotFoundError, as those below do.
	Host(name string) (api.Host, error)
	// SetState sets the state of a host, durably, and gives the host.
	SetState(ctx context.Context, name string, s host.State) (api.Host, error)
	// SetInstalled sets the state of a host to installed and, unless it is
	// empty, pins the DUID of its installed system, both durably, and gives the
	// host. A DUID that is another host's is a *ConflictError.
	SetInstalled(ctx context.Context, name string, duid ident.DUID) (api.Host, error)
	// Pin pins the DUID of a host's installed system, durably, and gives the
	// host. A DUID that is another host's is a *ConflictError.
	Pin(ctx context.Context, name string, duid ident.DUID) (api.Host, error)
	// Unpin forgets the DUID that was pinned to a host, durably.
	Unpin(ctx context.Context, name string) (api.Host, error)
	// NewToken gives the one-time token that a host has now. That its state is
	// not one in which hosts have tokens is a *ConflictError.
	NewToken(name string) (api.Token, error)
	// Reload reads the configuration again and serves it. What is wrong with it is a
	// *BadRequestError, and then the one before stays.
	Reload(ctx context.Context) (api.Reload, error)
	// ResetState gives a host the state of its source back, durably.
	ResetState(ctx context.Context, name string) (api.Host, error)
}
