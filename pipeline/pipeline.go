// Package pipeline is the contract between the server and its plugins.
//
// A plugin is a value made by Define. For each use in the configuration its
// constructor makes a Handler, and the handlers see every exchange in the
// order of the configuration. They leave facts and tags, propose leases and
// options, or drop the exchange; the server alone commits leases and forms the
// reply, so that no plugin can break the protocol.
package pipeline

import (
	"context"
	"errors"
	"fmt"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/lease"
)

// Action is what happens to the exchange after a handler.
type Action uint8

const (
	// Continue goes on with the next plugin.
	Continue Action = iota
	// Answer skips the other plugins; the server finishes the reply.
	Answer
	// Drop ends the exchange without a reply; see Exchange.Drop.
	Drop
)

// Handler is one use of a plugin. Handle is called by several goroutines at
// once, each with an exchange of its own, which must not be kept. It must not
// block: no disk, no network. An error says that our side broke: it is logged
// with the plugin's name and counted, and the exchange is dropped.
type Handler interface {
	Handle(ctx context.Context, x *Exchange) (Action, error)
}

// HandlerFunc is a function that is a Handler.
type HandlerFunc func(ctx context.Context, x *Exchange) (Action, error)

// Handle calls f.
func (f HandlerFunc) Handle(ctx context.Context, x *Exchange) (Action, error) { return f(ctx, x) }

// Runner is a Handler with a task beside the packets, such as watching a file.
// Run is started before the first packet and ends when ctx does; an error ends
// the server.
type Runner interface {
	Run(ctx context.Context) error
}

// Follower is a Handler that follows what is leased. Follow is told of all
// bindings before the first packet, then of changes once they are durable, in
// their order, from one goroutine. Replies do not wait for it; when too many changes
// do, it is told of none any more. The slice is valid until it returns.
type Follower interface {
	Follow(changes []lease.Change)
}

// Heir is a Handler that takes over what another one of its plugin has in memory,
// when the configuration is read again. Inherit is called with the handler which
// has the same name in the configuration of before. That is before the first
// exchange and before Run, and once it is sure that the configuration will be
// used. The other one goes on for as long as exchanges that began with it do, so
// that both may share what is inherited; it is closed then.
type Heir interface {
	Inherit(from Handler)
}

// Closer is a Handler that holds something to be let go after its last
// exchange.
type Closer interface {
	Close() error
}

// ServerIdentity is a Handler that configures the server's own DUID. Its Handle
// is not called.
type ServerIdentity interface {
	ServerID(ctx context.Context, store lease.Store) (ident.DUID, error)
}

// Identifier is a Handler that configures how clients are identified. Identify
// is called before the link is selected and before the first plugin; it adds
// evidence. Handle is not called.
type Identifier interface {
	Identify(x *Exchange)
}

// Source says who a client is, such as by its port on a switch. Find gives its
// statement, with whether the client itself could not have made it up, and
// whether it has one. It is called by several goroutines at once, for every
// message: it must neither block nor keep the exchange, and should not allocate.
// A Source may be a Needer, a Runner and a Closer, and a Waiter where its answer may
// come a moment later.
type Source interface {
	Find(x *Exchange) (ident.Evidence, bool)
}

// Waiter is a Source, or an Identifier, that may know later what it does not know
// yet. Await is called where nothing that is trusted says who the client is. It
// begins to find out, without blocking, and gives a channel that is closed once
// asking again is of use, or nil where waiting would not be.
//
// The server puts a copy of the message aside until the channel is closed, a
// quarter of a second at most, and then begins anew with it, without Await. While
// too many wait it goes on at once with what is known.
type Waiter interface {
	Await(x *Exchange) <-chan struct{}
}

// SourceFunc is a function that is a Source.
type SourceFunc func(x *Exchange) (ident.Evidence, bool)

// Find calls f.
func (f SourceFunc) Find(x *Exchange) (ident.Evidence, bool) { return f(x) }

// TagDeclarer is a Handler that can set tags; a tag that nobody declares is a
// warning where an expression uses it.
type TagDeclarer interface {
	Tags() []string
}

// Checker is a Handler that can tell what would not work, such as a pool on no
// link. Check is called once the links are known; each line is one warning.
type Checker interface {
	Check(links Links) []string
}

