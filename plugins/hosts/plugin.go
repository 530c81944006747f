// Package hosts is the plugin that knows machines: it fills the registry of
// hosts from the configuration and gives them what is reserved for them.
package hosts

import (
	"cmp"
	"errors"
	"slices"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/pipeline"
)

// Plugin is the plugin. Its settings are the hosts, or the files with them.
var Plugin = pipeline.DefineOnce("hosts", newHandler)

// source is what the hosts of the configuration are in the registry.
const source = "hosts"

// newHandler reads the hosts into the registry of env.
func newHandler(c config, env pipeline.Env) (pipeline.Handler, error) {
	held, err := newCounter(env.Metrics)
	if err != nil {
		return nil, err
	}
	entries, err := c.load(env.Path)
	if err != nil {
		return nil, err
	}
	hosts := hostsOf(entries)
	if err := env.Hosts.Replace(source, hosts); err != nil {
		return nil, cmp.Or(checkClaims(entries), err)
	}
	return &handler{
		name: env.Name, log: env.Log, held: held,
		tags: tagsOf(hosts), options: optionsOf(entries, hosts),
	}, nil
}

// hostsOf gives the hosts as the registry has them, in the same order.
func hostsOf(entries []entry) []host.Host {
	hosts := make([]host.Host, len(entries))
	for i := range entries {
		hosts[i] = entries[i].host()
	}
	return hosts
}

// tagsOf gives the tags that any of the hosts has.
func tagsOf(hosts []host.Host) (tags []string) {
	for i := range hosts {
		tags = append(tags, hosts[i].Tags...)
	}
	slices.Sort(tags)
	return slices.Compact(tags)
}

// optionsOf gives the options of the hosts that have some.
func optionsOf(entries []entry, hosts []host.Host) map[*host.Host][]*pipeline.Option {
	options := map[*host.Host][]*pipeline.Option{}
	for i := range entries {
		if o := entries[i].Options; len(o) > 0 {
			options[&hosts[i]] = o
		}
	}
	return options
}

// newCounter counts reservations that could not be given. A second server on
// the same registry, such as after a reload, goes on with the first's.
func newCounter(r prometheus.Registerer) (prometheus.Counter, error) {
	c := prometheus.NewCounter(prometheus.CounterOpts{
		Name: "stage6_hosts_held_total",
		Help: "Times that a host was not given what is reserved for it, since another client held it.",
	})
	err := r.Register(c)
	if there := (prometheus.AlreadyRegisteredError{}); errors.As(err, &there) {
		return there.ExistingCollector.(prometheus.Counter), nil
	}
	return c, err
}
