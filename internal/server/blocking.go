package server

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/stage6/stage6/internal/exchange"
	"github.com/stage6/stage6/pipeline"
)

// verdict is what comes of a step: what the plugin says, or that the exchange is
// to be served again, or the reason to drop it.
type verdict struct {
	action  pipeline.Action
	wait    *Wait
	reason  string
	skipped exchange.StepEnd // how the step was left out; zero: it was not
}

// goesOn says that the next step is the exchange's next one, as is usual.
func (v *verdict) goesOn() bool {
	return v.action == pipeline.Continue && v.wait == nil && v.reason == ""
}

// end gives what is noted of the step.
func (v *verdict) end() exchange.StepEnd {
	switch {
	case v.reason != "":
		return exchange.Dropped
	case v.action == pipeline.Answer:
		return exchange.Answered
	}
	return v.skipped
}

// errEnded is what happens when a plugin ends the goroutine that it is called in.
var errEnded = errors.New("the plugin ended its goroutine")

// runBlocking calls a step that may block, where nobody else waits and for as long
// as it may take. An exchange that is not alone yet is put aside first. While the
// step cannot be called, and when it takes too long, the exchange goes on without
// it or is dropped, as its plugin says.
func (w *Worker) runBlocking(ctx context.Context, p *Step) verdict {
	s := w.s
	switch {
	case slices.Contains(s.Without, p.number):
		return verdict{skipped: exchange.LeftOut}
	case p.calls.isBroken(time.Now()):
		return p.without()
	case !s.Alone && s.Waited: // there was no place
		return p.without()
	case !s.Alone:
		return verdict{wait: &Wait{Message: messageOf(s)}}
	case !w.rest():
		return verdict{}
	}
	// A call that is late goes on with w's memory: what is read then is taken before.
	anew := verdict{wait: &Wait{Message: messageOf(s), Without: append(slices.Clone(s.Without), p.number)}}
	action, err := pipeline.Drop, errEnded
	g := w.serving.Load()
	g.hold()
	handle := func(ctx context.Context) {
		defer g.release()
		action, err = p.contained(ctx, &w.x)
	}
	begun := time.Now()
	how := p.calls.call(ctx, handle, p.tellBreaker)
	if how != refused {
		p.Faults.times.observe(time.Since(begun))
	}
	switch how {
	case refused:
		g.release()
		return p.without()
	case late:
		w.lost, w.stuckIn = true, p.Name
		return p.tooSlow(ctx, anew)
	}
	return p.judge(action, err, s)
}

// without leaves a step out that cannot be called, or drops the exchange.
func (p *Step) without() verdict {
	p.Faults.of[faultBusy].count.Add(1)
	if p.calls.limits.Optional {
		return verdict{skipped: exchange.LeftOut}
	}
	return verdict{reason: dropPluginBusy}
}

// tooSlow has an exchange begin anew without a step that took too long, or drops
// it.
func (p *Step) tooSlow(ctx context.Context, anew verdict) verdict {
	if ctx.Err() != nil {
		return verdict{reason: DropSocketClosed}
	}
	p.fail(faultSlow, fmt.Errorf("no result after %v", p.calls.limits.Deadline))
	if p.calls.limits.Optional {
		return anew
	}
	return verdict{reason: dropPluginSlow}
}

// tellBreaker tells that a step is not called for a while, or again.
func (p *Step) tellBreaker(open bool) {
	if open {
		p.fail(faultBroken, fmt.Errorf("%d calls have not returned: it is not called for %v", p.calls.limits.Calls, breakTime))
		return
	}
	p.Log.Info("plugin works again")
}
