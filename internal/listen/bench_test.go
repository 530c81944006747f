package listen

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"

	"golang.org/x/net/ipv6"
	"golang.org/x/sys/unix"
)

// batchSize is the datagrams that a run sends and receives.
const batchSize = 32

// path is two sockets and datagrams to send from one to the other.
type path struct {
	from, to *Conn
	out      []Outgoing
	in       []Packet
}

// linkPath goes from a client's link-local address to a server's, over a link.
func linkPath(t *testing.T) *path {
	l := machine(t)
	ns := l.link("prov0")
	index, err := ns.Index("eth0")
	l.check(err)
	to, err := l.server.LinkLocal(t.Context(), "prov0")
	l.check(err)
	_, err = ns.LinkLocal(t.Context(), "eth0")
	l.check(err)
	var n counters
	anything := endpoint{addr: netip.IPv6Unspecified(), port: 547}
	p := newPath(netip.AddrPortFrom(to, 547), uint32(index))
	p.from, p.to = l.conn(ns, anything, &n), l.conn(l.server, anything, &n)
	return p
}

func newPath(to netip.AddrPort, index uint32) *path {
	p := &path{in: make([]Packet, batchSize)}
	for range batchSize {
		p.out = append(p.out, Outgoing{Data: []byte(strings.Repeat("x", 150)), To: to, Interface: index})
	}
	return p
}

// loopbackPath goes from ::1 to ::1.
func loopbackPath(b *testing.B) *path {
	var n counters
	open := func() *Conn {
		c, err := openConn(endpoint{addr: netip.IPv6Loopback()}, batchSize, &n)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(c.close)
		return c
	}
	from, to := open(), open()
	p := newPath(address(b, to), 0)
	p.from, p.to = from, to
	return p
}

// address gives what a socket is bound to.
func address(t testing.TB, c *Conn) netip.AddrPort {
	t.Helper()
	var bound unix.Sockaddr
	err := control(c, func(fd int) (err error) {
		bound, err = unix.Getsockname(fd)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	a := bound.(*unix.SockaddrInet6)
	return netip.AddrPortFrom(netip.AddrFrom16(a.Addr), uint16(a.Port))
}

func (p *path) send() error {
	if sent, err := p.from.Write(p.out); sent != len(p.out) {
		return fmt.Errorf("sent %d: %w", sent, err)
	}
	return nil
}

func (p *path) receive() error {
	for got := 0; got < len(p.out); {
		n, err := p.to.Read(p.in)
		if err != nil {
			return err
		}
		got += n
	}
	return nil
}

func TestDatagramsAllocateNothing(t *testing.T) {
	p := linkPath(t)
	run := func() {
		if err := p.send(); err != nil {
			t.Fatal(err)
		}
		if err := p.receive(); err != nil {
			t.Fatal(err)
		}
	}
	if n := testing.AllocsPerRun(100, run); n != 0 {
		t.Errorf("%v allocations for %d datagrams, want none", n, batchSize)
	}
	if !p.in[0].Peer.Addr().IsLinkLocalUnicast() || p.in[0].Peer.Addr().Zone() == "" {
		t.Errorf("from %v, want a link-local address with a zone", p.in[0].Peer)
	}
}

// bench runs f with a batch that waits to be read; sending it is not measured.
func bench(b *testing.B, p *path, f func() error) {
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		if err := p.send(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		if err := f(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*batchSize), "ns/datagram")
}

// BenchmarkRead reads batches of 32 datagrams.
func BenchmarkRead(b *testing.B) {
	p := loopbackPath(b)
	bench(b, p, p.receive)
}

// BenchmarkReadBatchOfXNet is what BenchmarkRead is measured against.
func BenchmarkReadBatchOfXNet(b *testing.B) {
	p := loopbackPath(b)
	udp, err := net.FilePacketConn(p.to.socket)
	if err != nil {
		b.Fatal(err)
	}
	defer udp.Close()
	conn := ipv6.NewPacketConn(udp)
	messages := make([]ipv6.Message, batchSize)
	for i := range messages {
		messages[i].Buffers, messages[i].OOB = [][]byte{make([]byte, MaxDatagram)}, make([]byte, 64)
	}
	bench(b, p, func() error {
		for got := 0; got < batchSize; {
			n, err := conn.ReadBatch(messages, 0)
			if err != nil {
				return err
			}
			got += n
		}
		return nil
	})
}

// BenchmarkBothWays writes and reads batches of 32 datagrams.
func BenchmarkBothWays(b *testing.B) {
	p := loopbackPath(b)
	b.ReportAllocs()
	for b.Loop() {
		if err := p.send(); err != nil {
			b.Fatal(err)
		}
		if err := p.receive(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*batchSize), "ns/datagram")
}
