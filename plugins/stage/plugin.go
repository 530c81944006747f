// Package stage is the plugin that tells where a machine is in its boot:
// firmware, loader, installer or its installed system.
package stage

import (
	"context"
	"fmt"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/internal/strict"
	"github.com/stage6/stage6/pipeline"
	"github.com/stage6/stage6/stage"
)

// Plugin is the plugin. It needs no settings.
var Plugin = pipeline.DefineOnce("stage", newHandler).WithDryRun()

// handler decides about stages. It is safe for concurrent use.
type handler struct {
	rules  []rule
	system *pipeline.Expression // of installed systems; nil: none
	seen   *memory
	*deployments
}

// rule gives a stage to what matches.
type rule struct {
	stage stage.Stage
	when  *pipeline.Expression
	note  string // for who asks why
}

func newHandler(c config, env pipeline.Env) (pipeline.Handler, error) {
	h := &handler{seen: newMemory(), deployments: newDeployments(env)}
	compile := func(e expression) (*pipeline.Expression, error) {
		when, err := env.Match.Compile(e.text)
		return when, e.node.Wrap(err)
	}
	var errs []error
	for _, e := range c.entries() {
		when, err := compile(e.when)
		errs = append(errs, err)
		h.rules = append(h.rules, rule{e.stage, when, fmt.Sprintf("%s: %s holds", e.stage, e.when.text)})
	}
	if c.Installed != nil {
		h.watched, h.after = true, c.Installed.After
		if c.Installed.When.set {
			var err error
			h.system, err = compile(c.Installed.When)
			errs = append(errs, err)
		}
	}
	return h, strict.Join(append(errs, h.register(env.Metrics))...)
}

// Inherit takes over what is remembered of clients, and of installations unless
// nothing was kept of them.
func (h *handler) Inherit(from pipeline.Handler) {
	was, ok := from.(*handler)
	if !ok {
		return
	}
	h.seen = was.seen
	if was.watched {
		h.book = was.book
	}
}

// Handle sets the stage. It is decided when the client begins to speak, and
// stays with what it is offered and leased: firmware leaves out in its later
// messages what it was recognised by.
func (h *handler) Handle(_ context.Context, x *pipeline.Exchange) (pipeline.Action, error) {
	id := h.seen.id(x)
	if !begins(x) {
		if s := h.seen.get(id); s != stage.Unknown {
			x.SetStage(s)
			x.Note("as when the client began to speak")
			return pipeline.Continue, nil
		}
		if s := x.RecordedStage(); s != stage.Unknown {
			x.SetStage(s)
			x.Note("as its lease was granted at")
			return pipeline.Continue, nil
		}
	}
	s, err := h.decide(x, id)
	if err != nil {
		return pipeline.Continue, err
	}
	x.SetStage(s)
	if x.IsDryRun() {
		return pipeline.Continue, nil
	}
	h.seen.put(id, s, x.Now())
	if installs(x, s) && h.follows(x) {
		h.begin(x.Host().Name, x.Now())
	}
	return pipeline.Continue, nil
}

// decide works the stage out afresh: what the configuration says, what the
// client says, what its DUID was before, and the state of the host.
func (h *handler) decide(x *pipeline.Exchange, id uint64) (stage.Stage, error) {
	s, err := h.shown(x)
	if err != nil || s != stage.Unknown && s != stage.Final {
		return s, err
	}
	system, err := h.isSystem(x)
	if err != nil || system || s == stage.Final {
		return stage.Final, err
	}
	if s := h.before(x, id); s != stage.Unknown {
		x.Note("its DUID is that of an early stage of the machine, or of the second client inside UEFI")
		return s, nil
	}
	return h.byState(x), nil
}

// shown gives the stage that the configuration sees in the message, or that the
// message itself shows, or Unknown.
func (h *handler) shown(x *pipeline.Exchange) (stage.Stage, error) {
	for i := range h.rules {
		ok, err := h.rules[i].when.Match(x)
		if err != nil {
			return stage.Unknown, fmt.Errorf("stage %s: %w", h.rules[i].stage, err)
		}
		if ok {
			x.Note(h.rules[i].note)
			return h.rules[i].stage, nil
		}
	}
	return byWire(x), nil
}

// isSystem says whether the client is the installed system of its host, as the
// configuration tells it, and has its deployment end.
func (h *handler) isSystem(x *pipeline.Exchange) (bool, error) {
	if h.system == nil || x.Host() == nil || !x.HostTrusted() {
		return false, nil
	}
	ok, err := h.system.Match(x)
	if err != nil {
		return false, fmt.Errorf("installed: %w", err)
	}
	if ok {
		x.Note("it is the installed system: installed.when holds")
	}
	if ok && h.follows(x) && !x.IsDryRun() {
		h.finish(x.Host().Name)
	}
	return ok, nil
}

// byState gives the stage of a client of which nothing else is known: systems
// and their installers look alike, and the operator knows which it is.
func (h *handler) byState(x *pipeline.Exchange) stage.Stage {
	if x.Host() == nil || x.Host().State != host.Deploy || h.follows(x) && h.over(x.Host().Name, x.Now(), x.IsDryRun()) {
		x.Note("nothing shows an early stage, and the host is not to be installed")
		return stage.Final
	}
	x.Note("nothing shows an early stage, and the state of the host is deploy")
	return stage.Installer
}
