package simulate

import (
	"bytes"
	"errors"
	"net"
	"sync"
	"sync/atomic"

	"github.com/insomniacslk/dhcp/dhcpv6"
)

// Carrier brings messages of machines to servers and the answers back. It is
// safe for concurrent use.
type Carrier struct {
	socket socket
	relay  *Relay // nil on the link itself
	strays atomic.Uint64
	reader sync.WaitGroup

	mu      sync.Mutex
	waiting map[dhcpv6.TransactionID][]*inbox
	failed  error // why nothing more can be read
}

// socket sends and receives whole datagrams.
type socket interface {
	Send(datagram []byte) error
	Read(buffer []byte) (int, error)
	Close() error
}

// inbox is where a client waits for answers to one exchange.
type inbox struct {
	xid         dhcpv6.TransactionID
	duid        []byte
	peer        [16]byte // the client's address
	interfaceID []byte   // that the relay agent sends, if any
	answers     chan Answer
}

// newCarrier starts to read. The caller must call Close.
func newCarrier(s socket, relay *Relay) *Carrier {
	c := &Carrier{socket: s, relay: relay, waiting: map[dhcpv6.TransactionID][]*inbox{}}
	c.reader.Go(c.read)
	return c
}

// Close closes the socket.
func (c *Carrier) Close() error {
	err := c.socket.Close()
	c.reader.Wait()
	return err
}

// Strays counts what came and was an answer to nobody: unreadable, late, or to
// others.
func (c *Carrier) Strays() uint64 { return c.strays.Load() }

// open begins to wait for answers to an exchange of a client's.
func (c *Carrier) open(client *Client, xid dhcpv6.TransactionID) *inbox {
	const most = 8 // servers that answer at once
	in := &inbox{xid: xid, duid: client.duid.ToBytes(), peer: client.Machine.LinkLocal().As16(), answers: make(chan Answer, most)}
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
	rest := c.waiting[in.xid][:0]
	for _, other := range c.waiting[in.xid] {
		if other != in {
			rest = append(rest, other)
		}
	}
	if len(rest) == 0 {
		delete(c.waiting, in.xid)
		return
	}
	c.waiting[in.xid] = rest
}

// send brings a message of a machine on its way.
func (c *Carrier) send(m *Machine, message []byte) error {
	c.mu.Lock()
	failed := c.failed
	c.mu.Unlock()
	if failed != nil {
		return failed
	}
	if c.relay != nil {
		message = c.relay.wrap(m, message)
	}
	return c.socket.Send(message)
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
			c.mu.Lock()
			c.failed = err
			c.mu.Unlock()
			return
		}
		if !c.deliver(bytes.Clone(buffer[:n])) {
			c.strays.Add(1)
		}
	}
}

// deliver hands a datagram to whom it answers, and says whether there is one.
func (c *Carrier) deliver(datagram []byte) bool {
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
	if in == nil {
		return false
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
