package main

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/netlab"
	"github.com/stage6/stage6/internal/wire"
)

// agent is a relay agent in front of clients.
type agent struct {
	*net.UDPConn
	to     netip.AddrPort
	buffer []byte
}

// newAgent opens the socket of a relay agent, on the port that they have.
func newAgent(in *netlab.Namespace, from netip.Addr) (a *agent, err error) {
	a = &agent{to: netip.AddrPortFrom(serverAddress, dhcpv6.DefaultServerPort)}
	err = in.Do(func() (err error) {
		a.UDPConn, err = net.ListenUDP("udp6", net.UDPAddrFromAddrPort(netip.AddrPortFrom(from, dhcpv6.DefaultServerPort)))
		return err
	})
	if err != nil {
		return nil, err
	}
	return a, a.SetReadBuffer(4 << 20)
}

// solicit sends a Solicit for an address, relayed from a link. With rapid, the answer
// is to be a Reply (RFC 9915 section 18.2.1).
func (a *agent) solicit(client ident.DUID, number uint32, on netip.Addr, rapid bool) error {
	xid := [3]byte{byte(number >> 16), byte(number >> 8), byte(number)}
	m := relayHeader(a.buffer[:0], client, on)
	m, relayed := wire.BeginOption(m, uint16(dhcpv6.OptionRelayMsg))
	m = wire.AppendHeader(m, dhcpv6.MessageTypeSolicit, xid)
	m = wire.AppendOption(m, uint16(dhcpv6.OptionClientID), []byte(client))
	ia := binary.BigEndian.AppendUint32(nil, 1)
	m = wire.AppendOption(m, uint16(dhcpv6.OptionIANA), append(ia, make([]byte, 8)...))
	m = wire.AppendOption(m, uint16(dhcpv6.OptionElapsedTime), []byte{0, 0})
	if rapid {
		m = wire.AppendOption(m, uint16(dhcpv6.OptionRapidCommit), nil)
	}
	a.buffer = wire.EndOption(m, relayed)
	_, err := a.WriteToUDPAddrPort(a.buffer, a.to)
	return err
}

// relayHeader appends that of a Relay-forward message (RFC 9915 section 9.1).
func relayHeader(dst []byte, client ident.DUID, on netip.Addr) []byte {
	link := on.As16()
	peer := netip.MustParseAddr("fe80::").As16()
	copy(peer[10:], client[4:])
	dst = append(dst, byte(dhcpv6.MessageTypeRelayForward), 0)
	return append(append(dst, link[:]...), peer[:]...)
}

// receive gives the number of the Solicit to which the next answer is, and whether
// that granted something.
func (a *agent) receive(buffer []byte) (number uint32, granted bool, err error) {
	n, _, err := a.ReadFromUDPAddrPort(buffer)
	if err != nil {
		return 0, false, err
	}
	inner, err := decode(buffer[:n])
	if err != nil {
		return 0, false, err
	}
	if !grants(inner) {
		return numberOf(inner), false, errRefused{inner.MessageType}
	}
	return numberOf(inner), true, nil
}

// decode gives the message of a client or for one that is in a datagram.
func decode(datagram []byte) (*dhcpv6.Message, error) {
	m, err := dhcpv6.FromBytes(datagram)
	if err != nil {
		return nil, err
	}
	return m.GetInnerMessage()
}

// numberOf gives that of the Solicit to which a message belongs.
func numberOf(m *dhcpv6.Message) uint32 {
	x := m.TransactionID
	return uint32(x[0])<<16 | uint32(x[1])<<8 | uint32(x[2])
}

// grants says whether an answer has an address.
func grants(m *dhcpv6.Message) bool {
	ia := m.Options.OneIANA()
	return ia != nil && ia.Options.OneAddress() != nil
}

type errRefused struct{ kind dhcpv6.MessageType }

func (e errRefused) Error() string { return fmt.Sprintf("%s without an address", e.kind) }
