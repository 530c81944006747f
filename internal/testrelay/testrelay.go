// Package testrelay is a relay agent for tests. Unlike a product it is strict: it
// compares every Relay-reply with the Relay-forward that it sent and records what
// is wrong, it can add every option that servers look at, and it speaks from an
// odd port if asked (RFC 8357).
//
// An [Agent] stands between two links of a namespace. Several in a row make
// several levels of encapsulation; each checks its own level. One without a
// link-address is a Lightweight DHCPv6 Relay Agent (RFC 6221). The difference to a
// real one is that it does not borrow the client's source address.
//
// The network behind an agent can be made worse than it is: see [Config.Impaired].
package testrelay

import (
	"fmt"
	"net/netip"
	"sync"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/internal/impair"
	"github.com/stage6/stage6/internal/netlab"
)

// Config says where an agent stands and what it adds.
type Config struct {
	Namespace *netlab.Namespace
	Down      string // the link of the clients or of relay agents nearer to them
	Up        string // the link towards the server

	// LinkAddress goes into every Relay-forward; invalid means "::", an LDRA.
	LinkAddress netip.Addr
	// Server is the next hop; invalid means the group of all relay agents and
	// servers on link Up, which is what an LDRA uses.
	Server netip.Addr

	InterfaceID  []byte              // option 18; nil for none
	RemoteID     *dhcpv6.OptRemoteID // option 37
	SubscriberID []byte              // option 38; nil for none
	ClientMAC    bool                // option 79, for messages directly from clients (RFC 6939)
	OddPort      bool                // send from another port than 547, with option 135 (RFC 8357)
	Supplied     dhcpv6.Options      // options for the client in option 66 (RFC 6422)

	Impaired impair.Rates // how bad the network is between the agent and link Up, each way
	Seed     uint64       // of what is lost and the like; the same one loses the same
}

// Exchange is what an agent sent and what came back, nil while nothing has.
type Exchange struct {
	Forward *dhcpv6.RelayMessage
	Reply   *dhcpv6.RelayMessage
}

// Agent is a running relay agent. It is safe for concurrent use.
type Agent struct {
	config  Config
	sockets sockets
	readers sync.WaitGroup

	up, down *impair.Way

	mu         sync.Mutex
	pending    map[key]*forward
	exchanges  []*Exchange
	violations []string
}

// key finds the forward that a reply answers. Clients behind different relay
// agents may use one transaction ID.
type key struct {
	transaction dhcpv6.TransactionID
	peer        netip.Addr
}

// forward is a message on its way.
type forward struct {
	exchange *Exchange
	from     netip.AddrPort // who gave it to us, on link Down
}

// Start opens an agent's sockets and lets it run until Close.
func Start(config Config) (*Agent, error) {
	a := &Agent{
		config: config, pending: map[key]*forward{},
		up: impair.New(config.Impaired, config.Seed), down: impair.New(config.Impaired, config.Seed+1),
	}
	if err := a.sockets.open(config); err != nil {
		a.sockets.close()
		return nil, fmt.Errorf("relay agent on %q: %w", config.Namespace.Name, err)
	}
	a.readers.Go(a.readDown)
	a.readers.Go(func() { a.readUp(a.sockets.up) })
	if a.sockets.wrong != nil {
		a.readers.Go(func() { a.readUp(a.sockets.wrong) })
	}
	return a, nil
}

// Close ends the agent, and loses what is on its way.
func (a *Agent) Close() error {
	a.up.Close()
	a.down.Close()
	a.sockets.close()
	a.readers.Wait()
	return nil
}

// Impaired counts what became of datagrams on link Up, in both directions.
func (a *Agent) Impaired() impair.Counts { return a.up.Counts().Add(a.down.Counts()) }

// Violations lists what servers did wrong so far, one sentence each.
func (a *Agent) Violations() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]string(nil), a.violations...)
}

// Exchanges lists what was relayed so far, oldest first.
func (a *Agent) Exchanges() []Exchange {
	a.mu.Lock()
	defer a.mu.Unlock()
	exchanges := make([]Exchange, len(a.exchanges))
	for i, exchange := range a.exchanges {
		exchanges[i] = *exchange
	}
	return exchanges
}

func (a *Agent) violate(format string, args ...any) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.violations = append(a.violations, fmt.Sprintf(format, args...))
}
