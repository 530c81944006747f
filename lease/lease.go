// Package lease holds the server's record of what it has granted: bindings,
// their leases, and the store that keeps them.
package lease

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/stage"
)

// Infinity is the lifetime that never ends (0xffffffff seconds on the wire,
// RFC 9915 section 7.7).
const Infinity = 0xffffffff * time.Second

// State is what has become of a lease.
type State uint8

// The states of a lease. A lease that ran out stays Active with its Until in
// the past: nothing is written when time passes.
const (
	Active   State = iota + 1
	Released       // given back by the client, or taken back by the server
	Declined       // found in use by the client; nobody gets it until Until
)

var stateNames = [...]string{"", "active", "released", "declined"}

// String gives the state's name in lower case.
func (s State) String() string {
	if s > 0 && int(s) < len(stateNames) {
		return stateNames[s]
	}
	return fmt.Sprintf("state(%d)", uint8(s))
}

// MarshalText gives the form of String.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the form of String.
func (s *State) UnmarshalText(text []byte) error {
	for i, n := range stateNames {
		if i > 0 && n == string(text) {
			*s = State(i)
			return nil
		}
	}
	return fmt.Errorf("lease state %q: want active, released or declined", text)
}

// Lease is one address, as a /128, or one delegated prefix, granted for a
// time.
type Lease struct {
	Prefix    netip.Prefix  `json:"prefix"`
	State     State         `json:"state"`
	Preferred time.Duration `json:"preferred"` // as last granted; whole seconds
	Valid     time.Duration `json:"valid"`     // as last granted; whole seconds
	// Until is when the valid lifetime ends (Active), or when a resting
	// address may go to somebody else (Released, Declined). The zero time
	// means never for an active lease and at once for a released one.
	Until time.Time `json:"until,omitzero"`
	Pool  string    `json:"pool,omitempty"` // the name of what proposed it
	// Rest is how long nobody else gets the prefix after the client has given
	// it back; whole seconds.
	Rest time.Duration `json:"rest,omitempty"`
}

// Live says whether the lease is active and has not run out at now.
func (l *Lease) Live(now time.Time) bool {
	return l.State == Active && (l.Until.IsZero() || now.Before(l.Until))
}

// Held says whether nobody else may have the prefix at now: it is live, or it
// rests after a Decline or a Release.
func (l *Lease) Held(now time.Time) bool {
	if l.State == Active {
		return l.Live(now)
	}
	return now.Before(l.Until)
}

// Key names a binding: the client's DUID and one of its identity associations
// (RFC 9915 section 13).
type Key struct {
	DUID ident.DUID `json:"duid"`
	IA   ident.IA   `json:"ia"`
}

// String gives the DUID and the identity association, separated by a slash.
func (k Key) String() string { return k.DUID.String() + "/" + k.IA.String() }

// Binding is the server's record for one identity association of one client.
// A Binding that has been handed to a store is never changed again: whoever wants
// another makes a copy.
type Binding struct {
	Key
	Leases    []Lease     `json:"leases"`
	Link      string      `json:"link,omitempty"`
	Host      string      `json:"host,omitempty"`      // the known host, or nothing
	Interface string      `json:"interface,omitempty"` // of the host
	MAC       ident.MAC   `json:"mac,omitzero"`
	Hostname  string      `json:"hostname,omitempty"` // as in the FQDN option
	Stage     stage.Stage `json:"stage,omitempty"`
	// Vouched says that a trusted source of identity named the host when the
	// client was answered; of a system's DUID it remembers whose it is.
	Vouched bool `json:"vouched,omitempty"`
	// Contested says that the binding took a lease from one of another installed
	// system on the same interface, which may happen once.
	Contested bool `json:"contested,omitempty"`
	// Via is the next hop to what is delegated: a neighbour of this machine, with
	// its interface by name as the zone of a link-local address. It is zero where
	// no route is wanted.
	Via     netip.Addr `json:"via,omitzero"`
	Created time.Time  `json:"created"`
	Updated time.Time  `json:"updated"` // when the client was last answered about it
}

// Live says whether any of the binding's leases is live at now.
func (b *Binding) Live(now time.Time) bool {
	for i := range b.Leases {
		if b.Leases[i].Live(now) {
			return true
		}
	}
	return false
}

// Lease gives the binding's lease of p, or nil.
func (b *Binding) Lease(p netip.Prefix) *Lease {
	for i := range b.Leases {
		if b.Leases[i].Prefix == p {
			return &b.Leases[i]
		}
	}
	return nil
}
