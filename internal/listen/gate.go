package listen

import (
	"errors"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// gate is where the one reader of a socket waits until there is something to read.
//
// The socket itself is not one that the Go runtime polls. The kernel would tell
// of each datagram that comes in, and of each that has gone out, whether anybody
// waits for it or not, and each time a thread would wake up for nothing,
// all the more often where datagrams gather (docs/performance.md). In its place the runtime polls an epoll instance with nothing
// but the socket in it, which tells of one datagram each time that it is armed.
type gate struct {
	socket int
	file   *os.File // the epoll instance
	raw    syscall.RawConn

	// Of the reader.
	isArmed bool
	events  [1]unix.EpollEvent
}

// newGate makes a gate for a socket, which must outlive it.
func newGate(socket int) (*gate, error) {
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("epoll_create1", err)
	}
	disarmed := unix.EpollEvent{Events: unix.EPOLLONESHOT}
	err = errors.Join(
		os.NewSyscallError("fcntl", unix.SetNonblock(epoll, true)), // else the runtime would not poll it
		os.NewSyscallError("epoll_ctl", unix.EpollCtl(epoll, unix.EPOLL_CTL_ADD, socket, &disarmed)),
	)
	file := os.NewFile(uintptr(epoll), "epoll")
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	raw, err := file.SyscallConn()
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &gate{socket: socket, file: file, raw: raw}, nil
}

// arm has the epoll instance tell of the next datagram, or of one that is there
// already.
func (g *gate) arm(epoll uintptr) error {
	g.isArmed = true
	g.events[0] = unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLONESHOT}
	return os.NewSyscallError("epoll_ctl", unix.EpollCtl(int(epoll), unix.EPOLL_CTL_MOD, g.socket, &g.events[0]))
}

// disarm takes what the epoll instance tells, if it was armed, after which it tells
// no more.
func (g *gate) disarm(epoll uintptr) {
	if g.isArmed {
		n, _ := unix.EpollWait(int(epoll), g.events[:], 0) // an interrupted one leaves it armed
		g.isArmed = n != 1
	}
}

// close ends who reads, and waits for that.
func (g *gate) close() { _ = g.file.Close() }
