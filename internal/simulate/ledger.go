package simulate

import (
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv6"
)

// Ledger is a Watcher that notes who holds what, and finds what was given twice.
// It is safe for concurrent use. The zero value is ready.
//
// Programs of one machine that run after each other may have the same address;
// those that run at the same time may not.
type Ledger struct {
	mu      sync.Mutex
	held    map[netip.Prefix]holding
	lengths [129]bool // of the prefixes that were ever held
	twice   []Twice   // the first of them
	count   int       // of all
	short   []Shortened
}

// holding is a lease and who has it.
type holding struct {
	client *Client
	until  time.Time
}

// Twice is an address or prefix that was given to a client while another had it,
// or one that encloses it.
type Twice struct {
	Prefix        netip.Prefix
	First, Second *Client
}

// String tells it in a sentence.
func (t Twice) String() string {
	return fmt.Sprintf("%s was given to %s of %s while %s of %s had it", short(t.Prefix),
		t.Second.Profile.Name, t.Second.Machine.MAC, t.First.Profile.Name, t.First.Machine.MAC)
}

// Shortened is a lease that ended earlier after an extension than it would have
// without.
type Shortened struct {
	Prefix netip.Prefix
	Client *Client
	By     time.Duration
}

// String tells it in a sentence.
func (s Shortened) String() string {
	return fmt.Sprintf("%s of %s of %s ends %s earlier than it was promised before", short(s.Prefix), s.Client.Profile.Name, s.Client.Machine.MAC, s.By)
}

// Started notes nothing: only a Reply gives something.
func (l *Ledger) Started(*Client) {}

// Leaving notes that a client is about to give back what it holds. Another may have
// that before an answer comes, and the client does not use it any more.
func (l *Ledger) Leaving(c *Client) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.drop(c.Leases(), c)
}

// Exchanged notes what an exchange gave or took.
func (l *Ledger) Exchanged(e *Exchange) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e.Err != nil {
		l.refused(e)
		return
	}
	if ends(e.Sent) {
		l.drop(e.Given, e.Client)
		return
	}
	l.drop(e.Lost, e.Client)
	if e.Answer.Type != dhcpv6.MessageTypeReply {
		return
	}
	for _, lease := range e.Given {
		l.hold(lease, e)
	}
}

// refused ends what a client holds whom the server does not know any more.
func (l *Ledger) refused(e *Exchange) {
	var refusal *Refusal
	extends := e.Sent == dhcpv6.MessageTypeRenew || e.Sent == dhcpv6.MessageTypeRebind
	if extends && errors.As(e.Err, &refusal) {
		l.drop(e.Client.Leases(), e.Client)
	}
}

// drop ends what a client holds, unless it is another's by now.
func (l *Ledger) drop(leases []Lease, c *Client) {
	for _, lease := range leases {
		if p := lease.Prefix.Masked(); l.held[p].client == c {
			delete(l.held, p)
		}
	}
}

// hold notes a lease. The server gave it after the client first asked, and before it
// had the answer: it is the client's at least for its lifetime after the former.
func (l *Ledger) hold(lease Lease, e *Exchange) {
	c, now := e.Client, e.Ended
	if l.held == nil {
		l.held = map[netip.Prefix]holding{}
	}
	for bits := 0; bits <= lease.Prefix.Bits(); bits++ {
		if !l.lengths[bits] {
			continue
		}
		around := netip.PrefixFrom(lease.Prefix.Addr(), bits).Masked()
		if h, ok := l.held[around]; ok && h.until.After(now) && h.client.excludes(c) {
			l.complain(Twice{lease.Prefix, h.client, c})
		}
	}
	p := lease.Prefix.Masked()
	l.compare(p, l.held[p], holding{c, now.Add(lease.Valid)})
	l.held[p], l.lengths[p.Bits()] = holding{c, now.Add(-e.Took).Add(lease.Valid)}, true
}

// compare looks whether a client was promised more than it has now. Lifetimes are
// whole seconds.
func (l *Ledger) compare(p netip.Prefix, before, now holding) {
	const most = 100
	by := before.until.Sub(now.until)
	if before.client == now.client && by > time.Second && len(l.short) < most {
		l.short = append(l.short, Shortened{p, now.client, by})
	}
}

// Holding is a lease that a client holds, as far as it knows.
type Holding struct {
	Prefix netip.Prefix
	Client *Client
	Until  time.Time // for so long at least
}

// Holdings lists what clients hold at a time, in no order.
func (l *Ledger) Holdings(now time.Time) (out []Holding) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for p, h := range l.held {
		if h.until.After(now) {
			out = append(out, Holding{p, h.client, h.until})
		}
	}
	return out
}

// Shortened lists leases that were shortened by their extension, a hundred at most.
func (l *Ledger) Shortened() []Shortened {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]Shortened(nil), l.short...)
}

// complain notes what was given twice. A server that gives everybody the same
// address should not fill the memory.
func (l *Ledger) complain(t Twice) {
	const most = 100
	l.count++
	if len(l.twice) < most {
		l.twice = append(l.twice, t)
	}
}

// excludes says whether no other may have what this client holds.
func (c *Client) excludes(other *Client) bool {
	return c.Machine.MAC != other.Machine.MAC || c.beside(other)
}

// Twice gives how often something was given twice so far, and the first hundred
// times.
func (l *Ledger) Twice() (count int, first []Twice) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.count, append([]Twice(nil), l.twice...)
}

// short leaves the length of an address out.
func short(p netip.Prefix) string {
	if p.IsSingleIP() {
		return p.Addr().String()
	}
	return p.String()
}
