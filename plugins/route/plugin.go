// Package route is the plugin that makes routes to what is delegated: in the
// kernel of this machine, by way of the client or its relay agent.
package route

import (
	"fmt"
	"net"

	"github.com/stage6/stage6/internal/strict"
	"github.com/stage6/stage6/pipeline"
)

// Plugin is the plugin. Two of them would take each other's routes for stale.
var Plugin = pipeline.DefineOnce("route", newHandler)

// Where the configuration says nothing.
const (
	// defaultProtocol is one that no routing daemon uses, so that
	// "ip -6 route show proto 146" lists our routes and no others.
	defaultProtocol = 146
	// defaultMetric is the kernel's for IPv6.
	defaultMetric = 1024
)

// config is the settings.
type config struct {
	To       target `config:"required"`
	Metric   int    `config:"min=1,max=4294967295"`
	Protocol int    `config:"min=5,max=255"` // those below are the kernel's and the administrator's
}

// DecodeNode reads the settings, or only where routes are made.
func (c *config) DecodeNode(n strict.Node) error {
	c.Metric, c.Protocol = defaultMetric, defaultProtocol
	if n.Kind() == strict.Single {
		return strict.Decode(n, &c.To)
	}
	if n.Kind() == strict.Null {
		return n.Err("nothing is set, write kernel for routes in the kernel of this machine")
	}
	type settings config
	return strict.Decode(n, (*settings)(c))
}

// target is where routes are made.
type target string

// UnmarshalText reads kernel.
func (t *target) UnmarshalText(text []byte) error {
	if string(text) != "kernel" {
		return fmt.Errorf("%q: want kernel", text)
	}
	*t = target(text)
	return nil
}

func newHandler(c config, env pipeline.Env) (pipeline.Handler, error) {
	m, err := newMetrics(env.Metrics)
	if err != nil {
		return nil, err
	}
	h := &handler{wishes: newWishes(env.Clock), names: names{ask: net.InterfaceByIndex, known: map[uint32]string{}}}
	h.keeper = &keeper{wishes: h.wishes, kernel: mainTable{c.Protocol}, metric: c.Metric, log: env.Log, clock: env.Clock, metrics: m}
	return h, nil
}
