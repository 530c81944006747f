// Package prefix is the plugin that delegates prefixes out of pools. Where there are
// known machines, those that anybody can make up leave a part of them to those.
package prefix

import (
	"net/netip"
	"slices"

	"github.com/stage6/stage6/internal/quota"
	"github.com/stage6/stage6/internal/strict"
	"github.com/stage6/stage6/pipeline"
)

// Plugin is the plugin.
var Plugin = pipeline.Define("prefix", newHandler).WithDryRun()

// newHandler makes one pool of each prefix.
func newHandler(c config, env pipeline.Env) (pipeline.Handler, error) {
	lengths := c.lengths()
	h := &handler{
		name: env.Name, preferred: c.Preferred, valid: c.Valid, options: c.Options,
		links: c.Link, lengths: lengths, excluded: c.ExcludedPrefix.Prefix, exclude: c.Exclude,
	}
	var errs []error
	for _, p := range c.Pool {
		made, err := env.Pools.Prefixes(pipeline.PrefixPool{
			Name:       env.Name,
			Prefix:     p.Prefix,
			Length:     lengths[0],
			Lengths:    lengths[1:],
			Exclude:    inside(p.Prefix, c.Exclude),
			Allocation: pipeline.Allocation(c.Allocation),
		})
		if err != nil {
			errs = append(errs, p.node.Wrap(err))
			continue
		}
		h.prefixes, h.pools = append(h.prefixes, p.Prefix), append(h.pools, made)
	}
	if err := strict.Join(errs...); err != nil {
		return nil, err
	}
	var err error
	h.quota, err = quota.New(quota.Kind{Things: "prefixes", Metric: "stage6_prefix_refused_total"}, quota.Settings{Keep: c.Keep, PerSender: c.PerSender}, h, env)
	return h, err
}

// inside gives those of the prefixes that are in p.
func inside(p netip.Prefix, prefixes []netip.Prefix) []netip.Prefix {
	return slices.DeleteFunc(slices.Clone(prefixes), func(e netip.Prefix) bool { return !p.Overlaps(e) })
}
