package frame

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"testing"

	"github.com/sirupsen/logrus"
	"golang.org/x/sys/unix"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/listen"
	"github.com/stage6/stage6/internal/netlab"
	"github.com/stage6/stage6/internal/netlab/labtest"
)

func TestMain(m *testing.M) { labtest.Main(m) }

var (
	agentsAndServers = netip.MustParseAddr("ff02::1:2")
	clientAddress    = netip.MustParseAddr("fe80::c")
	clientMAC        = ident.MAC{0x52, 0x54, 0, 0xaa, 0xbb, 1}
	otherMAC         = ident.MAC{0x52, 0x54, 0, 0xaa, 0xbb, 2}
)

// arrival is a datagram and whose the tap says that it is.
type arrival struct {
	data  string
	index uint32
	mac   ident.MAC
}

// lab is a server's machine with a tap and sockets, and machines on its links.
type lab struct {
	t        testing.TB
	ctx      context.Context
	server   *netlab.Namespace
	tap      *Tap
	arrivals chan arrival
	hold     chan struct{} // closed when datagrams may be looked up
}

func newLab(t testing.TB) *lab {
	t.Helper()
	l := &lab{
		t: t, ctx: labtest.Context(t), server: labtest.Namespace(t, "server"),
		arrivals: make(chan arrival, 1000), hold: make(chan struct{}),
	}
	l.open()
	return l
}

// open opens the tap.
func (l *lab) open() {
	l.t.Helper()
	l.check(l.server.Do(func() (err error) {
		l.tap, err = Open(547)
		return err
	}))
	l.t.Cleanup(func() { l.check(l.tap.Close()) })
}

func (l *lab) check(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

// listen has datagrams for the group looked up as they come.
func (l *lab) listen() {
	l.t.Helper()
	close(l.hold)
	l.listenHeld()
}

// listenHeld has datagrams looked up when hold is closed.
func (l *lab) listenHeld() {
	l.t.Helper()
	log := logrus.New()
	log.SetOutput(io.Discard)
	set := listen.New([]listen.Address{{Addr: agentsAndServers, Port: 547}, {Addr: netip.IPv6Unspecified(), Port: 547}},
		listen.Options{Log: logrus.NewEntry(log), Serve: l.serve, Stamps: true})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- l.server.Do(func() error { return set.Run(ctx) }) }()
	l.t.Cleanup(func() {
		cancel()
		l.check(errors.Join(<-ended, set.Close()))
	})
	select {
	case <-set.Ready():
	case <-l.ctx.Done():
		l.t.Fatal("not ready")
	}
}

func (l *lab) serve(ctx context.Context, c *listen.Conn) error {
	batch := make([]listen.Packet, 32)
	for {
		n, err := c.Read(batch)
		select {
		case <-l.hold:
		case <-ctx.Done():
		}
		for _, p := range batch[:n] {
			select {
			case l.arrivals <- arrival{string(p.Data), p.Interface, l.tap.MAC(p.Interface, p.Peer.Addr(), p.Stamp)}:
			case <-ctx.Done():
			}
		}
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// next waits for a datagram.
func (l *lab) next() arrival {
	l.t.Helper()
	select {
	case a := <-l.arrivals:
		return a
	case <-l.ctx.Done():
		l.t.Fatal("no datagram")
		return arrival{}
	}
}

// want waits for a datagram and wants it to come from a MAC.
func (l *lab) want(data string, mac ident.MAC) {
	l.t.Helper()
	if a := l.next(); a.data != data || a.mac != mac {
		l.t.Errorf("%q from %v, want %q from %v", a.data, a.mac, data, mac)
	}
}

func (l *lab) index(name string) uint32 {
	l.t.Helper()
	index, err := l.server.Index(name)
	l.check(err)
	return uint32(index)
}

// port is the far end of a link of the server's machine, which sends any frame.
type port struct {
	t  testing.TB
	fd int
}

// link gives the server an interface. Its other end is in the same namespace as
// that of no other.
func (l *lab) link(name string) *port {
	l.t.Helper()
	client := labtest.Namespace(l.t, "client-"+name)
	l.check(netlab.Cable(netlab.Port{Namespace: l.server, Link: name}, netlab.Port{Namespace: client, Link: "eth0"}))
	_, err := l.server.LinkLocal(l.ctx, name)
	l.check(err)
	_, err = client.LinkLocal(l.ctx, "eth0")
	l.check(err)
	index, err := client.Index("eth0")
	l.check(err)
	p := &port{t: l.t}
	l.check(client.Do(func() (err error) {
		if p.fd, err = unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0); err == nil {
			err = unix.Bind(p.fd, &unix.SockaddrLinklayer{Ifindex: index})
		}
		return err
	}))
	l.t.Cleanup(func() { unix.Close(p.fd) })
	return p
}

func (p *port) send(frame []byte) {
	p.t.Helper()
	if _, err := unix.Write(p.fd, frame); err != nil {
		p.t.Fatal(err)
	}
}

// say sends a datagram to the group as a client does.
func (p *port) say(mac ident.MAC, from netip.Addr, data string) {
	p.t.Helper()
	p.send(ethernet(mac, nil, ipv6(from, unix.IPPROTO_UDP, udp(from, data))))
}

// ethernet makes a frame to the group of all agents and servers. tags stand
// between the addresses and the type.
func ethernet(mac ident.MAC, tags, packet []byte) []byte {
	f := append([]byte{0x33, 0x33, 0, 1, 0, 2}, mac[:]...)
	f = binary.BigEndian.AppendUint16(append(f, tags...), unix.ETH_P_IPV6)
	return append(f, packet...)
}

// ipv6 makes a packet to the group.
func ipv6(from netip.Addr, next byte, payload []byte) []byte {
	p := []byte{0x60, 0, 0, 0}
	p = binary.BigEndian.AppendUint16(p, uint16(len(payload)))
	p = append(p, next, 1)
	p = append(append(p, from.AsSlice()...), agentsAndServers.AsSlice()...)
	return append(p, payload...)
}

// udp makes a datagram from port 546 to port 547.
func udp(from netip.Addr, data string) []byte {
	length := uint16(8 + len(data))
	d := binary.BigEndian.AppendUint16([]byte{0x02, 0x22, 0x02, 0x23}, length)
	d = append(append(d, 0, 0), data...)
	binary.BigEndian.PutUint16(d[6:], checksum(from, d))
	return d
}

// checksum is that of RFC 8200 section 8.1.
func checksum(from netip.Addr, datagram []byte) uint16 {
	pseudo := append(from.AsSlice(), agentsAndServers.AsSlice()...)
	pseudo = binary.BigEndian.AppendUint32(pseudo, uint32(len(datagram)))
	pseudo = append(pseudo, 0, 0, 0, unix.IPPROTO_UDP)
	sum := uint32(0)
	for _, part := range [][]byte{pseudo, datagram} {
		for i, b := range part {
			sum += uint32(b) << (8 * (1 - i%2))
		}
	}
	for sum>>16 != 0 {
		sum = sum&0xffff + sum>>16
	}
	if sum = ^sum & 0xffff; sum == 0 {
		return 0xffff
	}
	return uint16(sum)
}
