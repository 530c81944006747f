package listen

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// bufferBytes is what the kernel is asked to hold for a socket, each way: some
// thousand datagrams, for as long as a sync of the disk takes.
const bufferBytes = 4 << 20

// openSocket opens a socket that shares its port with the others of this set.
//
// A socket for a group is bound to the group's address and to one interface:
// for an address wider than a link the kernel would otherwise deliver what came
// in by any interface that the group was joined on. Replies to relay agents
// therefore leave by the interface that the group is on, even if the route to
// the agent is by another one.
func openSocket(e endpoint) (*os.File, error) {
	return newSocket(e, func(fd int) error {
		return first(
			set(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1, "SO_REUSEADDR"),
			setIf(!e.addr.IsMulticast(), fd, unix.SOL_SOCKET, unix.SO_REUSEPORT, 1, "SO_REUSEPORT"),
		)
	})
}

// probe fails when another process has the address, even one that would share
// it. It must come before any socket of the set.
//
// No program is started meanwhile: it would have the probe, too, until it runs,
// and then this process could not have the address.
func probe(e endpoint) error {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	c, err := newSocket(e, func(int) error { return nil })
	if err != nil {
		return err
	}
	return c.Close()
}

// newSocket opens and binds a socket, which blocks unless a call says otherwise;
// share is called between the two.
func newSocket(e endpoint, share func(fd int) error) (*os.File, error) {
	fd, err := unix.Socket(unix.AF_INET6, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, unix.IPPROTO_UDP)
	if err != nil {
		return nil, fmt.Errorf("%v: open a socket: %w", e, err)
	}
	file := os.NewFile(uintptr(fd), e.String())
	if err := prepare(fd, e, share); err != nil {
		return nil, errors.Join(fmt.Errorf("%v: %w", e, err), file.Close())
	}
	return file, nil
}

// prepare makes a socket one for an endpoint. The group is joined last, when
// nothing can arrive any more that is not the endpoint's.
func prepare(fd int, e endpoint, share func(fd int) error) error {
	raise(fd, unix.SO_RCVBUFFORCE, unix.SO_RCVBUF)
	raise(fd, unix.SO_SNDBUFFORCE, unix.SO_SNDBUF)
	err := first(
		share(fd),
		set(fd, unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, 1, "IPV6_V6ONLY"),
		// Without it a socket also has what comes to groups that others are in,
		// so that [::] would have each client's message a second time.
		set(fd, unix.IPPROTO_IPV6, unix.IPV6_MULTICAST_ALL, 0, "IPV6_MULTICAST_ALL"),
		set(fd, unix.IPPROTO_IPV6, unix.IPV6_RECVPKTINFO, 1, "IPV6_RECVPKTINFO"),
		set(fd, unix.SOL_SOCKET, unix.SO_RXQ_OVFL, 1, "SO_RXQ_OVFL"),
		// An address that is configured later, or whose duplicates are still
		// looked for, cannot be bound otherwise: a server that starts with the
		// machine would fail by chance.
		set(fd, unix.IPPROTO_IPV6, unix.IPV6_FREEBIND, 1, "IPV6_FREEBIND"),
		setIf(e.index != 0, fd, unix.SOL_SOCKET, unix.SO_BINDTOIFINDEX, e.index, "SO_BINDTOIFINDEX"),
	)
	if err != nil {
		return err
	}
	if err := bind(fd, e); err != nil {
		return err
	}
	return join(fd, e)
}

func bind(fd int, e endpoint) error {
	err := unix.Bind(fd, &unix.SockaddrInet6{Port: int(e.port), ZoneId: uint32(e.index), Addr: e.addr.As16()})
	switch {
	case errors.Is(err, unix.EADDRINUSE):
		return fmt.Errorf("in use by another process: stop the other DHCPv6 server (ss -ulpn 'sport = :%d' names it): %w", e.port, err)
	case errors.Is(err, unix.EACCES):
		return fmt.Errorf("not permitted: port %d needs CAP_NET_BIND_SERVICE: %w", e.port, err)
	case errors.Is(err, unix.EINVAL) && e.addr.IsLinkLocalUnicast() && e.index == 0:
		return fmt.Errorf("a link-local address needs its interface, as in [%v%%eth0]: %w", e.addr, err)
	case err != nil:
		return fmt.Errorf("bind: %w", err)
	}
	return nil
}

// join makes a socket a member of its group. The membership outlives the times
// at which the interface is down.
func join(fd int, e endpoint) error {
	if !e.addr.IsMulticast() {
		return nil
	}
	m := unix.IPv6Mreq{Multiaddr: e.addr.As16(), Interface: uint32(e.index)}
	if err := unix.SetsockoptIPv6Mreq(fd, unix.IPPROTO_IPV6, unix.IPV6_JOIN_GROUP, &m); err != nil {
		return fmt.Errorf("join the group: %w", err)
	}
	return nil
}

// raise makes a buffer of the socket larger: as large as wanted with
// CAP_NET_ADMIN, else as large as net.core.rmem_max and wmem_max let it be.
func raise(fd, forced, modest int) {
	if unix.SetsockoptInt(fd, unix.SOL_SOCKET, forced, bufferBytes) != nil {
		_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, modest, bufferBytes) // the size that it has will do
	}
}

func set(fd, level, option, value int, name string) error {
	if err := unix.SetsockoptInt(fd, level, option, value); err != nil {
		return fmt.Errorf("set %s: %w", name, err)
	}
	return nil
}

func setIf(wanted bool, fd, level, option, value int, name string) error {
	if !wanted {
		return nil
	}
	return set(fd, level, option, value, name)
}

// first gives the first error.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// passing says whether an error may be gone when the endpoint's interface has
// changed: it went between listing and opening, or has no IPv6, for which the
// kernel gives EINVAL.
func passing(e endpoint, err error) bool {
	if e.index == 0 {
		return false
	}
	return errors.Is(err, unix.ENODEV) || errors.Is(err, unix.EADDRNOTAVAIL) || errors.Is(err, unix.EINVAL)
}
