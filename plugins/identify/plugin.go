// Package identify is the plugin that says who a client is: it asks a list of
// sources of identity, in the order of preference.
//
// Each source adds evidence with its trust. The first link-layer address that
// is found is the client's. Its host is the first that any evidence names.
package identify

import (
	"context"

	"github.com/sirupsen/logrus"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/strict"
	"github.com/stage6/stage6/pipeline"
)

// Plugin is the plugin. It configures the server's step before the links and
// plugins, and does nothing to an exchange later.
var Plugin = pipeline.DefineOnce("identify", newHandler).WithDryRun()

// handler is the sources in the order of preference.
type handler struct {
	sources []source
	iaid    bool // an IAID made of the MAC is looked at, once there is a MAC
	others  bool // there are sources beside ours
	hosts   *host.Registry
	log     *logrus.Entry
	pairs   map[[2]string]*pair
	events  pipeline.Events
	runners []pipeline.Runner // of the sources
	closers []pipeline.Closer
}

func newHandler(c config, env pipeline.Env) (pipeline.Handler, error) {
	h := &handler{hosts: env.Hosts, log: env.Log, events: env.Events}
	if err := checkNames(env); err != nil {
		return nil, err
	}
	var errs []error
	for _, e := range c.entries {
		errs = append(errs, h.add(e, env))
	}
	if err := strict.Join(errs...); err != nil {
		return nil, err
	}
	return h, h.countPairs(env.Metrics)
}

// Sources names the sources in the order in which they are asked.
func (h *handler) Sources() (names []string) {
	for i := range h.sources {
		names = append(names, h.sources[i].name)
	}
	if h.iaid {
		names = append(names, iaidSource)
	}
	return names
}

// Needs gives what the sources need of the machine.
func (h *handler) Needs() (out []pipeline.Need) {
	for i := range h.sources {
		out = append(out, h.sources[i].needs...)
	}
	return out
}

// Check warns where hosts are listed by what no source looks for.
func (h *handler) Check(pipeline.Links) (warnings []string) {
	for _, by := range []struct {
		kind   ident.EvidenceKind
		source string
	}{{ident.EvidenceUUID, uuidSource}, {ident.EvidencePort, portSource}} {
		if h.hosts.Lists(by.kind) && !h.others && !h.asks(by.source) {
			warnings = append(warnings, "hosts have a "+by.source+", by which none is recognised: "+by.source+" is not among the sources")
		}
	}
	return warnings
}

func (h *handler) asks(name string) bool {
	for i := range h.sources {
		if h.sources[i].name == name {
			return true
		}
	}
	return false
}

// Identify asks every source, also after one has answered: that sources
// disagree is worth knowing.
func (h *handler) Identify(x *pipeline.Exchange) {
	for i := range h.sources {
		e, ok := h.sources[i].find(x)
		if !ok {
			continue
		}
		e.Source = h.sources[i].name
		h.compare(x, &e)
		x.AddEvidence(e)
	}
	h.compareListed(x)
	if h.iaid {
		h.confirm(x)
	}
}

// Await has the first source that can find out later do so.
func (h *handler) Await(x *pipeline.Exchange) <-chan struct{} {
	for i := range h.sources {
		if h.sources[i].await == nil {
			continue
		}
		if known := h.sources[i].await(x); known != nil {
			return known
		}
	}
	return nil
}

// Handle does nothing: the server calls Identify earlier.
func (*handler) Handle(context.Context, *pipeline.Exchange) (pipeline.Action, error) {
	return pipeline.Continue, nil
}
