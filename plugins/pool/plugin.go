// Package pool is the plugin that leases addresses out of pools.
//
// A pool consists of ranges. Each range belongs to the link on which its
// addresses are, and serves clients of that link only. Where there are known
// machines, those that anybody can make up leave a part of it to them, and one
// sender has so many of its addresses at most.
package pool

import (
	"github.com/stage6/stage6/internal/quota"
	"github.com/stage6/stage6/pipeline"
)

// Plugin is the plugin.
var Plugin = pipeline.Define("pool", newHandler).WithDryRun()

// newHandler makes the pools of one use of the plugin.
func newHandler(c config, env pipeline.Env) (pipeline.Handler, error) {
	parts, err := c.Make(env.Name, env.Pools)
	if err != nil {
		return nil, err
	}
	limits, err := quota.New(quota.Kind{Things: "addresses", Metric: "stage6_pool_refused_total"}, c.Quota, parts, env)
	if err != nil {
		return nil, err
	}
	return &handler{name: env.Name, preferred: c.Preferred, valid: c.Valid, options: c.Options, parts: parts, quota: limits}, nil
}
