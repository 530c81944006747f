package coredhcp

import (
	"context"
	"errors"
	"fmt"

	"github.com/coredhcp/coredhcp/handler"
	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/internal/exchange"
	"github.com/stage6/stage6/pipeline"
)

// maxRunning is how many messages a plugin works on at a time, those included that
// nobody waits for any more.
const maxRunning = 64

// adaptedHandler runs one plugin.
type adaptedHandler struct {
	config
	handle  handler.Handler6
	running chan struct{} // a place for each message that the plugin works on
}

func newHandler(c config, handle handler.Handler6, _ pipeline.Env) *adaptedHandler {
	return &adaptedHandler{config: c, handle: handle, running: make(chan struct{}, maxRunning)}
}

// Blocking gives how long the plugin may take: nobody knows whether it blocks.
func (h *adaptedHandler) Blocking() pipeline.Limits {
	return pipeline.Limits{Deadline: h.timeout, Calls: maxRunning}
}

// Handle shows the plugin the message and the reply so far, and takes over what
// it makes of it.
func (h *adaptedHandler) Handle(ctx context.Context, x *pipeline.Exchange) (pipeline.Action, error) {
	if !h.messages.has(x.Type()) {
		return pipeline.Continue, nil
	}
	s := x.Core().(*exchange.State)
	outer, inner := request(s)
	reply := replyTo(s, inner)
	before := optionsOf(reply)
	a, err := h.call(ctx, outer, reply)
	switch {
	case errors.Is(err, errBusy):
		return x.Drop("plugin-busy")
	case ctx.Err() != nil:
		return pipeline.Drop, nil // the server says why
	case err != nil:
		return pipeline.Drop, raise(err)
	case a.reply == nil:
		return x.Drop("coredhcp-no-reply")
	}
	takeOver(x, s, before, optionsOf(a.reply))
	if a.stop && !h.goOn {
		return pipeline.Answer, nil
	}
	return pipeline.Continue, nil
}

// raise gives an error, but panics again with what was a panic, which the server
// contains and counts.
func raise(err error) error {
	var p *panicked
	if errors.As(err, &p) {
		panic(p)
	}
	return err
}

// errBusy is what keeps a plugin from being called.
var errBusy = errors.New("the plugin works on as many messages as it may")

// answer is what a plugin made of a reply.
type answer struct {
	reply *dhcpv6.Message // nil: no reply
	stop  bool            // no other plugin is to be asked
}

// call calls the plugin in a goroutine of its own and waits for it until ctx ends.
// What comes later is not heard.
func (h *adaptedHandler) call(ctx context.Context, outer dhcpv6.DHCPv6, reply *dhcpv6.Message) (answer, error) {
	select {
	case h.running <- struct{}{}:
	default:
		return answer{}, errBusy
	}
	var out dhcpv6.DHCPv6
	var stop bool
	done := make(chan error, 1)
	go func() {
		defer func() { <-h.running }()
		begin(func() { out, stop = h.handle(outer, reply) }, done)
	}()
	select {
	case err := <-done:
		if err != nil {
			return answer{}, err
		}
		return answerOf(out, stop)
	case <-ctx.Done():
		return answer{}, ctx.Err()
	}
}

// answerOf checks what the plugin gave.
func answerOf(out dhcpv6.DHCPv6, stop bool) (answer, error) {
	switch m := out.(type) {
	case nil:
		return answer{stop: stop}, nil
	case *dhcpv6.Message:
		return answer{m, stop}, nil
	case *dhcpv6.RelayMessage:
		return answer{}, errors.New("the plugin gave a reply for a relay agent, want one for the client")
	}
	return answer{}, fmt.Errorf("the plugin gave a reply of type %T, want a *dhcpv6.Message", out)
}
