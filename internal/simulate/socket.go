package simulate

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"syscall"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv6"
)

// udpSocket sends to one place. Reading does without the sender's address, whose
// zone would be looked up.
type udpSocket struct {
	*net.UDPConn
	to netip.AddrPort
}

func (s udpSocket) Send(datagram []byte) error {
	_, err := s.WriteToUDPAddrPort(datagram, s.to)
	return explainSend(err)
}

// explainSend says what the kernel means by EINVAL of a datagram that is right:
// its table of neighbours, which all namespaces share, has no room.
func explainSend(err error) error {
	if errors.Is(err, syscall.EINVAL) {
		return fmt.Errorf("%w: the kernel's table of neighbours is full, of this or another namespace's: wait, or raise net.ipv6.neigh.default.gc_thresh3", err)
	}
	return err
}

// receiveBuffer is asked for, so that bursts of answers are not lost; the kernel
// may give less.
const receiveBuffer = 4 << 20

// DialLink opens a carrier on a link: all machines send from the link-local
// address and port 546 of this computer, to the group of all servers.
func DialLink(ctx context.Context, name string) (*Carrier, error) {
	ifi, err := net.InterfaceByName(name)
	if err != nil {
		return nil, fmt.Errorf("interface %q: %w", name, err)
	}
	self, err := linkLocal(ifi)
	if err != nil {
		return nil, err
	}
	conn, err := listenWhenUsable(ctx, &net.UDPAddr{IP: self.AsSlice(), Port: dhcpv6.DefaultClientPort, Zone: strconv.Itoa(ifi.Index)})
	if err != nil {
		return nil, fmt.Errorf("interface %q, port 546: %w", name, explain(err))
	}
	// The socket is bound to the link, which saves the zone.
	to := netip.AddrPortFrom(netip.MustParseAddr("ff02::1:2"), dhcpv6.DefaultServerPort)
	return newUDPCarrier(conn, to, nil), nil
}

// LinkMAC gives the MAC of a link of this computer.
func LinkMAC(name string) ([]byte, error) {
	ifi, err := net.InterfaceByName(name)
	if err != nil {
		return nil, fmt.Errorf("interface %q: %w", name, err)
	}
	return ifi.HardwareAddr, nil
}

// DialServer opens a carrier that is a relay agent of a server.
func DialServer(server netip.AddrPort, relay Relay) (*Carrier, error) {
	port := dhcpv6.DefaultServerPort
	if relay.OddPort {
		port = 0
	}
	conn, err := net.ListenUDP("udp6", &net.UDPAddr{Port: port})
	if err != nil {
		return nil, fmt.Errorf("port %d: %w", port, explain(err))
	}
	if relay.OddPort {
		relay.port = uint16(conn.LocalAddr().(*net.UDPAddr).Port)
	}
	return newUDPCarrier(conn, server, &relay), nil
}

func newUDPCarrier(conn *net.UDPConn, to netip.AddrPort, relay *Relay) *Carrier {
	_ = conn.SetReadBuffer(receiveBuffer) // a smaller one loses answers only in bursts, and those are repeated
	return newCarrier(udpSocket{conn, to}, relay)
}

// linkLocal gives the link-local address of an interface.
func linkLocal(ifi *net.Interface) (netip.Addr, error) {
	addrs, err := ifi.Addrs()
	if err != nil {
		return netip.Addr{}, fmt.Errorf("interface %q: %w", ifi.Name, err)
	}
	for _, a := range addrs {
		if p, err := netip.ParsePrefix(a.String()); err == nil && p.Addr().IsLinkLocalUnicast() {
			return p.Addr(), nil
		}
	}
	return netip.Addr{}, fmt.Errorf("interface %q has no link-local address: bring it up, or be a relay agent with --relay and --server", ifi.Name)
}

// listenWhenUsable opens a socket, and waits for duplicate address detection of
// a link that has just come up.
func listenWhenUsable(ctx context.Context, at *net.UDPAddr) (*net.UDPConn, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	again := time.NewTicker(100 * time.Millisecond)
	defer again.Stop()
	for {
		conn, err := net.ListenUDP("udp6", at)
		if !errors.Is(err, syscall.EADDRNOTAVAIL) {
			return conn, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-again.C:
		}
	}
}

// explain says what to do about a socket that cannot be opened.
func explain(err error) error {
	switch {
	case errors.Is(err, syscall.EACCES):
		return fmt.Errorf("%w: run this as root, give it CAP_NET_BIND_SERVICE, or be a relay agent with --odd-port", err)
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("%w: another DHCPv6 program of this computer has it; be a relay agent with --odd-port", err)
	}
	return err
}
