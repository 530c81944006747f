package pipeline

import (
	"net/netip"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/sirupsen/logrus"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/bindings"
	"github.com/stage6/stage6/lease"
	"github.com/stage6/stage6/link"
)

// Env is what a plugin's constructor is given.
type Env struct {
	Name    string           // of this use: its name in the configuration, else the plugin's
	Log     *logrus.Entry    // carries the plugin's name
	Clock   func() time.Time // never nil
	Hosts   *host.Registry   // the known hosts, shared by all plugins
	Leases  Leases           // a reader of what is leased
	Metrics prometheus.Registerer
	Events  Events // tells what happens
	Pools   Pools
	Match   *Expressions // compiles match expressions
	Tokens  Tokens       // makes one-time boot tokens
	// Path gives a file name of the configuration as a path: a relative one is
	// relative to the configuration file.
	Path    func(name string) string
	Plugins []string // the names of the plugins that the configuration uses
	Sources []Plugin // the sources of identity that are compiled in, made by DefineSource
}

// StoreEnv is what a store's constructor is given.
type StoreEnv struct {
	Log *logrus.Entry
	// ReadOnly asks for a store that is only looked at, beside no server.
	ReadOnly bool
}

// Leases reads the bindings, which are not to be changed and may be kept. It is safe
// for concurrent use. In Handle, what the exchange gives of them takes no new memory.
type Leases interface {
	// Get gives the record of a binding, or nil.
	Get(duid []byte, ia ident.IA) *lease.Binding
	// ByHost appends the bindings of the known host of that name, the newest 1024
	// at most.
	ByHost(dst []*lease.Binding, host string) []*lease.Binding
}

// Links reads the links of the server.
type Links interface {
	Links() []*link.Link
	ByAddress(netip.Addr) *link.Link
}

// Pools makes pools of addresses and of delegated prefixes.
type Pools struct {
	set *bindings.PoolSet
}

// NewPools makes pools of a set of the server's. It is of an internal type, so
// that only the server can make use of it.
func NewPools(set any) (p Pools) {
	p.set, _ = set.(*bindings.PoolSet)
	return p
}
