package hosts

import (
	"cmp"
	"context"
	"net/netip"
	"sync/atomic"

	"github.com/sirupsen/logrus"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/reserve"
	"github.com/stage6/stage6/pipeline"
)

// handler gives known hosts what is reserved for them.
type handler struct {
	name    string
	log     *logrus.Entry
	metrics metrics
	events  pipeline.Events
	view    atomic.Pointer[view] // never nil
	assigns bool                 // gives what is reserved; else the plugin final does

	// What loading needs, which only the constructor and then Run do.
	registry *host.Registry
	config   config
	path     func(name string) string
	paths    []string // of the files
	seen     looks    // of the files, when they were read the last time
	good     looks    // of the files, when what they say was taken over
	hosts    []host.Host
	wrong    string // the error that was told last, or nothing
}

// Tags gives the tags that hosts have.
func (h *handler) Tags() []string { return h.view.Load().tags }

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
	for _, o := range h.view.Load().optionsOf(m.Host) {
		x.SetHostOption(o)
	}
	if h.assigns && x.Link() != nil {
		h.reserve(x)
	}
	return pipeline.Continue, nil
}

// reserve proposes the host's addresses on the link for one IA_NA, and its
// prefixes for one IA_PD.
func (h *handler) reserve(x *pipeline.Exchange) {
	f := reserve.OnLink(x)
	var space [reserve.Max]netip.Prefix
	for _, t := range [...]ident.IAType{ident.NA, ident.PD} {
		h.propose(x, f, t, reserve.Append(space[:0], f, x.Link(), t))
	}
}

// propose proposes what is reserved for the identity association that it is
// for, without what another client holds. When nothing is left the matter
// stays open, so that a pool can serve.
func (h *handler) propose(x *pipeline.Exchange, f *host.Interface, t ident.IAType, reserved []netip.Prefix) {
	if len(reserved) == 0 {
		return
	}
	ia, ok := reserve.Choose(x, f, t, reserved)
	if !ok {
		return
	}
	var space [2]pipeline.Grant // few hosts have more
	grants := space[:0]
	for _, p := range reserved {
		held, ok := p, false
		if reserve.IsBlock(p, t) {
			held, ok = reserve.HoldOne(x, ia, p, p.Addr().Next())
		} else {
			ok = ia.Hold(p)
		}
		if !ok {
			h.missed(x, p)
			continue
		}
		grants = append(grants, pipeline.Grant{Prefix: held, Pool: h.name})
	}
	ia.Propose(grants...)
}

// missed counts a reservation that another client's lease stands against.
func (h *handler) missed(x *pipeline.Exchange, p netip.Prefix) {
	h.metrics.held.Inc()
	if h.log.Logger.IsLevelEnabled(logrus.DebugLevel) {
		h.log.WithFields(logrus.Fields{"host": x.Host().Name, "prefix": p, "duid": x.DUID(), "link": x.Link().Name}).
			Debug("what is reserved for the host is held by another client")
	}
}
