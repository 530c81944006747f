package simulate

import (
	"bytes"
	"fmt"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/validate"
)

// Breach is an answer that breaks a rule of the RFCs.
type Breach struct {
	Profile   string // of the client that it is for
	MAC       ident.MAC
	Sent, Got dhcpv6.MessageType
	validate.Violation
}

// String tells it in a sentence.
func (b Breach) String() string {
	return fmt.Sprintf("the %s to a %s of %s of %s: %s", title(b.Got), title(b.Sent), b.Profile, b.MAC, b.Violation)
}

// checks holds the answers of servers against the rules of the RFCs, also those
// that come late or twice. It is used under the lock of its carrier.
type checks struct {
	checker *validate.Checker // nil: nothing is checked
	past    []*inbox          // that nobody waits at any more, the oldest first
	byXID   map[dhcpv6.TransactionID][]*inbox
	answers uint64 // that were checked
	count   uint64 // of breaches
	first   []Breach
}

// remembered is how many past exchanges are kept, for answers that are late.
const remembered = 4096

// Check sets how strictly answers are checked; nil is not at all. It is the
// strictest unless set, which is before anything is sent.
func (c *Carrier) Check(checker *validate.Checker) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.checks.checker = checker
}

// Checked gives how many answers were checked against the rules of the RFCs so far,
// how often one was broken, and the first hundred times.
func (c *Carrier) Checked() (answers, breaches uint64, first []Breach) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.checks.answers, c.checks.count, append([]Breach(nil), c.checks.first...)
}

// keep remembers an exchange that is over.
func (c *checks) keep(in *inbox) {
	if c.checker == nil {
		return
	}
	if c.byXID == nil {
		c.byXID = map[dhcpv6.TransactionID][]*inbox{}
	}
	c.past = append(c.past, in)
	c.byXID[in.xid] = append(c.byXID[in.xid], in)
	if len(c.past) > remembered {
		c.forget(c.past[0])
		c.past = c.past[1:]
	}
}

func (c *checks) forget(in *inbox) {
	rest := without(c.byXID[in.xid], in)
	if len(rest) == 0 {
		delete(c.byXID, in.xid)
		return
	}
	c.byXID[in.xid] = rest
}

// without gives a new list that lacks one of another.
func without(list []*inbox, one *inbox) (rest []*inbox) {
	for _, other := range list {
		if other != one {
			rest = append(rest, other)
		}
	}
	return rest
}

// check holds an answer against the rules, and says whether it answers anything. A
// client may have sent several messages with one transaction ID: an answer is right
// if it is to one of them.
func (c *Carrier) check(a *Answer, datagram []byte, waiting *inbox) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.checks.checker == nil {
		return false
	}
	var best []validate.Violation
	var whose *inbox
	for _, in := range c.answered(a, waiting) {
		found := c.violations(in, datagram)
		if whose == nil || len(found) < len(best) {
			whose, best = in, found
		}
	}
	if whose == nil {
		return false
	}
	c.checks.answers++
	c.checks.complain(whose.client, whose.kind, a.Type, best)
	return true
}

// compare holds the Reply to a Request against the Advertise that the client took.
func (c *Carrier) compare(e *Exchange) {
	offer := e.Client.offer
	if e.Sent != dhcpv6.MessageTypeRequest || offer == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.checks.checker == nil {
		return
	}
	c.checks.complain(e.Client, e.Sent, e.Answer.Type, c.checks.checker.Kept(validate.Promise{
		Solicit: offer.solicit, Advertise: offer.advertise, Request: e.Client.said, Reply: e.Answer.raw,
	}))
}

// answered lists the exchanges that an answer may be of.
func (c *Carrier) answered(a *Answer, waiting *inbox) (out []*inbox) {
	if waiting != nil {
		out = append(out, waiting)
	}
	duid, _ := a.get(dhcpv6.OptionClientID)
	for _, in := range c.checks.byXID[a.xid] {
		if bytes.Equal(in.duid, duid) {
			out = append(out, in)
		}
	}
	return out
}

func (c *Carrier) violations(in *inbox, datagram []byte) []validate.Violation {
	if c.relay != nil {
		return c.checks.checker.Relayed(in.sent, datagram)
	}
	return c.checks.checker.Answer(in.sent, datagram)
}

func (c *checks) complain(client *Client, sent, got dhcpv6.MessageType, found []validate.Violation) {
	const most = 100
	for _, v := range found {
		c.count++
		if len(c.first) < most {
			c.first = append(c.first, Breach{client.Profile.Name, client.Machine.MAC, sent, got, v})
		}
	}
}
