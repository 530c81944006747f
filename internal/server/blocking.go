package server

import (
	"context"

	"github.com/stage6/stage6/internal/exchange"
	"github.com/stage6/stage6/pipeline"
)

// maxBlocked is on how many exchanges a handler that blocks works at a time.
const maxBlocked = 64

// runBlocking calls a handler that may block, where nobody else waits. An exchange
// that is not alone yet is parked; one for which there was no place there is
// dropped.
func (p *Step) runBlocking(ctx context.Context, x *pipeline.Exchange, s *exchange.State) pipeline.Action {
	if !s.Alone && !s.Waited {
		return park
	}
	defer p.running.Add(-1)
	if p.running.Add(1) > maxBlocked || !s.Alone {
		s.DropReason = dropPluginBusy
		return pipeline.Drop
	}
	ctx, cancel := context.WithTimeout(ctx, p.most)
	defer cancel()
	action := p.handle(ctx, x, s)
	if ctx.Err() != nil {
		s.DropReason = dropPluginSlow
		return pipeline.Drop
	}
	return action
}

// atOnce is what an exchange waits for that only needs a goroutine of its own.
func atOnce(s *exchange.State) *Wait {
	known := make(chan struct{})
	close(known)
	return &Wait{known, messageOf(s)}
}
