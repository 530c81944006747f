// Package assembly makes the parts of a server out of a configuration and the
// plugins that are compiled in.
package assembly

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv6"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/sirupsen/logrus"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/bindings"
	"github.com/stage6/stage6/internal/config"
	"github.com/stage6/stage6/internal/flood"
	"github.com/stage6/stage6/internal/quiet"
	"github.com/stage6/stage6/internal/server"
	"github.com/stage6/stage6/internal/strict"
	"github.com/stage6/stage6/internal/token"
	"github.com/stage6/stage6/lease"
	"github.com/stage6/stage6/pipeline"
)

// Lifetimes of leases where the configuration says nothing.
const (
	defaultPreferred = 12 * time.Hour
	defaultValid     = 24 * time.Hour
)

// What stands in for plugins that configure a step of the server's, where the
// configuration does not name them. They stand before the others.
var defaults = []struct{ plugin, config string }{
	{"server_id", "auto"},
	{"identify", "relay port eui64 uuid"},
	{"stage", "{}"},
}

// Plugins is what is compiled in.
type Plugins []pipeline.Plugin

// Assembly is the plugins of a configuration, made.
type Assembly struct {
	relays      config.Relays
	Steps       []*server.Step
	Hosts       *host.Registry
	Tokens      *token.Ledger // which LoadStates fills
	events      pipeline.Events
	nodes       []strict.Node // of the steps
	plugins     []string      // of the steps
	lines       map[string]*quiet.Log
	files       files
	expressions *pipeline.Expressions
	tags        tagUses
	clock       func() time.Time
}

// Surroundings is what handlers are made in.
type Surroundings struct {
	File    config.File
	Table   *bindings.Table
	Pools   *bindings.PoolSet // of the table; activated by who uses the assembly
	Log     *logrus.Logger
	Clock   func() time.Time
	Metrics prometheus.Registerer
	Events  pipeline.Events
	Before  *Assembly // that is to be succeeded; may be nil
}

// Make makes the handlers of a configuration. Its error is everything that is
// wrong with them, with places.
func (p Plugins) Make(s Surroundings) (*Assembly, error) {
	hosts := host.NewRegistry()
	a := &Assembly{relays: s.File.Server6.Relays, Hosts: hosts, Tokens: token.NewLedger(hosts, s.File.Server6.TokenLifetime), expressions: pipeline.NewExpressions(), clock: s.Clock}
	a.events, a.lines = s.Events, map[string]*quiet.Log{}
	if err := a.expressions.AddFacts(p); err != nil {
		return a, err
	}
	var errs []error
	seen := map[string]strict.Node{}
	items, err := p.withDefaults(s.File.Server6.Plugins)
	if err != nil {
		return a, err
	}
	for i := range items {
		errs = append(errs, p.addItem(a, s, &items[i], seen))
	}
	return a, strict.Join(errs...)
}

// withDefaults puts before the items what stands in for those that are missing.
func (p Plugins) withDefaults(items []config.Item) (all []config.Item, err error) {
	for _, d := range defaults {
		_, compiled := p.plugin(d.plugin)
		if !compiled || slices.ContainsFunc(items, func(i config.Item) bool { return i.Plugin == d.plugin }) {
			continue
		}
		text := d.config
		if d.plugin == "identify" && slices.ContainsFunc(items, func(i config.Item) bool { return i.Plugin == "file" }) {
			text += " duid" // as CoreDHCP finds the MACs that stand in its lease files
		}
		node, err := strict.Parse("default "+d.plugin, []byte(text))
		if err != nil {
			return nil, err
		}
		all = append(all, config.Item{Plugin: d.plugin, Name: d.plugin, Config: node, Node: node})
	}
	return append(all, items...), nil
}

