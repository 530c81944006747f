package simulate

import (
	"context"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv6"
)

// way is how a machine speaks with servers, and with what patience.
type way struct {
	carrier *Carrier
	timing  Timing
	clock   func() time.Time
}

// patience is how long a client that takes no time still waits for another
// server, when the answer of the first is no good.
const patience = 200 * time.Millisecond

// exchange sends a message until it is answered.
func (w way) exchange(ctx context.Context, c *Client, kind dhcpv6.MessageType, f form) Exchange {
	began := w.clock()
	e := Exchange{Client: c, Sent: kind}
	xid := c.xids.next(c.Profile.xids)
	in := w.carrier.open(c, kind, xid)
	c.elapsed = 0
	e.Answer, e.Tries, e.Err = w.try(ctx, c, kind, func() error {
		c.elapsed = w.clock().Sub(began)
		c.said = f.message(c, kind, xid)
		return w.carrier.send(in, c.said)
	}, in)
	e.Ended = w.clock()
	e.Took = e.Ended.Sub(began)
	if wait := w.offers(c, e.Answer); wait > 0 {
		c.more = &offers{in, e.Answer, e.Ended.Add(wait)}
		return e
	}
	w.carrier.close(in)
	return e
}

// try sends until somebody answers or the client gives up.
func (w way) try(ctx context.Context, c *Client, kind dhcpv6.MessageType, send func() error, in *inbox) (*Answer, int, error) {
	s, wait := w.timing.schedule(c, kind), time.Duration(0)
	for try := 0; ; try++ {
		var more bool
		if wait, more = s.next(try, wait); !more {
			return nil, try, ErrNoAnswer
		}
		if err := send(); err != nil {
			return nil, try + 1, err
		}
		a, err := w.listen(ctx, c, kind, in, wait)
		if a != nil || err != nil {
			return a, try + 1, err
		}
	}
}

// listen waits for an answer with which the client goes on. Nil is none in that
// time; an error is that all answers were bad, or that ctx ended.
func (w way) listen(ctx context.Context, c *Client, kind dhcpv6.MessageType, in *inbox, wait time.Duration) (*Answer, error) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	var bad error
	for {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-timer.C:
			return nil, bad
		case a := <-in.answers:
			if !c.expects(kind, &a) {
				continue
			}
			err := c.judge(kind, &a)
			if err == nil {
				return &a, nil
			}
			if bad == nil && !w.timing.Real {
				timer.Reset(min(wait, patience))
			}
			bad = err
		}
	}
}

// offers is a client's wait for more offers than the first.
type offers struct {
	inbox *inbox
	best  *Answer
	until time.Time
}

// offers is how long the client waits for more offers after the first answer.
func (w way) offers(c *Client, a *Answer) time.Duration {
	if !w.timing.Real || a == nil || a.Type != dhcpv6.MessageTypeAdvertise || a.preference() == takeThis {
		return 0
	}
	return c.Profile.pauses.offers
}

// takeThis is the preference that ends the wait for more offers (RFC 9915 section
// 18.2.1).
const takeThis = 255

// weigh waits for more offers, if the client does, and lets it take the best.
func (w way) weigh(ctx context.Context, c *Client) error {
	if c.more == nil {
		return nil
	}
	defer w.forget(c)
	timer := time.NewTimer(c.more.until.Sub(w.clock()))
	defer timer.Stop()
	for c.more.best.preference() != takeThis {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
			return nil
		case a := <-c.more.inbox.answers:
			if c.expects(dhcpv6.MessageTypeSolicit, &a) && c.judge(dhcpv6.MessageTypeSolicit, &a) == nil && a.preference() > c.more.best.preference() {
				c.more.best = &a
				c.note(&Exchange{Sent: dhcpv6.MessageTypeSolicit, Answer: &a})
			}
		}
	}
	return nil
}

// forget ends a wait for more offers.
func (w way) forget(c *Client) {
	if c.more != nil {
		w.carrier.close(c.more.inbox)
		c.more = nil
	}
}
