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

// maxCalls is on how many messages a plugin works at a time.
const maxCalls = 64

// adaptedHandler runs one plugin.
type adaptedHandler struct {
	config
	handle handler.Handler6
}

// Blocking gives how long the plugin may take: nobody knows whether it blocks. The
// server contains it when it does, panics or ends its goroutine.
func (h *adaptedHandler) Blocking() pipeline.Limits {
	return pipeline.Limits{Deadline: h.timeout, Calls: maxCalls}
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
	out, stop := h.handle(outer, reply)
	if err := ctx.Err(); err != nil {
		return pipeline.Drop, err // nobody hears of it any more
	}
	made, err := messageOf(out)
	switch {
	case err != nil:
		return pipeline.Drop, err
	case made == nil:
		return x.Drop("coredhcp-no-reply")
	}
	takeOver(x, s, before, optionsOf(made))
	if stop && !h.goOn {
		return pipeline.Answer, nil
	}
	return pipeline.Continue, nil
}

// messageOf gives the reply that a plugin made, nil for none.
func messageOf(out dhcpv6.DHCPv6) (*dhcpv6.Message, error) {
	switch m := out.(type) {
	case nil:
		return nil, nil
	case *dhcpv6.Message:
		return m, nil
	case *dhcpv6.RelayMessage:
		return nil, errors.New("the plugin gave a reply for a relay agent, want one for the client")
	}
	return nil, fmt.Errorf("the plugin gave a reply of type %T, want a *dhcpv6.Message", out)
}
