package listen

import (
	"encoding/binary"
	"net/netip"
	"os"
	"strconv"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// MaxDatagram is the most octets of a datagram that are read.
const MaxDatagram = 4096

// controlWords is the room for IPV6_PKTINFO, SO_RXQ_OVFL and SO_TIMESTAMPNS, 96
// octets, in words since the kernel aligns them so.
const controlWords = 12

// receiver is the memory for one recvmmsg call; the headers point into the rest.
type receiver struct {
	headers []mmsghdr
	slots   []slot
	zones   map[uint32]netip.Addr // an address with the zone of each interface seen
	call    func(fd uintptr) bool // poll, made once so that no call allocates
	look    func(fd uintptr) bool // pollOnce, likewise
	port    uint16
	gate    *gate
	pace    pace

	want int // the datagrams that poll is to get, at most
	got  int
	err  error

	drops, told uint32 // datagrams that the kernel had no room for, and of those the ones told of
}

// slot is where the kernel puts one datagram.
type slot struct {
	data    [MaxDatagram]byte
	control [controlWords]uint64
	peer    unix.RawSockaddrInet6
	vector  unix.Iovec
}

// renewed gives a receiver with memory of its own that goes on with the counts.
func (r *receiver) renewed() *receiver {
	next := newReceiver(len(r.slots), r.port, r.gate)
	next.drops, next.told = r.drops, r.told
	return next
}

func newReceiver(batch int, port uint16, g *gate) *receiver {
	r := &receiver{headers: make([]mmsghdr, batch), slots: make([]slot, batch), zones: map[uint32]netip.Addr{}, port: port, gate: g}
	for i := range r.slots {
		s, h := &r.slots[i], &r.headers[i].header
		s.vector.Base = &s.data[0]
		s.vector.SetLen(len(s.data))
		h.Iov = &s.vector
		h.SetIovlen(1)
		h.Name = (*byte)(unsafe.Pointer(&s.peer))
		h.Control = (*byte)(unsafe.Pointer(&s.control))
	}
	r.call, r.look = r.poll, r.pollOnce
	return r
}

// receive waits for at least one datagram.
func (r *receiver) receive(batch []Packet) (int, error) {
	r.want = min(len(batch), len(r.headers))
	if r.want == 0 {
		return 0, nil
	}
	if !r.pace.next.IsZero() {
		time.Sleep(time.Until(r.pace.next))
	}
	r.got = 0
	if err := r.gate.raw.Read(r.call); err != nil {
		return 0, err
	}
	if r.err != nil {
		return 0, r.err
	}
	r.pace.note(time.Now(), r.got, r.got == r.want)
	for i := range r.got {
		r.unpack(i, &batch[i])
	}
	return r.got, nil
}

// receiveNow gives the datagrams that are there, which may be none.
func (r *receiver) receiveNow(batch []Packet) (int, error) {
	r.want = min(len(batch), len(r.headers))
	if r.want == 0 {
		return 0, nil
	}
	r.got = 0
	if err := r.gate.raw.Read(r.look); err != nil {
		return 0, err
	}
	if r.err != nil {
		return 0, r.err
	}
	for i := range r.got {
		r.unpack(i, &batch[i])
	}
	return r.got, nil
}

// pollOnce is poll for who does not wait.
func (r *receiver) pollOnce(uintptr) bool {
	r.get()
	return true
}

// poll tries to receive; false asks to wait at the gate until there is something.
func (r *receiver) poll(epoll uintptr) bool {
	r.gate.disarm(epoll)
	if r.get() {
		return true
	}
	r.err = r.gate.arm(epoll)
	return r.err != nil
}

// get receives what is there. It gives false if that is nothing.
func (r *receiver) get() bool {
	for i := range r.headers[:r.want] {
		h := &r.headers[i].header
		h.Namelen = unix.SizeofSockaddrInet6
		h.SetControllen(len(r.slots[i].control) * 8)
		h.Flags = 0
	}
	got, errno := recvmmsg(uintptr(r.gate.socket), r.headers[:r.want])
	r.got, r.err = got, nil
	if errno != 0 && errno != unix.EAGAIN {
		r.err = os.NewSyscallError("recvmmsg", errno)
	}
	return errno != unix.EAGAIN
}

// unpack gives a datagram its Go form.
func (r *receiver) unpack(i int, p *Packet) {
	s, h := &r.slots[i], &r.headers[i]
	n := int(h.octets)
	*p = Packet{Data: s.data[:n:n], Port: r.port, Oversize: h.header.Flags&unix.MSG_TRUNC != 0}
	control := unsafe.Slice((*byte)(unsafe.Pointer(&s.control)), len(s.control)*8)
	r.unpackControl(control[:h.header.Controllen], p)
	addr := netip.AddrFrom16(s.peer.Addr)
	if addr.IsLinkLocalUnicast() {
		addr = addr.WithZone(r.zone(s.peer.Scope_id))
	}
	p.Peer = netip.AddrPortFrom(addr, port(&s.peer))
}

func (r *receiver) unpackControl(control []byte, p *Packet) {
	for len(control) >= unix.SizeofCmsghdr {
		header, data, rest, err := unix.ParseOneSocketControlMessage(control)
		if err != nil {
			return
		}
		switch {
		case header.Level == unix.IPPROTO_IPV6 && header.Type == unix.IPV6_PKTINFO && len(data) >= unix.SizeofInet6Pktinfo:
			info := (*unix.Inet6Pktinfo)(unsafe.Pointer(&data[0]))
			p.Dst, p.Interface = netip.AddrFrom16(info.Addr), info.Ifindex
		case header.Level == unix.SOL_SOCKET && header.Type == unix.SO_RXQ_OVFL && len(data) >= 4:
			r.drops = *(*uint32)(unsafe.Pointer(&data[0]))
		case header.Level == unix.SOL_SOCKET && header.Type == unix.SO_TIMESTAMPNS_NEW && len(data) >= 16:
			p.Stamp = nanoseconds(data)
		}
		control = rest
	}
}

// nanoseconds reads a struct __kernel_timespec.
func nanoseconds(data []byte) int64 {
	return int64(binary.NativeEndian.Uint64(data))*int64(time.Second) + int64(binary.NativeEndian.Uint64(data[8:]))
}

// zone gives an interface's index as text. An address with it is kept, since
// netip would make each zone anew that is in no other address.
func (r *receiver) zone(index uint32) string {
	a, ok := r.zones[index]
	if !ok {
		a = netip.IPv6LinkLocalAllNodes().WithZone(strconv.FormatUint(uint64(index), 10))
		r.zones[index] = a
	}
	return a.Zone()
}

// newDrops gives the drops since it was last asked. The kernel tells of them
// with the next datagram, as a count that wraps.
func (r *receiver) newDrops() uint32 {
	n := r.drops - r.told
	r.told = r.drops
	return n
}
