package simulate

import (
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

// Started notes nothing: only a Reply gives something.
func (l *Ledger) Started(*Client) {}

// Exchanged notes what an exchange gave or took.
func (l *Ledger) Exchanged(e *Exchange) {
	if e.Err != nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, lease := range e.Given {
		switch {
		case e.Sent == dhcpv6.MessageTypeRelease:
			l.drop(lease.Prefix.Masked(), e.Client)
		case e.Answer.Type == dhcpv6.MessageTypeReply:
			l.hold(lease, e.Client, e.Ended)
		}
	}
}

// drop ends what a client holds, unless it is another's by now.
func (l *Ledger) drop(p netip.Prefix, c *Client) {
	if l.held[p].client == c {
		delete(l.held, p)
	}
}

func (l *Ledger) hold(lease Lease, c *Client, now time.Time) {
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
	l.held[p], l.lengths[p.Bits()] = holding{c, now.Add(lease.Valid)}, true
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
