package listen

import (
	"fmt"
	"net"
	"net/netip"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// oneSocket opens a socket and one that sends to it.
func oneSocket(t testing.TB) (c *Conn, from *net.UDPConn) {
	t.Helper()
	c, err := openConn(endpoint{addr: netip.IPv6Loopback()}, 4, &counters{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.close)
	from, err = net.DialUDP("udp6", nil, net.UDPAddrFromAddrPort(address(t, c)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = from.Close() })
	return c, from
}

// readAll gives what is read as it comes, and ends with the socket.
func readAll(c *Conn) <-chan string {
	out := make(chan string)
	go func() {
		defer close(out)
		for batch := make([]Packet, 4); ; {
			n, err := c.Read(batch)
			if err != nil {
				return
			}
			for _, p := range batch[:n] {
				out <- string(p.Data)
			}
		}
	}()
	return out
}

func TestAReaderThatWaitsIsWoken(t *testing.T) {
	c, from := oneSocket(t)
	read := readAll(c)
	for i := range 100 {
		for part := range 1 + i%3 { // the later ones come while it reads
			want := fmt.Sprint(i, part)
			if _, err := from.Write([]byte(want)); err != nil {
				t.Fatal(err)
			}
			if got := <-read; got != want {
				t.Fatalf("read %q, want %q", got, want)
			}
		}
	}
	c.stopReading()
	if _, ok := <-read; ok {
		t.Error("read something after the end")
	}
}

func TestAReaderThatWaitsEndsWithItsSocket(t *testing.T) {
	c, from := oneSocket(t)
	read := readAll(c)
	if _, err := from.Write([]byte("hello")); err != nil {
		t.Fatal(err)
	}
	<-read
	c.close()
	if _, ok := <-read; ok {
		t.Error("read something after the end")
	}
}

// BenchmarkWait sends one datagram after the other to a reader that waits for it,
// and sends it back.
func BenchmarkWait(b *testing.B) {
	b.Run("reader=at the gate", func(b *testing.B) {
		c, from := oneSocket(b)
		go echo(c)
		bounce(b, from)
	})
	b.Run("reader=polled by the runtime", func(b *testing.B) {
		to, err := net.ListenUDP("udp6", net.UDPAddrFromAddrPort(netip.AddrPortFrom(netip.IPv6Loopback(), 0)))
		if err != nil {
			b.Fatal(err)
		}
		defer to.Close()
		from, err := net.DialUDP("udp6", nil, to.LocalAddr().(*net.UDPAddr))
		if err != nil {
			b.Fatal(err)
		}
		defer from.Close()
		go func() {
			for buf := make([]byte, 1500); ; {
				n, peer, err := to.ReadFromUDPAddrPort(buf)
				if err != nil {
					return
				}
				_, _ = to.WriteToUDPAddrPort(buf[:n], peer)
			}
		}()
		bounce(b, from)
	})
}

// echo sends back what it reads, which it does not let gather.
func echo(c *Conn) {
	for batch := make([]Packet, 4); ; {
		c.receiver.pace = pace{}
		n, err := c.Read(batch)
		if err != nil {
			return
		}
		for _, p := range batch[:n] {
			_, _ = c.Write([]Outgoing{{Data: p.Data, To: p.Peer}})
		}
	}
}

// bounce sends one datagram and waits for it to come back, from a thread that the
// runtime has no part in waking.
func bounce(b *testing.B, from *net.UDPConn) {
	file, err := from.File() // which blocks
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	fd, buf := int(file.Fd()), make([]byte, 150)
	if err := unix.SetNonblock(fd, false); err != nil {
		b.Fatal(err)
	}
	before := processorTime(b)
	for b.Loop() {
		if _, err := unix.Write(fd, buf); err != nil {
			b.Fatal(err)
		}
		if _, err := unix.Read(fd, buf); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64((processorTime(b)-before).Nanoseconds())/float64(b.N), "cpu-ns/op")
}

// processorTime is that of the process so far.
func processorTime(b *testing.B) time.Duration {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
