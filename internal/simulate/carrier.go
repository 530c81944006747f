package simulate

import (
	"bytes"
	"errors"
	"net"
	"sync"
	"sync/atomic"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/internal/impair"
	"github.com/stage6/stage6/internal/validate"
)

// Carrier brings messages of machines to servers and the answers back. It is
// safe for concurrent use.
type Carrier struct {
	socket socket
	relay  *Relay // nil on the link itself
	strays atomic.Uint64
	reader sync.WaitGroup
	ways   atomic.Pointer[ways] // nil for a good network

	mu      sync.Mutex
	waiting map[dhcpv6.TransactionID][]*inbox
	checks  checks
	failed  error // why nothing more can be read or sent
}

// socket sends and receives whole datagrams.
type socket interface {
	Send(datagram []byte) error
	Read(buffer []byte) (int, error)
	Close() error
}

// inbox is where a client waits for answers to one exchange.
type inbox struct {
	client      *Client
	xid         dhcpv6.TransactionID
	kind        dhcpv6.MessageType
	sent        []byte // the last datagram, under the carrier's lock
	duid        []byte
	peer        [16]byte // the client's address
	interfaceID []byte   // that the relay agent sends, if any
	answers     chan Answer
}

// newCarrier starts to read. The caller must call Close.
func newCarrier(s socket, relay *Relay) *Carrier {
	c := &Carrier{
		socket: s, relay: relay, waiting: map[dhcpv6.TransactionID][]*inbox{},
		checks: checks{checker: &validate.Checker{}},
	}
	c.reader.Go(c.read)
	return c
}

// ways are both directions of a network that is worse than the real one.
type ways struct{ up, down *impair.Way }

// Impair makes the network worse from now on, in both directions. The same seed
// gives the same fate to the same datagrams. It is called once at most.
func (c *Carrier) Impair(rates impair.Rates, seed uint64) {
	c.ways.Store(&ways{impair.New(rates, seed), impair.New(rates, seed+1)})
}

// Impaired counts what became of datagrams where the network was made worse.
func (c *Carrier) Impaired() impair.Counts {
	if w := c.ways.Load(); w != nil {
		return w.up.Counts().Add(w.down.Counts())
	}
	return impair.Counts{}
}

// directions are those of a network that is worse, or nil.
func (c *Carrier) directions() (up, down *impair.Way) {
	if w := c.ways.Load(); w != nil {
		return w.up, w.down
	}
	return nil, nil
}

// Close closes the socket, and loses what is on its way.
func (c *Carrier) Close() error {
	up, down := c.directions()
	up.Close()
	err := c.socket.Close()
	c.reader.Wait()
	down.Close()
	return err
}

// Strays counts what came and was an answer to nobody: unreadable, very late, or to
// others.
func (c *Carrier) Strays() uint64 { return c.strays.Load() }

// open begins to wait for answers to an exchange of a client's.
func (c *Carrier) open(client *Client, kind dhcpv6.MessageType, xid dhcpv6.TransactionID) *inbox {
	const most = 8 // servers that answer at once
	in := &inbox{
		client: client, xid: xid, kind: kind, duid: client.duid.ToBytes(),
		peer: client.Machine.LinkLocal().As16(), answers: make(chan Answer, most),
	}
	if c.relay != nil {
		in.interfaceID = c.relay.interfaceID(client.Machine)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waiting[xid] = append(c.waiting[xid], in)
	return in
}

func (c *Carrier) close(in *inbox) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.checks.keep(in)
	rest := without(c.waiting[in.xid], in)
	if len(rest) == 0 {
		delete(c.waiting, in.xid)
		return
	}
	c.waiting[in.xid] = rest
}

// send brings a message of a machine on its way. What goes wrong with one that is
// late is told by the next.
func (c *Carrier) send(in *inbox, message []byte) error {
	if c.relay != nil {
		message = c.relay.wrap(in.client.Machine, message)
	}
	if failed := c.begin(in, message); failed != nil {
		return failed
	}
	up, _ := c.directions()
	if up == nil {
		return c.socket.Send(message)
	}
	up.Pass(func() {
		if err := c.socket.Send(message); err != nil {
			c.fail(err)
		}
	})
	return nil
}

// begin notes what is sent, unless nothing can be sent any more.
func (c *Carrier) begin(in *inbox, message []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	in.sent = message
	return c.failed
}

func (c *Carrier) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failed = err
}

// read hands out what comes until the socket closes.
func (c *Carrier) read() {
	buffer := make([]byte, 1<<16)
	for {
		n, err := c.socket.Read(buffer)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			c.fail(err)
			return
		}
		datagram := bytes.Clone(buffer[:n])
		_, down := c.directions()
		down.Pass(func() { c.take(datagram) })
	}
}

func (c *Carrier) take(datagram []byte) {
	if !c.deliver(datagram) {
		c.strays.Add(1)
	}
}

// deliver hands a datagram to whom it answers, and says whether there is one.
func (c *Carrier) deliver(datagram []byte) bool {
	whole := datagram
	var e envelope
	if c.relay != nil {
		var err error
		if e, err = parseEnvelope(datagram); err != nil {
			return false
		}
		datagram = e.message
	}
	a, err := parseAnswer(datagram)
	if err != nil {
		return false
	}
	in := c.find(&a, &e)
	checked := c.check(&a, whole, in)
	if in == nil {
		return checked
	}
	if c.relay != nil {
		a.relayed = c.relay.check(&e, in)
	}
	select {
	case in.answers <- a:
		return true
	default:
		return false // more servers than anybody has
	}
}

// find looks for who waits for an answer: by transaction ID and DUID, or, since
// an answer may lack the DUID and its client should say so, the only one who
// waits for the transaction.
func (c *Carrier) find(a *Answer, e *envelope) *inbox {
	duid, _ := a.get(dhcpv6.OptionClientID)
	c.mu.Lock()
	defer c.mu.Unlock()
	waiting := c.waiting[a.xid]
	var found *inbox
	for _, in := range waiting {
		if bytes.Equal(in.duid, duid) && (found == nil || in.peer == e.peer) {
			found = in
		}
	}
	if found == nil && len(waiting) == 1 {
		return waiting[0]
	}
	return found
}
