package hosts

import (
	"cmp"
	"context"
	"net/netip"
	"sync/atomic"

	"github.com/sirupsen/logrus"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/internal/reserve"
	"github.com/stage6/stage6/internal/watch"
	"github.com/stage6/stage6/lease"
	"github.com/stage6/stage6/pipeline"
)

// handler gives known hosts what is reserved for them.
type handler struct {
	name    string
	log     *logrus.Entry
	metrics metrics
	events  pipeline.Events
	tags    atomic.Pointer[[]string] // that hosts of the files have; never nil
	options options
	assigns bool // gives what is reserved; else the plugin final does

	// What loading needs, which only the constructor and then Run do.
	registry *host.Registry
	config   config
	path     func(name string) string
	paths    []string    // of the files
	seen     watch.Looks // of the files, when they were read the last time
	good     watch.Looks // of the files, when what they say was taken over
	hosts    []host.Host
	wrong    string // the error that was told last, or nothing
}

// Tags gives the tags that hosts have.
func (h *handler) Tags() []string { return *h.tags.Load() }

// Handle puts the host's tags, name and options on the exchange, and proposes
// what is reserved for it.
func (h *handler) Handle(_ context.Context, x *pipeline.Exchange) (pipeline.Action, error) {
	m := x.HostMatch()
	if m.Host == nil {
		return pipeline.Continue, nil
	}
	for _, t := range m.Host.Tags {
		x.Tag(t)
	}
	x.SetHostname(cmp.Or(m.Host.Hostname, m.Host.Name))
	for _, o := range h.options.of(m.Host) {
		x.SetHostOption(o)
	}
	if h.assigns && x.Link() != nil {
		reserve.Propose(x, h.name, h.missed)
	}
	return pipeline.Continue, nil
}

// missed counts a reservation that another client's lease stands against.
func (h *handler) missed(x *pipeline.Exchange, _ pipeline.IA, p netip.Prefix) *lease.Binding {
	if x.IsDryRun() {
		return nil
	}
	h.metrics.held.Inc()
	if h.log.Logger.IsLevelEnabled(logrus.DebugLevel) {
		h.log.WithFields(logrus.Fields{"host": x.Host().Name, "prefix": p, "duid": x.DUID(), "link": x.Link().Name}).
			Debug("what is reserved for the host is held by another client")
	}
	return nil
}