// addItem makes the handler of one item.
func (p Plugins) addItem(a *Assembly, s Surroundings, item *config.Item, seen map[string]strict.Node) error {
	plugin, ok := p.plugin(item.Plugin)
	if !ok {
		return item.Node.Wrap(p.unknown(item.Plugin, s.File))
	}
	if first, twice := seen[item.Plugin]; twice && plugin.Once() {
		return item.Node.Err("%s configures the server itself and may stand once only; it stands at %s already", item.Plugin, first.Pos())
	}
	seen[item.Plugin] = item.Node
	env := a.env(s, item)
	env.Sources = p.sources()
	lines, faults := s.Before.counts(item.Name)
	if lines == nil {
		lines = quiet.NewLog(s.Log)
	}
	a.lines[item.Name] = lines
	env.Log = lines.Logger().WithField("plugin", item.Name)
	step := &server.Step{Name: item.Name, Plugin: item.Plugin, DryRuns: plugin.CanDryRun(), Log: s.Log.WithField("plugin", item.Name), Events: s.Events, Unlogged: lines.Suppressed, Faults: faults}
	var whenErr error
	if item.When != "" {
		step.When, whenErr = a.expressions.Compile(item.When)
		whenErr = item.WhenNode.Wrap(whenErr)
		if step.When != nil {
			a.tags.add(step.When, item.WhenNode)
		}
	}
	decode := func(into any) error { return strict.Decode(item.Config, into) }
	var err error
	step.Handler, err = plugin.New(decode, env)
	a.Steps, a.nodes, a.plugins = append(a.Steps, step), append(a.nodes, item.Node), append(a.plugins, item.Plugin)
	return strict.Join(whenErr, p.explainSources(item.Node.Wrap(err)))
}

// counts gives what counts the lines and the faults of a use of a plugin, so that
// they go on counting after a reload. Of an assembly that is nil there is nothing.
func (a *Assembly) counts(name string) (*quiet.Log, *server.Faults) {
	if a == nil {
		return nil, nil
	}
	for _, step := range a.Steps {
		if step.Name == name {
			return a.lines[name], step.Faults
		}
	}
	return nil, nil
}

// SetLogLevel sets which lines of plugins go into the log.
func (a *Assembly) SetLogLevel(level logrus.Level) {
	for _, lines := range a.lines {
		lines.Logger().SetLevel(level)
	}
}

func (a *Assembly) env(s Surroundings, item *config.Item) pipeline.Env {
	folder := filepath.Dir(s.File.Path)
	return pipeline.Env{
		Name:    item.Name,
		Clock:   s.Clock,
		Hosts:   a.Hosts,
		Tokens:  a.Tokens,
		Leases:  s.Table,
		Metrics: prometheus.WrapRegistererWith(prometheus.Labels{"plugin": item.Name}, s.Metrics),
		Events:  s.Events,
		Pools:   pipeline.NewPools(s.Pools),
		Match:   a.expressions.Watched(func(e *pipeline.Expression) { a.tags.add(e, item.Node) }),
		Path: func(name string) string {
			if !filepath.IsAbs(name) {
				name = filepath.Join(folder, name)
			}
			a.files.add(name)
			return name
		},
		Plugins: names(s.File.Server6.Plugins),
	}
}

// Uses says whether a plugin of that name is used.
func (a *Assembly) Uses(plugin string) bool { return slices.Contains(a.plugins, plugin) }

// names gives the names of the plugins that are used.
func names(items []config.Item) (out []string) {
	for i := range items {
		out = append(out, items[i].Plugin)
	}
	return out
}

// sources gives the plugins that are sources of identity.
func (p Plugins) sources() (out []pipeline.Plugin) {
	for _, x := range p {
		if x.IsSource() {
			out = append(out, x)
		}
	}
	return out
}

// plugin gives the plugin of a name, and whether it is compiled in.
func (p Plugins) plugin(name string) (pipeline.Plugin, bool) {
	i := slices.IndexFunc(p, func(x pipeline.Plugin) bool { return x.Name() == name && !x.IsStore() })
	if i < 0 {
		return pipeline.Plugin{}, false
	}
	return p[i], true
}

