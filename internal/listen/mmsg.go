package listen

import (
	"encoding/binary"
	"unsafe"

	"golang.org/x/sys/unix"
)

// mmsghdr is the C structure of that name, see recvmmsg(2).
type mmsghdr struct {
	header unix.Msghdr
	octets uint32
}

// recvmmsg receives what is there, without waiting.
func recvmmsg(fd uintptr, headers []mmsghdr) (int, unix.Errno) {
	return mmsg(unix.SYS_RECVMMSG, fd, headers)
}

// sendmmsg sends what fits into the socket's buffer, up to the first datagram that
// is refused.
func sendmmsg(fd uintptr, headers []mmsghdr) (int, unix.Errno) {
	return mmsg(unix.SYS_SENDMMSG, fd, headers)
}

// mmsg makes either call; the two have the same arguments but for the last, a
// time that only recvmmsg has. The runtime is not told of it, since it waits for
// nothing: telling it wakes the thread that looks after calls that do, which goes on looking every
// few microseconds while a call takes, and then gives the processor away (docs/performance.md).
func mmsg(call, fd uintptr, headers []mmsghdr) (int, unix.Errno) {
	for {
		n, _, errno := unix.RawSyscall6(call, fd, uintptr(unsafe.Pointer(&headers[0])), uintptr(len(headers)), unix.MSG_DONTWAIT, 0, 0)
		switch errno {
		case 0:
			return int(n), 0
		case unix.EINTR:
		default:
			return 0, errno
		}
	}
}

// port and setPort know that the port of a socket address is in network order.
func port(a *unix.RawSockaddrInet6) uint16 {
	return binary.BigEndian.Uint16((*[2]byte)(unsafe.Pointer(&a.Port))[:])
}

func setPort(a *unix.RawSockaddrInet6, port uint16) {
	binary.BigEndian.PutUint16((*[2]byte)(unsafe.Pointer(&a.Port))[:], port)
}
