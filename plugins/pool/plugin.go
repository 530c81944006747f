// Package pool is the plugin that leases addresses out of pools.
//
// A pool consists of ranges. Each range belongs to the link on which its
// addresses are, and serves clients of that link only.
package pool

import (
	"github.com/stage6/stage6/internal/strict"
	"github.com/stage6/stage6/pipeline"
)

// Plugin is the plugin.
var Plugin = pipeline.Define("pool", newHandler)

// newHandler makes the pools of one use of the plugin: one for each range,
// since only the exchange says which of them are on the client's link.
func newHandler(c config, env pipeline.Env) (pipeline.Handler, error) {
	h := &handler{name: env.Name, preferred: c.Preferred, valid: c.Valid, options: c.Options}
	var errs []error
	for _, r := range c.Range {
		made, err := env.Pools.Addresses(pipeline.AddressPool{
			Name:       env.Name,
			Ranges:     []pipeline.Range{r.Range},
			Exclude:    r.without(c.Exclude),
			Allocation: pipeline.Allocation(c.Allocation),
		})
		if err != nil {
			errs = append(errs, r.node.Wrap(err))
			continue
		}
		h.parts = append(h.parts, part{text: r.text, cover: r.cover(), pool: made})
	}
	return h, strict.Join(errs...)
}