// Names lists the names of the plugins that handle exchanges, or of the stores.
func (p Plugins) Names(stores bool) (out []string) {
	for _, x := range p {
		if x.IsStore() == stores && !x.IsSource() && !x.IsFacts() {
			out = append(out, x.Name())
		}
	}
	return out
}

// OpenStore opens the store of a configuration.
func (p Plugins) OpenStore(ctx context.Context, file config.File, log *logrus.Logger, readOnly bool) (lease.Store, error) {
	plugin, err := p.store(file)
	if err != nil {
		return nil, err
	}
	decode := func(into any) error { return strict.Decode(file.Leases.Config, into) }
	env := pipeline.StoreEnv{Log: log.WithField("plugin", file.Leases.Plugin), ReadOnly: readOnly}
	store, err := plugin.Open(ctx, decode, env)
	if err != nil {
		return nil, namingLeases(err)
	}
	return store, nil
}

// namingLeases says that an error is about leases, unless it names the place of
// that setting.
func namingLeases(err error) error {
	var placed *strict.Error
	if errors.As(err, &placed) {
		return err
	}
	return fmt.Errorf("leases: %w", err)
}

// CheckStore says what is wrong with the store of a configuration without
// opening it.
func (p Plugins) CheckStore(file config.File) error {
	plugin, err := p.store(file)
	if err != nil {
		return err
	}
	return file.Leases.Node.Wrap(plugin.CheckStore(func(into any) error { return strict.Decode(file.Leases.Config, into) }))
}

func (p Plugins) store(file config.File) (pipeline.Plugin, error) {
	i := slices.IndexFunc(p, func(x pipeline.Plugin) bool { return x.Name() == file.Leases.Plugin && x.IsStore() })
	if i < 0 {
		return pipeline.Plugin{}, file.Leases.Node.Wrap(p.absent("store", file.Leases.Plugin, file))
	}
	return p[i], nil
}

// ServerID gives the server's DUID from the handler that configures it.
func (a *Assembly) ServerID(ctx context.Context, store lease.Store) (ident.DUID, error) {
	for _, step := range a.Steps {
		if h, ok := step.Handler.(pipeline.ServerIdentity); ok {
			return h.ServerID(ctx, store)
		}
	}
	return "", fmt.Errorf("no plugin says what the server's DUID is: add server_id: auto to server6.plugins")
}

// Settings gives the server's rules of a configuration.
func Settings(s config.Server6) (server.Settings, error) {
	out := server.Settings{
		AcceptUnicast:     bool(s.Unicast),
		DeclineQuarantine: s.DeclineQuarantine,
		Preferred:         defaultPreferred,
		Valid:             defaultValid,
		Always:            codeSet(s.Always),
		Never:             codeSet(s.Never),
		RelaySupplied:     codeSet(s.RSOO),
		Limits:            limits(s.Limits),
	}
	trust(&out, s.Relays)
	for _, o := range []struct {
		code dhcpv6.OptionCode
		d    time.Duration
	}{
		{dhcpv6.OptionInformationRefreshTime, s.InformationRefresh},
		{dhcpv6.OptionSolMaxRT, s.SolMaxRT},
		{dhcpv6.OptionInfMaxRT, s.InfMaxRT},
	} {
		if o.d == 0 {
			continue
		}
		option, err := pipeline.SecondsOption(o.code, o.d)
		if err != nil {
			return out, err
		}
		out.Options = append(out.Options, option)
	}
	return out, nil
}

// limits gives limits with how much of each may come at once. A rack whose machines
// power on together is not held back.
func limits(l config.Limits) flood.Limits {
	return flood.Limits{
		Client:    flood.Rate{PerSecond: l.Client, Burst: 2 * l.Client},
		Neighbors: flood.Rate{PerSecond: l.Neighbors, Burst: 4 * l.Neighbors},
		Waiting:   l.Waiting,
	}
}

func codeSet(codes config.Codes) server.CodeSet {
	var set server.CodeSet
	for _, c := range codes {
		set = append(set, uint16(c))
	}
	return set
}
