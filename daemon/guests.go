package daemon

import (
	"net"
	"net/netip"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

// Bounds for the connections of one source at a time, so that nobody holds all
// that there are. Who can have an address of a link can have many.
const (
	mostOfAddress = 16
	mostOfNetwork = 128 // of a /64, or a /24 of IPv4
)

// guests count the open connections of other machines by where they come from.
// They are safe for concurrent use.
type guests struct {
	refused prometheus.Counter

	mu   sync.Mutex
	open map[netip.Prefix]int // by address, and by network
}

func newGuests() *guests {
	return &guests{open: map[netip.Prefix]int{}, refused: prometheus.NewCounter(prometheus.CounterOpts{
		Name: "stage6_api_connections_refused_total", Help: "Connections to the API that were closed since their source has too many.",
	})}
}

// enter counts one more connection of an address, unless there are too many.
func (g *guests) enter(a netip.Addr) bool {
	address, network := places(a)
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.open[address] >= mostOfAddress || g.open[network] >= mostOfNetwork {
		g.refused.Inc()
		return false
	}
	g.open[address]++
	g.open[network]++
	return true
}

// leave counts one connection less, and forgets who has none.
func (g *guests) leave(a netip.Addr) {
	address, network := places(a)
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, p := range []netip.Prefix{address, network} {
		if g.open[p]--; g.open[p] <= 0 {
			delete(g.open, p)
		}
	}
}

// places gives what connections of an address are counted under.
func places(a netip.Addr) (address, network netip.Prefix) {
	a = a.Unmap().WithZone("")
	bits := 64
	if a.Is4() {
		bits = 24
	}
	return netip.PrefixFrom(a, a.BitLen()), netip.PrefixFrom(a, bits).Masked()
}

// guestListener closes connections beyond the bounds of their source at once.
type guestListener struct {
	net.Listener
	guests *guests
}

// Accept waits for a connection within the bounds.
func (l guestListener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		from := sourceOf(c)
		if l.guests.enter(from) {
			return &guestConn{Conn: c, leave: sync.OnceFunc(func() { l.guests.leave(from) })}, nil
		}
		_ = c.Close() // whom this concerns is sent away
	}
}

// sourceOf gives the address of the other side.
func sourceOf(c net.Conn) netip.Addr {
	if a, ok := c.RemoteAddr().(*net.TCPAddr); ok {
		return a.AddrPort().Addr()
	}
	return netip.IPv6Unspecified()
}

// guestConn is a connection that is counted until it is closed.
type guestConn struct {
	net.Conn
	leave func() // once, however often it is called
}

// Close closes the connection.
func (c *guestConn) Close() error {
	defer c.leave()
	return c.Conn.Close()
}
