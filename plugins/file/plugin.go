// Package file is the plugin that gives machines the addresses that a lease file
// of CoreDHCP's has for them. The machines are known hosts to all plugins.
package file

import (
	"context"
	"fmt"
	"net/netip"
	"slices"

	"github.com/sirupsen/logrus"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/internal/reserve"
	"github.com/stage6/stage6/internal/watch"
	"github.com/stage6/stage6/lease"
	"github.com/stage6/stage6/pipeline"
)

// Plugin is the plugin.
var Plugin = pipeline.Define("file", newHandler).WithDryRun()

// handler is one use of the plugin.
type handler struct {
	name     string
	log      *logrus.Entry
	registry *host.Registry
	assigns  bool // gives the addresses; else the plugin final does
	path     string

	// What loading needs, which only the constructor and then Run do.
	refresh bool
	seen    watch.Looks // of the file, when it was read the last time
	hosts   []host.Host
	wrong   string // the error that was told last, or nothing
}

func newHandler(c config, env pipeline.Env) (pipeline.Handler, error) {
	h := &handler{
		name: env.Name, log: env.Log, registry: env.Hosts, refresh: c.refresh,
		assigns: !slices.Contains(env.Plugins, "final"), path: env.Path(c.name),
	}
	if err := h.load(); err != nil {
		return nil, c.node.Wrap(err)
	}
	return h, nil
}

// Handle proposes the address of the machine.
func (h *handler) Handle(_ context.Context, x *pipeline.Exchange) (pipeline.Action, error) {
	if h.assigns && x.Host() != nil && x.Link() != nil {
		reserve.Propose(x, h.name, h.takeOver)
	}
	return pipeline.Continue, nil
}

// takeOver gives the machine's own binding under another DUID, which it had before
// in its boot, if it is sure that the client is the machine. Else it tells of the
// address that another client has.
func (h *handler) takeOver(x *pipeline.Exchange, ia pipeline.IA, p netip.Prefix) *lease.Binding {
	if b := ia.Holder(p); b != nil && b.Host == x.Host().Name && b.Lease(p) != nil && x.HostTrusted() {
		return b
	}
	if !x.IsDryRun() && h.log.Logger.IsLevelEnabled(logrus.DebugLevel) {
		h.log.WithFields(logrus.Fields{"host": x.Host().Name, "prefix": p, "duid": x.DUID()}).
			Debug("the address of the machine is held by another client")
	}
	return nil
}

// maxWarnings bounds how many addresses are named that are on no link.
const maxWarnings = 8

// Check names addresses that nobody gets, since they are on no link.
func (h *handler) Check(links pipeline.Links) (warnings []string) {
	for i := range h.hosts {
		a := h.hosts[i].Interfaces[0].Addresses[0].Prefix.Addr()
		if links.ByAddress(a) != nil {
			continue
		}
		if len(warnings) == maxWarnings {
			return append(warnings, "further addresses of the file are on no link")
		}
		warnings = append(warnings, fmt.Sprintf("%s: address %s is on no link: nobody gets it; server6.links can name the link's prefix", h.hosts[i].Source, a))
	}
	return warnings
}
