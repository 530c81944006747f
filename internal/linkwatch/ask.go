package linkwatch

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv6"
	"golang.org/x/net/ipv6"
)

// Ports of RFC 9915 section 7.2.
const (
	clientPort = 546
	serverPort = 547
)

// Inquirer is a Prober that sends Information-requests, by which a server neither
// leases nor remembers anything. It is a client, at the port of clients.
type Inquirer struct {
	pc     *ipv6.PacketConn
	buffer [2048]byte
}

// OpenInquirer opens the socket. That fails where this machine runs a DHCPv6
// client.
func OpenInquirer() (*Inquirer, error) {
	conn, err := net.ListenPacket("udp6", fmt.Sprintf("[::]:%d", clientPort))
	if err != nil {
		return nil, err
	}
	i := &Inquirer{pc: ipv6.NewPacketConn(conn)}
	// This server must not hear the question: it is about others.
	err = errors.Join(i.pc.SetMulticastLoopback(false), i.pc.SetControlMessage(ipv6.FlagInterface, true))
	if err != nil {
		return nil, errors.Join(err, i.pc.Close())
	}
	return i, nil
}

// Ask sends an Information-request without a Client Identifier (RFC 9915 section
// 18.2.6) on an interface.
func (i *Inquirer) Ask(index uint32) error {
	m := dhcpv6.Message{MessageType: dhcpv6.MessageTypeInformationRequest}
	if _, err := rand.Read(m.TransactionID[:]); err != nil {
		return err
	}
	m.AddOption(dhcpv6.OptElapsedTime(0))
	m.AddOption(dhcpv6.OptRequestedOption(dhcpv6.OptionDNSRecursiveNameServer))
	to := &net.UDPAddr{IP: dhcpv6.AllDHCPRelayAgentsAndServers, Port: serverPort}
	_, err := i.pc.WriteTo(m.ToBytes(), &ipv6.ControlMessage{IfIndex: int(index)}, to)
	return err
}

// Read waits for an answer. What is none has no DUID.
func (i *Inquirer) Read() (Answer, error) {
	n, control, from, err := i.pc.ReadFrom(i.buffer[:])
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = net.ErrClosed
	}
	if err != nil {
		return Answer{}, err
	}
	a := Answer{DUID: answered(i.buffer[:n])}
	if u, ok := from.(*net.UDPAddr); ok {
		address, _ := netip.AddrFromSlice(u.IP)
		a.From = address.WithZone("")
	}
	if control != nil {
		a.Interface = uint32(control.IfIndex)
	}
	return a, nil
}

// answered gives the DUID of the server in a Reply, or nothing. The library must
// not end the server.
func answered(data []byte) (duid []byte) {
	defer func() {
		if recover() != nil {
			duid = nil
		}
	}()
	m, err := dhcpv6.MessageFromBytes(data)
	if err != nil || m.MessageType != dhcpv6.MessageTypeReply || m.Options.ServerID() == nil {
		return nil
	}
	return m.Options.ServerID().ToBytes()
}

// Stop ends Read, for good.
func (i *Inquirer) Stop() { _ = i.pc.SetReadDeadline(time.Unix(1, 0)) } // it fails only where the socket is closed

// Close closes the socket.
func (i *Inquirer) Close() error { return i.pc.Close() }
