package event

import (
	"fmt"
	"strings"
)

// Kind is what sort of thing happened. The zero value is no kind.
type Kind uint8

// The kinds of events.
const (
	Seen         Kind = iota + 1 // a client of no known machine was heard of
	Identified                   // a client was recognised as a known machine
	Disagreement                 // two sources of identity do not say the same of a client
	StageChanged                 // a known machine goes on in its boot
	StateChanged                 // the state of a known machine was set
	Leased                       // an address or prefix is a client's, which it was not before
	Moved                        // it is a client's, and was that of another one until now
	Released                     // a lease was given back, or taken back
	Expired                      // a lease has run out
	Declined                     // a client found its address in use by somebody else
	Denied                       // a client did not get what it asked for
	Conflict                     // two live systems of one machine contest a lease
	RouteUp                      // a route to a delegated prefix was made
	RouteDown                    // a route to a delegated prefix was removed
	RouteFailed                  // a route could not be made or removed
	TokenUsed                    // a one-time token was accepted
	Pinned                       // a DUID was recorded as that of a known machine
	HostsLoaded                  // files of hosts were read again
	HostsBroken                  // files of hosts cannot be read: what was read before stands
	LinkUp                       // an interface is there that was not
	LinkDown                     // an interface is gone
	Started                      // the server answers
	Stopping                     // the server ends
	StoreFailed                  // leases cannot be written
	StoreWorks                   // leases can be written again
	PluginFailed                 // a plugin gave an error, panicked, blocked, or wrote too much into the log
	ConfigLoaded                 // the configuration was read again, and holds from now on
	ConfigBroken                 // the configuration cannot be read again: the one before stands
	HostChanged                  // a known machine was created, changed, deleted, set aside or counts again while the server runs: Reason says which
	RAProblem                    // the router advertisements of a link do not fit the configuration, or none come
	RAFits                       // the router advertisements of a link fit again
	OtherServer                  // another DHCPv6 server answers on a link
	Flood                        // more comes than is served: Reason says why, and Link where from
	ClockStepped                 // the machine's clock was set while the server runs
	StoreSlow                    // the disk takes more than a second for what leases wait for
	StoreFast                    // it does not any more

	// Kinds is how many numbers kinds have, zero among them.
	Kinds = int(iota) + 1
)

var names = [Kinds]string{
	"", "seen", "identified", "disagreement", "stage", "state", "leased", "moved", "released", "expired", "declined",
	"denied", "conflict", "route-up", "route-down", "route-failed", "token-used", "pinned", "hosts-loaded", "hosts-broken",
	"link-up", "link-down", "started", "stopping", "store-failed", "store-works", "plugin",
	"config-loaded", "config-broken", "host", "ra-problem", "ra-ok", "other-server", "flood",
	"clock-stepped", "store-slow", "store-fast",
}

// String gives the name of the kind, such as leased.
func (k Kind) String() string {
	if k > 0 && int(k) < Kinds {
		return names[k]
	}
	return fmt.Sprintf("event(%d)", uint8(k))
}

// MarshalText gives the form of String.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads the form of String.
func (k *Kind) UnmarshalText(text []byte) error {
	for i, n := range names {
		if i > 0 && n == string(text) {
			*k = Kind(i)
			return nil
		}
	}
	return fmt.Errorf("kind of event %q: want one of %s", text, strings.Join(names[1:], ", "))
}
