package migrate

import (
	"net/netip"
	"time"
)

// Config is a network as this server would serve it. Its zero value serves
// nobody. Parts stand in the order in which they count: where the first that
// matches wins, as with options and lifetimes, special cases stand first.
type Config struct {
	ServerID    Setting    // the server's DUID as server_id takes it; by default auto
	Listen      []Listen   // none: all interfaces
	Links       []Link     // those that the kernel does not know, or that differ
	Relays      []Setting  // prefixes of trusted relay agents; none: the default
	RapidCommit Setting    // "true" on all links; empty: the default
	Always      []Setting  // options that are sent unasked
	Server      Map        // other settings of server6
	Identify    Setting    // sources of identity; empty: the default
	Hosts       []Host     // known machines
	Tags        []Tag      // kinds of clients
	Stage       []Tag      // settings of the plugin stage
	Steps       []Step     // plugins of which nothing more is known here, by name
	Lifetimes   []Lifetime // how long leases last
	Pools       []Pool     // addresses
	Prefixes    []Prefix   // prefixes for delegation
	Options     []Option   // options for all, or with When for some
	Boot        []Boot     // boot files: the first that matches
	Leases      string     // where leases are kept; by default the server's own directory
}

// Setting is a value with where it is from. One whose Value is empty is not set.
type Setting struct {
	Value  string
	Origin Origin
}

// Listen is where to listen: a group or a unicast address, with its interface,
// or an interface alone.
type Listen struct {
	Address   netip.Addr // not valid: the group of servers and relay agents
	Interface string
	Origin    Origin
}

// Link is a place where clients are.
type Link struct {
	Name        string // empty: that of the interface
	Interface   string // empty: behind relay agents
	Prefixes    []netip.Prefix
	RapidCommit bool
	Origin      Origin
}

// Label gives the name by which conditions know the link.
func (l Link) Label() string {
	if l.Name != "" {
		return l.Name
	}
	return l.Interface
}

// Tag is a named condition.
type Tag struct {
	Name   string // letters, digits and underscores, a letter first
	When   string // a match expression
	Origin Origin
}

// Step is a plugin with its settings: a string, an int, a bool, a list of
// those as []any or []string, or a Map.
type Step struct {
	Plugin string
	Name   string // beside it, or nothing
	Value  any
	When   string // a match expression, or nothing
	Origin Origin
}

// Lifetime says how long leases last. A nil time is not set.
type Lifetime struct {
	Preferred, MinPreferred, MaxPreferred *time.Duration
	Valid, MinValid, MaxValid             *time.Duration
	T1, T2                                *time.Duration
	When                                  string
	Origin                                Origin
}

// Pool is where addresses come from.
type Pool struct {
	Name             string   // or nothing
	Ranges           []string // prefixes, and ranges such as 2001:db8::1-2001:db8::ff
	Exclude          []string
	Allocation       string // hashed, random or sequential; empty: the default
	Preferred, Valid *time.Duration
	Options          []Option
	When             string
	Deploy           bool // lent to machines while they are installed: the plugin deploy
	Origin           Origin
}

// Prefix is where delegated prefixes come from.
type Prefix struct {
	Name             string
	Pools            []netip.Prefix
	Length           int
	Exclude          []netip.Prefix
	ExcludedPrefix   string // as the plugin prefix takes excluded_prefix
	Link             string // or nothing: all links
	Preferred, Valid *time.Duration
	Options          []Option
	When             string
	Origin           Origin
}

// Option is an option for clients.
type Option struct {
	Key    string // a name of the plugin option, or a code
	Value  any    // as for Step
	When   string
	Origin Origin
}

// Boot is a boot file for some clients.
type Boot struct {
	Stage  []string // firmware, loader, installer, final; none: any
	Method []string // pxe, http, ipxe, ztp; none: any
	Arch   []string // none: any
	When   string   // a match expression, or nothing
	URL    string
	Params []string
	Local  bool
	Origin Origin
}

// Map is a map that keeps its order.
type Map []Member

// Member is one entry of a Map.
type Member struct {
	Key    string
	Value  any
	Origin Origin
}

// Seconds gives a pointer to a time of so many seconds.
func Seconds(n int64) *time.Duration {
	d := time.Duration(n) * time.Second
	return &d
}