// Decode fills a plugin's configuration value from its place in the
// configuration file, strictly: an unknown key is an error that names file,
// line and column.
type Decode func(into any) error

// Plugin is a plugin that is compiled in.
type Plugin struct {
	name  string
	once  bool
	build func(Decode, Env) (Handler, error)
	open  func(context.Context, Decode, StoreEnv) (lease.Store, error)
	check func(Decode) error // of a store's settings
	find  func(Decode, Env) (Source, error)
	path  string
	facts func(Facts)
	dry   bool
}

// Define makes a plugin of a name, which is its key in the configuration, and
// a constructor. C is the type of its configuration: a struct, list or scalar.
func Define[C any](name string, build func(C, Env) (Handler, error)) Plugin {
	return Plugin{name: name, build: func(decode Decode, env Env) (Handler, error) {
		var c C
		if err := decode(&c); err != nil {
			return nil, err
		}
		return build(c, env)
	}}
}

// DefineOnce is Define for a plugin that may stand in the configuration once
// only, since it configures a step of the server's.
func DefineOnce[C any](name string, build func(C, Env) (Handler, error)) Plugin {
	p := Define(name, build)
	p.once = true
	return p
}

// DefineStore makes a plugin that keeps leases, named under the key leases of
// the configuration.
func DefineStore[C any](name string, open func(context.Context, C, StoreEnv) (lease.Store, error)) Plugin {
	return Plugin{
		name: name,
		open: func(ctx context.Context, decode Decode, env StoreEnv) (lease.Store, error) {
			var c C
			if err := decode(&c); err != nil {
				return nil, err
			}
			return open(ctx, c, env)
		},
		check: func(decode Decode) error { return decode(new(C)) },
	}
}

// DefineSource makes a source of identity, usable by its name in the settings of
// the plugin identify. Beside the name may stand settings, which are of type C.
func DefineSource[C any](name string, build func(C, Env) (Source, error)) Plugin {
	return Plugin{name: name, find: func(decode Decode, env Env) (Source, error) {
		var c C
		if err := decode(&c); err != nil {
			return nil, err
		}
		return build(c, env)
	}}
}

// Name gives the plugin's name.
func (p Plugin) Name() string { return p.name }

// Once says whether the plugin may stand in the configuration once only.
func (p Plugin) Once() bool { return p.once }

// IsStore says whether the plugin keeps leases rather than handling exchanges.
func (p Plugin) IsStore() bool { return p.open != nil }

// IsSource says whether the plugin is a source of identity.
func (p Plugin) IsSource() bool { return p.find != nil }

// New makes a handler from its configuration.
func (p Plugin) New(decode Decode, env Env) (h Handler, err error) {
	if p.IsSource() {
		return nil, fmt.Errorf("%s is a source of identity: it belongs under identify", p.name)
	}
	if p.IsFacts() {
		return nil, fmt.Errorf("%s only adds to match expressions: use what it adds in them, and take it out of the list", p.name)
	}
	if p.build == nil {
		return nil, fmt.Errorf("%s is a store: it belongs under leases", p.name)
	}
	defer contain(&err)
	h, err = p.build(decode, env)
	if err == nil && h == nil {
		err = errors.New("the plugin made no handler")
	}
	return h, err
}

// NewSource makes a source of identity from its configuration.
func (p Plugin) NewSource(decode Decode, env Env) (s Source, err error) {
	if p.find == nil {
		return nil, fmt.Errorf("%s is not a source of identity", p.name)
	}
	defer contain(&err)
	s, err = p.find(decode, env)
	if err == nil && s == nil {
		err = errors.New("the plugin made no source")
	}
	return s, err
}

// CheckStore says what is wrong with a store's settings, without opening it.
func (p Plugin) CheckStore(decode Decode) error { return p.check(decode) }

// Open opens a store from its configuration.
func (p Plugin) Open(ctx context.Context, decode Decode, env StoreEnv) (s lease.Store, err error) {
	if p.open == nil {
		return nil, fmt.Errorf("%s is not a store: it belongs under server6.plugins", p.name)
	}
	defer contain(&err)
	return p.open(ctx, decode, env)
}

func contain(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("panic: %v", r)
	}
}
