// Package route is the plugin that makes routes to what is delegated, by way of
// the client or its relay agent: in the kernel of this machine, or by a command.
package route

import (
	"fmt"
	"net"
	"os/exec"
	"sync"
	"time"

	"github.com/stage6/stage6/internal/strict"
	"github.com/stage6/stage6/pipeline"
)

// Plugin is the plugin. Two of them would take each other's routes for stale.
var Plugin = pipeline.DefineOnce("route", newHandler).WithDryRun()

// Where the configuration says nothing.
const (
	// defaultProtocol is one that no routing daemon uses, so that
	// "ip -6 route show proto 146" lists our routes and no others.
	defaultProtocol = 146
	// defaultMetric is the kernel's for IPv6.
	defaultMetric = 1024
)

// defaultTimeout is how long a command may take.
const defaultTimeout = 10 * time.Second

// config is the settings: of routes in the kernel, or, if Exec is set, by a
// command.
type config struct {
	To       target
	Metric   int `config:"min=1,max=4294967295"`
	Protocol int `config:"min=5,max=255"` // those below are the kernel's and the administrator's
	Exec     string
	Timeout  time.Duration `config:"min=1s,max=5m"`
}

// DecodeNode reads the settings, or only where routes are made.
func (c *config) DecodeNode(n strict.Node) error {
	c.Metric, c.Protocol, c.Timeout = defaultMetric, defaultProtocol, defaultTimeout
	if n.Kind() == strict.Single {
		return strict.Decode(n, &c.To)
	}
	if n.Kind() == strict.Null {
		return n.Err("nothing is set, write kernel for routes in the kernel of this machine")
	}
	type settings config
	if err := strict.Decode(n, (*settings)(c)); err != nil {
		return err
	}
	return c.check(n)
}

// check says which settings do not go together.
func (c *config) check(n strict.Node) error {
	if c.To == "" && c.Exec == "" {
		return n.Err("where routes are made is missing, write to: kernel, or exec and a command")
	}
	others, why := []string{"to", "metric", "protocol"}, "not beside exec: routes are made in the kernel or by a command"
	if c.Exec == "" {
		others, why = []string{"timeout"}, "only beside exec: it is how long a command may take"
	}
	for _, key := range others {
		if at := n.Get(key); at.Kind() != strict.Null {
			return at.Err("%s", why)
		}
	}
	return nil
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
	h := &handler{clock: env.Clock, wishes: newWishes(env.Clock), names: names{ask: net.InterfaceByIndex, known: map[uint32]string{}}}
	h.keeper = &keeper{wishes: h.wishes, log: env.Log, clock: env.Clock, metrics: m, events: env.Events, turns: &sync.Mutex{}}
	if c.Exec == "" {
		h.keeper.router, h.keeper.metric = mainTable{c.Protocol}, c.Metric
		return h, nil
	}
	path, err := exec.LookPath(env.Path(c.Exec))
	if err != nil {
		return nil, err
	}
	h.command = newCommand(path, c.Timeout)
	h.keeper.router = h.command
	return h, nil
}
