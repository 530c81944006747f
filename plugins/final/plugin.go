// Package final is the plugin that keeps a machine's own addresses and prefixes
// for its installed system, whichever of its clients had them before.
package final

import (
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/sirupsen/logrus"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/internal/quiet"
	"github.com/stage6/stage6/internal/strict"
	"github.com/stage6/stage6/pipeline"
)

// Plugin is the plugin.
var Plugin = pipeline.DefineOnce("final", newHandler).WithDryRun()

// config is the settings. A zero lifetime is that of plugin lifetimes.
type config struct {
	Preferred time.Duration `config:"min=1s"`
	Valid     time.Duration `config:"min=1s"`
	Unknown   unknown
}

// DecodeNode reads the settings and checks what they say together.
func (c *config) DecodeNode(n strict.Node) error {
	if n.Kind() == strict.Null {
		return n.Err("nothing is set, write {} for lifetimes as other leases have them")
	}
	type settings config
	if err := strict.Decode(n, (*settings)(c)); err != nil {
		return err
	}
	if c.Valid != 0 && c.Preferred > c.Valid {
		return n.Get("preferred").Err("%s is longer than valid, which is %s", c.Preferred, c.Valid)
	}
	return nil
}

// handler gives installed systems what is reserved for their machines.
type handler struct {
	name             string
	log              *logrus.Entry
	preferred, valid time.Duration
	hosts            *host.Registry
	moved            prometheus.Counter
	refused          *prometheus.CounterVec
	events           pipeline.Events
	refuses          bool          // machines that are no host
	limit, strangers quiet.Limiter // of refusals, and of what others want
	unknowns         quiet.Limiter // of refusals of machines that are no host
}

func newHandler(c config, env pipeline.Env) (pipeline.Handler, error) {
	h := &handler{
		refuses: c.Unknown == "refuse",
		name:    env.Name, log: env.Log, preferred: c.Preferred, valid: c.Valid, hosts: env.Hosts, events: env.Events,
		moved: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "stage6_final_moved_total",
			Help: "Reservations that went from one client of a machine to its installed system.",
		}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "stage6_final_refused_total",
			Help: "Reservations that a client was refused, by reason.",
		}, []string{"reason"}),
	}
	for _, reason := range []string{"conflict", "locked", "foreign", "doubtful", "in-use", "unknown"} {
		h.refused.WithLabelValues(reason)
	}
	return h, errors.Join(env.Metrics.Register(h.moved), env.Metrics.Register(h.refused))
}
