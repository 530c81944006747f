// Package ra is the plugin that sends router advertisements, without which
// clients neither ask for addresses nor know which are on their link: a bare VLAN
// needs nothing else.
package ra

import (
	"github.com/stage6/stage6/internal/managed"
	"github.com/stage6/stage6/pipeline"
)

// Plugin is the plugin. Two of them would contradict each other.
var Plugin = pipeline.DefineOnce("ra", newHandler).WithDryRun()

func newHandler(c config, env pipeline.Env) (pipeline.Handler, error) {
	m, err := newMetrics(env.Metrics)
	if err != nil {
		return nil, err
	}
	return &handler{
		sections: c.sections, flags: managed.Of(env.Plugins), log: env.Log, metrics: m,
		changed: make(chan struct{}, 1), links: map[string]*member{},
	}, nil
}
