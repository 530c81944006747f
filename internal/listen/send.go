package listen

import (
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// sender is the memory for one sendmmsg call; the headers point into the rest.
type sender struct {
	headers []mmsghdr
	parcels []parcel
	call    func(fd uintptr) // poll, made once so that no call allocates

	from, to int // the headers that poll is to send
	sent     int
	errno    unix.Errno
	unsent   *unsent
}

// parcel is what goes with one datagram.
type parcel struct {
	to      unix.RawSockaddrInet6
	vector  unix.Iovec
	control pktinfo
}

// pktinfo is an IPV6_PKTINFO control message (RFC 3542 section 6).
type pktinfo struct {
	header unix.Cmsghdr
	info   unix.Inet6Pktinfo
}

func newSender(batch int, u *unsent) *sender {
	s := &sender{headers: make([]mmsghdr, batch), parcels: make([]parcel, batch), unsent: u}
	for i := range s.parcels {
		p, h := &s.parcels[i], &s.headers[i].header
		p.to.Family = unix.AF_INET6
		p.control.header.Level = unix.IPPROTO_IPV6
		p.control.header.Type = unix.IPV6_PKTINFO
		p.control.header.SetLen(unix.CmsgLen(unix.SizeofInet6Pktinfo))
		h.Name = (*byte)(unsafe.Pointer(&p.to))
		h.Namelen = unix.SizeofSockaddrInet6
		h.Iov = &p.vector
		h.SetIovlen(1)
	}
	s.call = s.poll
	return s
}

// send sends in portions of what the memory is for.
func (s *sender) send(raw syscall.RawConn, out []Outgoing) (sent int, err error) {
	for len(out) > 0 {
		portion := out[:min(len(out), len(s.headers))]
		for i := range portion {
			s.pack(i, &portion[i])
		}
		n, failed, closed := s.flush(raw, portion)
		sent += n
		if err == nil {
			err = failed
		}
		if closed != nil {
			return sent, closed
		}
		out = out[len(portion):]
	}
	return sent, err
}

// flush sends what is packed. The kernel stops at a datagram that it refuses,
// and says why when it is asked to begin with that one, which is then passed over.
func (s *sender) flush(raw syscall.RawConn, portion []Outgoing) (sent int, failed, closed error) {
	s.from, s.to = 0, len(portion)
	for s.from < s.to {
		if err := raw.Control(s.call); err != nil {
			return sent, failed, err
		}
		if s.errno == 0 {
			sent += s.sent
			s.from += s.sent
			continue
		}
		s.unsent.add(s.errno)
		if failed == nil {
			failed = fmt.Errorf("send to %v: %w", portion[s.from].To, os.NewSyscallError("sendmmsg", s.errno))
		}
		s.from++
	}
	return sent, failed, nil
}

// poll tries to send, and never waits for room in the socket's buffer. The
// kernel keeps what is for a neighbour that does not answer for three seconds:
// some hundred Solicits from addresses that nobody has would keep everybody
// else's replies waiting. Who gets none asks again.
func (s *sender) poll(fd uintptr) {
	s.sent, s.errno = sendmmsg(fd, s.headers[s.from:s.to])
}

// pack gives a datagram its C form.
func (s *sender) pack(i int, o *Outgoing) {
	p, h := &s.parcels[i], &s.headers[i].header
	p.vector.Base = unsafe.SliceData(o.Data)
	p.vector.SetLen(len(o.Data))
	p.to.Addr = o.To.Addr().As16()
	p.to.Scope_id = scope(o)
	setPort(&p.to, o.To.Port())
	h.Control = nil
	h.SetControllen(0)
	if o.Interface != 0 || o.Src.IsValid() {
		p.control.info = unix.Inet6Pktinfo{Ifindex: o.Interface, Addr: source(o.Src)}
		h.Control = (*byte)(unsafe.Pointer(&p.control))
		h.SetControllen(int(unsafe.Sizeof(p.control)))
	}
}

// source gives the unspecified address for the kernel's choice.
func source(a netip.Addr) [16]byte {
	if !a.IsValid() {
		return [16]byte{}
	}
	return a.As16()
}

// scope gives the interface that a link-local address is on.
func scope(o *Outgoing) uint32 {
	to := o.To.Addr()
	if !to.IsLinkLocalUnicast() && !to.IsLinkLocalMulticast() {
		return 0
	}
	if o.Interface != 0 {
		return o.Interface
	}
	index, err := strconv.ParseUint(to.Zone(), 10, 32)
	if err != nil {
		return 0 // the kernel will refuse the datagram, unless the socket is bound to an interface
	}
	return uint32(index)
}
