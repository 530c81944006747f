// Package sleep is the plugin that delays replies, for tests of clients and relay
// agents.
package sleep

import (
	"context"
	"time"

	"github.com/stage6/stage6/internal/strict"
	"github.com/stage6/stage6/pipeline"
)

// Plugin is the plugin.
var Plugin = pipeline.Define("sleep", func(c config, _ pipeline.Env) (pipeline.Handler, error) { return handler(c), nil })

// longest is the longest delay, well within what the server gives a plugin.
const longest = 9 * time.Second

// most is how many replies are delayed at a time: what is delayed is kept in
// memory.
const most = 1024

// config is the delay.
type config time.Duration

// DecodeNode reads a time as Go writes it, such as 300ms or 1.5s, as CoreDHCP
// does.
func (c *config) DecodeNode(n strict.Node) error {
	text, err := n.Text()
	if err != nil {
		return err
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return n.Err("%q is not a time, want one such as 300ms or 1.5s", text)
	}
	if d <= 0 || d > longest {
		return n.Err("%q: want more than 0s and at most %v", text, longest)
	}
	*c = config(d)
	return nil
}

// handler delays each reply for as long.
type handler time.Duration

// Blocking gives the delay and some room.
func (h handler) Blocking() pipeline.Limits {
	return pipeline.Limits{Deadline: time.Duration(h) + time.Second, Calls: most}
}

// Handle waits.
func (h handler) Handle(ctx context.Context, _ *pipeline.Exchange) (pipeline.Action, error) {
	delay := time.NewTimer(time.Duration(h))
	defer delay.Stop()
	select {
	case <-delay.C:
	case <-ctx.Done():
	}
	return pipeline.Continue, nil
}
