// Package inventory is a plugin for stage6 that asks an inventory, by HTTP, which
// tags a machine has. The inventory may be slow: the plugin blocks, says so, and so
// keeps nobody else waiting.
package inventory

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/pipeline"
)

// Plugin is the plugin. Its key in the configuration is inventory.
var Plugin = define(http.DefaultTransport)

// define makes the plugin with a way to the inventory.
func define(way http.RoundTripper) pipeline.Plugin {
	return pipeline.Define("inventory", func(c config, env pipeline.Env) (pipeline.Handler, error) {
		base, err := url.Parse(c.URL)
		if err != nil {
			return nil, err
		}
		return &handler{config: c, cache: newCache(c.Keep, env.Clock), client: client{http.Client{Transport: way}, base}, log: env.Log}, nil
	})
}

// config is what stands beside the key.
type config struct {
	URL     string        `config:"required"` // URL/MAC is the JSON of a machine
	Tags    []string      // which tags are taken over
	Timeout time.Duration `config:"min=10ms,max=5s"` // for one machine; zero is 500 ms
	Keep    time.Duration // how long an answer counts; zero is a minute
}

// handler is one use of the plugin.
type handler struct {
	config config
	cache  *cache
	client client
	log    *logrus.Entry
}

// Blocking bounds the calls of Handle. The server makes them where nobody waits,
// drops a machine's retransmissions meanwhile, and goes on without the tags when
// the inventory is too slow or down.
func (h *handler) Blocking() pipeline.Limits {
	limits := pipeline.Limits{Deadline: h.config.Timeout, Calls: 32, Optional: true}
	if limits.Deadline == 0 {
		limits.Deadline = 500 * time.Millisecond
	}
	return limits
}

// Tags tells which tags the plugin may set, so that stage6 check knows them.
func (h *handler) Tags() []string { return h.config.Tags }

// Handle puts the machine's tags on the exchange. ctx ends with the deadline.
func (h *handler) Handle(ctx context.Context, x *pipeline.Exchange) (pipeline.Action, error) {
	mac := x.MAC()
	if mac.IsZero() {
		return pipeline.Continue, nil
	}
	for _, tag := range h.tags(ctx, mac) {
		if slices.Contains(h.config.Tags, tag) {
			x.Tag(tag)
		}
	}
	return pipeline.Continue, nil
}

// tags gives the tags of a machine. Without the inventory there are none: an error
// would drop the message.
func (h *handler) tags(ctx context.Context, mac ident.MAC) []string {
	tags, ok := h.cache.get(mac)
	if ok {
		return tags
	}
	tags, err := h.client.tags(ctx, mac)
	if err != nil {
		h.log.WithError(err).Warn("the inventory does not answer: the machine has no tags")
		return nil
	}
	h.cache.put(mac, tags)
	return tags
}
