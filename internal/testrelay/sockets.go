package testrelay

import (
	"context"
	"net"
	"net/netip"
	"strconv"
	"syscall"

	"github.com/insomniacslk/dhcp/dhcpv6"
	"golang.org/x/sys/unix"

	"github.com/stage6/stage6/internal/netlab"
)

// sockets are an agent's doors. Messages from below are read off the wire, since
// only the frame tells the client's MAC.
type sockets struct {
	heard *netlab.Capture // of link Down
	down  *net.UDPConn
	up    *net.UDPConn
	wrong *net.UDPConn // port 547 of link Up, when up is another; nothing should come here

	next     netip.AddrPort
	downZone string
}

func (s *sockets) open(c Config) error {
	downIndex, err := c.Namespace.Index(c.Down)
	if err != nil {
		return err
	}
	upIndex, err := c.Namespace.Index(c.Up)
	if err != nil {
		return err
	}
	// Zones are numbers: names would be looked up in our own namespace.
	s.downZone = strconv.Itoa(downIndex)
	s.next = nextHop(c.Server, strconv.Itoa(upIndex))
	if s.heard, err = c.Namespace.Capture(c.Down, netlab.Incoming); err != nil {
		return err
	}
	return c.Namespace.Do(func() error { return s.listen(c) })
}

func nextHop(server netip.Addr, zone string) netip.AddrPort {
	if !server.IsValid() {
		server = netip.MustParseAddr("ff02::1:2")
	}
	if server.IsLinkLocalUnicast() || server.IsLinkLocalMulticast() {
		server = server.WithZone(zone)
	}
	return netip.AddrPortFrom(server, dhcpv6.DefaultServerPort)
}

func (s *sockets) listen(c Config) (err error) {
	if s.down, err = listen(c.Down, dhcpv6.DefaultServerPort); err != nil {
		return err
	}
	if !c.OddPort {
		s.up, err = listen(c.Up, dhcpv6.DefaultServerPort)
		return err
	}
	if s.up, err = listen(c.Up, 0); err != nil {
		return err
	}
	s.wrong, err = listen(c.Up, dhcpv6.DefaultServerPort)
	return err
}

// listen opens a socket for one link and port; port zero lets the kernel choose.
func listen(link string, port int) (*net.UDPConn, error) {
	config := net.ListenConfig{Control: func(_, _ string, conn syscall.RawConn) (err error) {
		outer := conn.Control(func(fd uintptr) {
			err = unix.SetsockoptString(int(fd), unix.SOL_SOCKET, unix.SO_BINDTODEVICE, link)
		})
		if outer != nil {
			return outer
		}
		return err
	}}
	conn, err := config.ListenPacket(context.Background(), "udp6", net.JoinHostPort("::", strconv.Itoa(port)))
	if err != nil {
		return nil, err
	}
	return conn.(*net.UDPConn), nil
}

func (s *sockets) close() {
	if s.heard != nil {
		s.heard.Close()
	}
	for _, conn := range []*net.UDPConn{s.down, s.up, s.wrong} {
		if conn != nil {
			conn.Close()
		}
	}
}
