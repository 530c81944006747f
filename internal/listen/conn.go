package listen

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Packet is a datagram that came in.
type Packet struct {
	Data      []byte         // valid until the next Read of the same socket
	Peer      netip.AddrPort // the sender; the zone of a link-local one is the interface's index
	Dst       netip.Addr     // where it was sent to, without zone
	Port      uint16         // where it was sent to
	Interface uint32         // the index of the interface that it came in by
	Oversize  bool           // it was longer than MaxDatagram, and Data is not all of it
	Stamp     int64          // when the kernel had it, in nanoseconds since 1970; zero without Options.Stamps
}

// Outgoing is a datagram to send.
type Outgoing struct {
	Data      []byte
	To        netip.AddrPort // a zone counts if it is an index and Interface is zero
	Interface uint32         // the index of the interface to leave by; zero to leave it to the routes
	Src       netip.Addr     // a unicast address of this machine; invalid to leave it to the kernel
}

// Conn is a socket. One goroutine may read while several write.
type Conn struct {
	udp      *net.UDPConn
	raw      syscall.RawConn
	counters *counters
	receiver *receiver

	writing sync.Mutex // held by who uses sender
	sender  *sender
	left    atomic.Bool // see leave
}

func openConn(e endpoint, batch int, n *counters) (*Conn, error) {
	udp, err := openSocket(e)
	if err != nil {
		return nil, err
	}
	raw, err := udp.SyscallConn()
	if err != nil {
		return nil, errors.Join(err, udp.Close())
	}
	return &Conn{udp: udp, raw: raw, counters: n, receiver: newReceiver(batch, e.port), sender: newSender(batch)}, nil
}

// Read waits for datagrams and gives as many as there are, up to the length of
// batch and that of Options. At the end it gives net.ErrClosed.
func (c *Conn) Read(batch []Packet) (n int, err error) {
	n, err = c.receiver.receive(c.raw, batch)
	c.counters.count(batch[:n])
	c.counters.kernelDrops.Add(uint64(c.receiver.newDrops()))
	return n, ended(err)
}

// Renew leaves the datagrams that Read gave as they are: the next ones are put
// elsewhere. It is for who reads on while somebody holds them.
func (c *Conn) Renew() { c.receiver = c.receiver.renewed() }

// Write sends datagrams in order and gives how many the kernel took. One that
// it refuses is counted and does not keep the others from being sent; the error
// is of the first such.
func (c *Conn) Write(out []Outgoing) (sent int, err error) {
	c.writing.Lock()
	defer c.writing.Unlock()
	sent, err = c.sender.send(c.raw, out)
	c.counters.sent.Add(uint64(sent))
	c.counters.sendErrors.Add(uint64(len(out) - sent))
	return sent, ended(err)
}

// stamp has the kernel give the time at which each datagram came in.
func (c *Conn) stamp() (err error) {
	return errors.Join(c.raw.Control(func(fd uintptr) {
		err = set(int(fd), unix.SOL_SOCKET, unix.SO_TIMESTAMPNS_NEW, 1, "SO_TIMESTAMPNS")
	}), err)
}

// stopReading ends Read for good. A socket of this kind always takes deadlines.
func (c *Conn) stopReading() { _ = c.udp.SetReadDeadline(time.Unix(1, 0)) }

// leave ends Read for good a moment later, so that what is in the socket by then is
// read yet, and closes the socket then.
func (c *Conn) leave() {
	c.left.Store(true)
	_ = c.udp.SetReadDeadline(time.Now().Add(leaveTime))
}

// leaveTime is how long a socket is read that nothing is wanted of any more.
const leaveTime = 250 * time.Millisecond

// closeLeft closes a socket that is to be left, when nobody reads it any more.
func (c *Conn) closeLeft() {
	if c.left.Load() {
		c.close()
	}
}

// close ends everything. Closing a datagram socket has nothing left to fail at.
func (c *Conn) close() { _ = c.udp.Close() }

// ended turns what either way to end a socket gives into one error.
func ended(err error) error {
	if errors.Is(err, net.ErrClosed) || errors.Is(err, os.ErrDeadlineExceeded) {
		return net.ErrClosed
	}
	return err
}
