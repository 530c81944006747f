// Package hosts is the plugin that knows machines: it fills the registry of
// hosts from the configuration and gives them what is reserved for them.
package hosts

import (
	"errors"
	"slices"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/internal/strict"
	"github.com/stage6/stage6/pipeline"
)

// Plugin is the plugin. Its settings are the hosts, or the files with them.
var Plugin = pipeline.DefineOnce("hosts", newHandler)

// newHandler reads the hosts into the registry of env.
func newHandler(c config, env pipeline.Env) (pipeline.Handler, error) {
	lists, err := c.load(env.Path)
	if err != nil {
		return nil, err
	}
	if err := checkClaims(lists); err != nil {
		return nil, err
	}
	var errs []error
	for _, l := range lists {
		errs = append(errs, l.node.Wrap(env.Hosts.Replace(l.source, l.hosts)))
	}
	if err := strict.Join(errs...); err != nil {
		return nil, err
	}
	return makeHandler(lists, env)
}

// makeHandler makes the handler of the hosts in lists.
func makeHandler(lists []list, env pipeline.Env) (*handler, error) {
	held, err := newCounter(env.Metrics)
	if err != nil {
		return nil, err
	}
	h := &handler{name: env.Name, log: env.Log, held: held, options: map[*host.Host][]*pipeline.Option{}}
	for i := range lists {
		for j := range lists[i].hosts {
			one := &lists[i].hosts[j]
			h.tags = append(h.tags, one.Tags...)
			if o := lists[i].entries[j].Options; len(o) > 0 {
				h.options[one] = o
			}
		}
		lists[i].entries = nil // the places of values are not needed any more
	}
	slices.Sort(h.tags)
	h.tags = slices.Compact(h.tags)
	return h, nil
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
