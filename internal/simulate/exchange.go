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
	inbox := w.carrier.open(c, xid)
	defer w.carrier.close(inbox)
	c.elapsed = 0
	e.Answer, e.Tries, e.Err = w.try(ctx, c, kind, func() error {
		c.elapsed = w.clock().Sub(began)
		return w.carrier.send(c.Machine, f.message(c, kind, xid))
	}, inbox)
	e.Ended = w.clock()
	e.Took = e.Ended.Sub(began)
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

// listen waits for an answer: the first good one, or in real time the best of
// those that come while the client waits for offers. Nil is none in that time;
// an error is that all were bad, or that ctx ended.
func (w way) listen(ctx context.Context, c *Client, kind dhcpv6.MessageType, in *inbox, wait time.Duration) (*Answer, error) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	var heard choice
	for {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-timer.C:
			return heard.best, heard.why()
		case a := <-in.answers:
			if !c.expects(kind, &a) {
				continue
			}
			first := heard.add(&a, c.judge(kind, &a))
			rest := w.rest(c, &heard, wait)
			if rest == 0 {
				return heard.best, nil
			}
			if first {
				timer.Reset(rest)
			}
		}
	}
}

// choice is what a client heard so far.
type choice struct {
	best *Answer
	bad  error // of the last answer that was no good
}

// add takes an answer, and says whether it is the first of its kind: good or bad.
func (h *choice) add(a *Answer, bad error) (first bool) {
	if bad != nil {
		first = h.bad == nil && h.best == nil
		h.bad = bad
		return first
	}
	first = h.best == nil
	if first || a.preference() > h.best.preference() {
		h.best = a
	}
	return first
}

// why is the reason for which there is no answer, if one is known.
func (h *choice) why() error {
	if h.best != nil {
		return nil
	}
	return h.bad
}

// rest is how long the client waits after the first that it hears; zero once it
// need not wait.
func (w way) rest(c *Client, h *choice, wait time.Duration) time.Duration {
	switch {
	case h.best != nil:
		return w.offers(c, h.best)
	case w.timing.Real:
		return wait
	}
	return min(wait, patience)
}

// offers is how long the client waits for more offers after this one.
func (w way) offers(c *Client, a *Answer) time.Duration {
	const takeThis = 255 // RFC 9915 section 18.2.1
	if !w.timing.Real || a.Type != dhcpv6.MessageTypeAdvertise || a.preference() == takeThis {
		return 0
	}
	return c.Profile.pauses.offers
}
