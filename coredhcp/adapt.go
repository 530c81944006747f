// Package coredhcp runs plugins of CoreDHCP, as they are, among those of stage6.
//
// A plugin sees what it sees in CoreDHCP: the message, with the relay agents
// around it, and the reply so far, as values of the library's. What it adds to the
// reply, changes and takes away is proposed to the server, addresses and prefixes
// included, which the server leases as it does those of its own plugins.
//
// A program is linked with this package only if one of its plugins is CoreDHCP's.
package coredhcp

import (
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/coredhcp/coredhcp/handler"
	"github.com/coredhcp/coredhcp/plugins"

	"github.com/stage6/stage6/pipeline"
)

// Adapt makes a plugin of one of CoreDHCP's. Its name is the one that the plugin
// has there, its settings are the arguments, on a line.
func Adapt(p *plugins.Plugin) pipeline.Plugin {
	a := &adapted{plugin: p}
	return pipeline.Define(p.Name, a.newHandler)
}

// adapted is a plugin with what its one use is set up with. It is safe for
// concurrent use.
type adapted struct {
	plugin *plugins.Plugin

	mu     sync.Mutex
	args   []string
	handle handler.Handler6 // nil before it is set up
}

func (a *adapted) newHandler(c config, env pipeline.Env) (pipeline.Handler, error) {
	if err := a.checkOnce(env.Plugins); err != nil {
		return nil, err
	}
	bridge(env.Log.Logger)
	handle, err := a.setup(c.args)
	if err != nil {
		return nil, c.node.Wrap(err)
	}
	h := &adaptedHandler{config: c.forPlugin(a.plugin.Name), handle: handle}
	if a.plugin.Name == serverID {
		return identity{h}, nil
	}
	return h, nil
}

// checkOnce refuses a plugin that stands in a configuration twice.
func (a *adapted) checkOnce(names []string) error {
	name := a.plugin.Name
	if i := slices.Index(names, name); i >= 0 && slices.Contains(names[i+1:], name) {
		return fmt.Errorf("%s is a plugin of CoreDHCP's, which keep their settings in variables of their packages: it may stand once only", name)
	}
	return nil
}

// setup sets the plugin up, once: for a configuration that is read again it gives
// the handler that there is.
func (a *adapted) setup(args []string) (handler.Handler6, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.plugin.Setup6 == nil:
		return nil, fmt.Errorf("%s is a plugin of CoreDHCP's for DHCPv4 only: leave it out", a.plugin.Name)
	case a.handle != nil && !slices.Equal(a.args, args):
		return nil, fmt.Errorf("the arguments were %q: a plugin of CoreDHCP's keeps them in variables of its package, so that others take a restart", a.args)
	case a.handle != nil:
		return a.handle, nil
	}
	var handle handler.Handler6
	err := errors.New("nothing was set up")
	if ended := contain(func() { handle, err = a.plugin.Setup6(args...) }); ended != nil {
		err = ended
	}
	if err == nil && handle == nil {
		err = errors.New("the plugin made no handler for DHCPv6")
	}
	if err != nil {
		return nil, err
	}
	a.args, a.handle = args, handle
	return handle, nil
}
