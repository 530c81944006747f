// Package hosts is the plugin that knows machines: it fills the registry of
// hosts from the configuration and its files, follows their changes, and gives
// hosts what is reserved for them.
package hosts

import (
	"slices"

	"github.com/stage6/stage6/pipeline"
)

// Plugin is the plugin. Its settings are the hosts, or the files with them.
var Plugin = pipeline.DefineOnce("hosts", newHandler).WithDryRun()

// newHandler reads the hosts into the registry of env.
func newHandler(c config, env pipeline.Env) (pipeline.Handler, error) {
	m, err := newMetrics(env.Metrics)
	if err != nil {
		return nil, err
	}
	h := &handler{
		name: env.Name, log: env.Log, events: env.Events, metrics: m, assigns: !slices.Contains(env.Plugins, "final"),
		registry: env.Hosts, config: c, path: env.Path, paths: c.paths(env.Path),
	}
	h.tags.Store(new([]string))
	if err := h.load(); err != nil {
		return nil, err
	}
	m.loaded(len(h.hosts), nil)
	return h, nil
}
