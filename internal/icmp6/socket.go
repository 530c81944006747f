package icmp6

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"time"

	"github.com/mdlayher/ndp"
	"golang.org/x/net/ipv6"
	"golang.org/x/sys/unix"
)

// maxMessage is more than a router advertisement can have on Ethernet. What is
// longer is cut off, and found to be malformed.
const maxMessage = 2048

// allNodes and allRouters are the groups of RFC 4291 section 2.7.1.
var (
	allNodes   = netip.MustParseAddr("ff02::1")
	allRouters = netip.MustParseAddr("ff02::2")
)

// Socket is a raw socket for one type of message on all interfaces of this
// machine. One goroutine may read while others send.
type Socket struct {
	pc     *ipv6.PacketConn
	buffer [maxMessage]byte
}

// OpenForHosts opens a socket that receives router advertisements, and sends
// solicitations. It takes CAP_NET_RAW.
func OpenForHosts() (*Socket, error) { return open(ipv6.ICMPTypeRouterAdvertisement) }

// OpenForRouters opens a socket that receives router solicitations on the
// interfaces that it has joined, and sends advertisements. It takes CAP_NET_RAW.
func OpenForRouters() (*Socket, error) { return open(ipv6.ICMPTypeRouterSolicitation) }

func open(t ipv6.ICMPType) (*Socket, error) {
	conn, err := net.ListenPacket("ip6:ipv6-icmp", "::")
	if errors.Is(err, unix.EPERM) {
		return nil, fmt.Errorf("%w: start the server as root or give it CAP_NET_RAW (AmbientCapabilities and CapabilityBoundingSet of a systemd unit)", err)
	}
	if err != nil {
		return nil, err
	}
	s := &Socket{pc: ipv6.NewPacketConn(conn)}
	if err := s.setUp(t); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// setUp has the kernel pass on one type, with what is needed to check it. What
// this machine sends does not come back to it, since the kernel would heed its
// own advertisements.
func (s *Socket) setUp(t ipv6.ICMPType) error {
	var filter ipv6.ICMPFilter
	filter.SetAll(true)
	filter.Accept(t)
	return errors.Join(
		s.pc.SetICMPFilter(&filter),
		s.pc.SetControlMessage(ipv6.FlagHopLimit|ipv6.FlagInterface, true),
		s.pc.SetHopLimit(ndp.HopLimit),
		s.pc.SetMulticastHopLimit(ndp.HopLimit),
		s.pc.SetMulticastLoopback(false),
	)
}

// Read waits for a message. A malformed one is given with the reason; an error
// is of the socket, and net.ErrClosed once Stop or Close was called.
func (s *Socket) Read() (Message, error) {
	n, control, from, err := s.pc.ReadFrom(s.buffer[:])
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = net.ErrClosed
	}
	if err != nil {
		return Message{}, err
	}
	source := netip.Addr{}
	if a, ok := from.(*net.IPAddr); ok {
		source, _ = netip.AddrFromSlice(a.IP)
	}
	if control == nil {
		return Message{From: source, Malformed: "no-hop-limit"}, nil
	}
	return parse(s.buffer[:n], source, control.HopLimit, uint32(control.IfIndex)), nil
}

// Join has solicitations come that hosts send on an interface. To have joined it
// already is no error.
func (s *Socket) Join(index uint32) error {
	err := s.pc.JoinGroup(&net.Interface{Index: int(index)}, &net.IPAddr{IP: allRouters.AsSlice()})
	if errors.Is(err, unix.EADDRINUSE) {
		return nil
	}
	return err
}

// SendToNodes sends a message to all hosts of an interface, from its link-local
// address: the kernel chooses one as near as the group is (RFC 6724 section 5,
// rule 2).
func (s *Socket) SendToNodes(index uint32, message []byte) error {
	return s.send(index, message, allNodes)
}

// Solicit asks the routers of an interface to advertise themselves.
func (s *Socket) Solicit(index uint32) error {
	message, err := ndp.MarshalMessage(&ndp.RouterSolicitation{})
	if err != nil {
		return err
	}
	return s.send(index, message, allRouters)
}

// send sends to a group. The kernel sets the checksum.
func (s *Socket) send(index uint32, message []byte, group netip.Addr) error {
	control := &ipv6.ControlMessage{IfIndex: int(index), HopLimit: ndp.HopLimit}
	_, err := s.pc.WriteTo(message, control, &net.IPAddr{IP: group.AsSlice()})
	return err
}

// Stop ends Read, for good.
func (s *Socket) Stop() { _ = s.pc.SetReadDeadline(time.Unix(1, 0)) } // it fails only where the socket is closed

// Close closes the socket.
func (s *Socket) Close() error { return s.pc.Close() }
