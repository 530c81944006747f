// Package host holds the machines that the operator knows: their names, what
// they are recognised by, and what is reserved for them.
package host

import (
	"fmt"
	"net/netip"

	"github.com/stage6/stage6/ident"
)

// State is what the operator wants of a machine.
type State uint8

// The states of a host.
const (
	New State = iota
	Deploy
	Installed
	Locked
)

var stateNames = [...]string{"new", "deploy", "installed", "locked"}

// String gives the state's name in lower case.
func (s State) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}
	return fmt.Sprintf("state(%d)", uint8(s))
}

// MarshalText gives the form of String.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the form of String.
func (s *State) UnmarshalText(text []byte) error {
	for i, n := range stateNames {
		if n == string(text) {
			*s = State(i)
			return nil
		}
	}
	return fmt.Errorf("state %q: want new, deploy, installed or locked", text)
}

// Client names a client by its DUID and, when IAID is not nil, by one of its
// identity associations only.
type Client struct {
	DUID ident.DUID
	IAID *uint32
}

// Address is what is reserved of a link's addresses: one, as a /128, or a
// block. It is whole, or only its host part (such as ::56), which takes its
// prefix from the client's link.
type Address struct {
	Prefix   netip.Prefix
	HostPart bool
}

// On gives what is reserved on a link with the prefix p, and whether there is
// something: a whole address must be in p, a host part must not reach into the
// prefix.
func (a Address) On(p netip.Prefix) (netip.Prefix, bool) {
	if !a.HostPart {
		return a.Prefix, p.Bits() <= a.Prefix.Bits() && p.Contains(a.Prefix.Addr())
	}
	if p.Bits() > 64 {
		return netip.Prefix{}, false
	}
	out, low := p.Masked().Addr().As16(), a.Prefix.Addr().As16()
	for i := 8; i < 16; i++ {
		out[i] |= low[i]
	}
	return netip.PrefixFrom(netip.AddrFrom16(out), a.Prefix.Bits()), true
}

// Interface is one network interface of a host: what it is recognised by and
// what is reserved for it. Several MACs are alternatives for one interface.
type Interface struct {
	Name      string // within the host; nothing for a host with only one
	MACs      []ident.MAC
	Ports     []ident.Port // of access devices, that it is plugged into
	Clients   []Client
	Addresses []Address
	Prefixes  []netip.Prefix
}

// Host is a known machine. It is not changed once it is in a registry.
type Host struct {
	Name       string
	Hostname   string // for the FQDN option; Name when empty
	UUIDs      []ident.UUID
	Interfaces []Interface
	State      State
	Tags       []string
	Options    []Option
	Source     string // where it was read: file:line
}

// Option is one DHCP option that is given to a host, encoded.
type Option struct {
	Code uint16
	Data []byte // without code and length
}
