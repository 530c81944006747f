package listen

import (
	"errors"
	"fmt"
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
	socket   *os.File // which the runtime does not poll
	raw      syscall.RawConn
	gate     *gate
	counters *counters
	receiver *receiver
	loss     *loss

	writing sync.Mutex // held by who uses sender
	sender  *sender
	left    atomic.Bool // see leave
}

func openConn(e endpoint, batch int, n *counters) (*Conn, error) {
	socket, err := openSocket(e)
	if err != nil {
		return nil, err
	}
	c := &Conn{socket: socket, counters: n, sender: newSender(batch, &n.unsent)}
	if err := c.begin(e, batch); err != nil {
		return nil, errors.Join(fmt.Errorf("%v: %w", e, err), socket.Close())
	}
	return c, nil
}

// begin makes what reading and writing take.
func (c *Conn) begin(e endpoint, batch int) (err error) {
	if c.raw, err = c.socket.SyscallConn(); err != nil {
		return err
	}
	if c.gate, err = newGate(int(c.socket.Fd())); err != nil {
		return err
	}
	c.receiver, c.loss = newReceiver(batch, e.port, c.gate), c.counters.losses.at(e.String())
	return nil
}

// Read waits for datagrams and gives as many as there are, up to the length of
// batch and that of Options. At the end it gives net.ErrClosed.
func (c *Conn) Read(batch []Packet) (n int, err error) {
	n, err = c.receiver.receive(batch)
	c.count(batch[:n])
	return n, ended(err)
}

// ReadNow is Read for who does not wait: it gives what is there, which may be
// nothing.
func (c *Conn) ReadNow(batch []Packet) (n int, err error) {
	n, err = c.receiver.receiveNow(batch)
	c.count(batch[:n])
	return n, ended(err)
}

// count counts what came in, and what the kernel has dropped before.
func (c *Conn) count(batch []Packet) {
	c.counters.count(batch)
	if lost := uint64(c.receiver.newDrops()); lost > 0 {
		c.counters.kernelDrops.Add(lost)
		c.counters.losses.add(c.loss, lost, time.Now())
	}
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

// stopReading ends Read for good. A gate always takes deadlines.
func (c *Conn) stopReading() { _ = c.gate.file.SetReadDeadline(time.Unix(1, 0)) }

// leave ends Read for good a moment later, so that what is in the socket by then is
// read yet, and closes the socket then.
func (c *Conn) leave() {
	c.left.Store(true)
	_ = c.gate.file.SetReadDeadline(time.Now().Add(leaveTime))
}

// leaveTime is how long a socket is read that nothing is wanted of any more.
const leaveTime = 250 * time.Millisecond

// closeLeft closes a socket that is to be left, when nobody reads it any more.
func (c *Conn) closeLeft() {
	if c.left.Load() {
		c.close()
	}
}

// close ends everything, who reads first. Closing a datagram socket has nothing left
// to fail at.
func (c *Conn) close() {
	c.gate.close()
	_ = c.socket.Close()
}

// ended turns what either way to end a socket gives into one error. All others are
// of system calls.
func ended(err error) error {
	if _, ok := errors.AsType[*os.SyscallError](err); err == nil || ok {
		return err
	}
	return net.ErrClosed
}
