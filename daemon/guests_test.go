package daemon

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// door is a listener to which a test connects.
type door struct{ come chan net.Conn }

func (d door) Accept() (net.Conn, error) {
	c, ok := <-d.come
	if !ok {
		return nil, net.ErrClosed
	}
	return c, nil
}

func (d door) Close() error   { return nil }
func (d door) Addr() net.Addr { return &net.TCPAddr{} }

// caller is the server's side of a connection.
type caller struct {
	net.Conn
	from *net.TCPAddr
}

func (c caller) RemoteAddr() net.Addr { return c.from }

// knock connects from an address, and gives the other machine's side.
func (d door) knock(from string) net.Conn {
	near, far := net.Pipe()
	d.come <- caller{near, net.TCPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(from), 4242))}
	return far
}

func TestConnectionsOfOneSourceAreBounded(t *testing.T) {
	for name, c := range map[string]struct{ one, other string }{
		"IPv6":                     {"2001:db8:10::1", "2001:db8:20::1"},
		"IPv4":                     {"192.0.2.1", "198.51.100.1"},
		"IPv4 on a socket of both": {"::ffff:192.0.2.1", "::ffff:198.51.100.1"},
	} {
		t.Run(name, func(t *testing.T) {
			g, one := newGuests(), netip.MustParseAddr(c.one)
			enter(t, g, one, mostOfAddress)
			if g.enter(one) {
				t.Error("an address has more than it may")
			}
			next := one
			for range (mostOfNetwork - mostOfAddress) / mostOfAddress {
				next = next.Next()
				enter(t, g, next, mostOfAddress)
			}
			if g.enter(next.Next()) {
				t.Error("a network has more than it may")
			}
			enter(t, g, netip.MustParseAddr(c.other), 1)
			g.leave(one)
			enter(t, g, one, 1)
			if n := counted(t, g.refused); n != 2 {
				t.Errorf("%v were counted as refused, want 2", n)
			}
		})
	}
}

// enter has connections of an address come, of which none is one too many.
func enter(t *testing.T, g *guests, a netip.Addr, connections int) {
	t.Helper()
	for i := range connections {
		if !g.enter(a) {
			t.Fatalf("connection %d of %s is refused", i+1, a)
		}
	}
}

// counted gives the value of a counter.
func counted(t *testing.T, c prometheus.Counter) float64 {
	t.Helper()
	r := prometheus.NewRegistry()
	if err := r.Register(c); err != nil {
		t.Fatal(err)
	}
	families, err := r.Gather()
	if err != nil || len(families) != 1 {
		t.Fatal(families, err)
	}
	return families[0].GetMetric()[0].GetCounter().GetValue()
}

func TestSourcesWithoutConnectionsAreForgotten(t *testing.T) {
	g, a := newGuests(), netip.MustParseAddr("fe80::1%eth0")
	g.enter(a)
	g.leave(a)
	if len(g.open) != 0 {
		t.Errorf("%v is still counted", g.open)
	}
}

func TestConnectionsBeyondAreClosed(t *testing.T) {
	d := door{make(chan net.Conn, mostOfAddress+2)}
	l := guestListener{d, newGuests()}
	var last net.Conn
	for range mostOfAddress {
		d.knock("2001:db8:10::1")
		c, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		last = c
	}
	refused := d.knock("2001:db8:10::1")
	d.knock("2001:db8:20::1")
	c, err := l.Accept()
	if err != nil || sourceOf(c) != netip.MustParseAddr("2001:db8:20::1") {
		t.Errorf("behind one that is refused comes %v, %v", c, err)
	}
	if _, err := refused.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("the one that is refused reads %v", err)
	}
	for range 2 { // the second time changes nothing
		_ = last.Close()
	}
	if n := l.guests.open[netip.MustParsePrefix("2001:db8:10::1/128")]; n != mostOfAddress-1 {
		t.Errorf("%d connections are counted behind one that was closed, want %d", n, mostOfAddress-1)
	}
}

func TestWhoDoesNotAskIsSentAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := door{make(chan net.Conn)}
		web := (&service{gate: newTokenGate()}).webServer(&endpoint{Listener: d})
		served := make(chan error, 1)
		go func() { served <- web.Serve(d) }()
		c := d.knock("2001:db8:10::1")
		began := time.Now()
		if _, err := io.WriteString(c, "GET /v1/health HTTP/1.1\r\n"); err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, c) // until the server closes it
		if took := time.Since(began); took > headerTime {
			t.Errorf("who never ends his header is kept for %v, want %v", took, headerTime)
		}
		close(d.come)
		<-served
		_ = web.Close()
	})
}
