package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv6"
	"github.com/insomniacslk/dhcp/dhcpv6/nclient6"

	"github.com/stage6/stage6/internal/netlab"
)

// client is one of the DHCPv6 clients that a machine is in a row.
type client struct {
	name    string
	what    string // for people
	duid    dhcpv6.DUID
	iaid    [4]byte
	options []dhcpv6.Option // beside those that every client sends
	request []dhcpv6.OptionCode
}

// grant is what a client got.
type grant struct {
	address  netip.Addr
	valid    time.Duration
	bootFile string
	dns      []net.IP
}

// boot lets the client get a lease: Solicit, Advertise, Request, Reply.
func (c *client) boot(ctx context.Context, n *netlab.Namespace, link string) (grant, error) {
	s, err := open(ctx, n, link)
	if err != nil {
		return grant{}, err
	}
	defer s.client.Close()
	solicit, err := c.message(dhcpv6.MessageTypeSolicit)
	if err != nil {
		return grant{}, err
	}
	advertise, err := s.exchange(ctx, solicit, dhcpv6.MessageTypeAdvertise)
	if err != nil {
		return grant{}, err
	}
	request, err := c.message(dhcpv6.MessageTypeRequest)
	if err != nil {
		return grant{}, err
	}
	request.AddOption(dhcpv6.OptServerID(advertise.Options.ServerID()))
	if offered := advertise.Options.OneIANA(); offered != nil {
		request.UpdateOption(offered)
	}
	reply, err := s.exchange(ctx, request, dhcpv6.MessageTypeReply)
	if err != nil {
		return grant{}, err
	}
	return read(reply)
}

// message makes a message of the client's.
func (c *client) message(kind dhcpv6.MessageType) (*dhcpv6.Message, error) {
	m, err := dhcpv6.NewMessage()
	if err != nil {
		return nil, err
	}
	m.MessageType = kind
	m.AddOption(dhcpv6.OptClientID(c.duid))
	m.AddOption(dhcpv6.OptElapsedTime(0))
	m.AddOption(&dhcpv6.OptIANA{IaId: c.iaid})
	m.AddOption(dhcpv6.OptRequestedOption(c.request...))
	for _, o := range c.options {
		m.AddOption(o)
	}
	return m, nil
}

// read takes what was granted out of a Reply.
func read(m *dhcpv6.Message) (g grant, err error) {
	ia := m.Options.OneIANA()
	if ia == nil {
		return g, errors.New("the Reply has no IA_NA")
	}
	address := ia.Options.OneAddress()
	if address == nil {
		return g, fmt.Errorf("no address: %v", ia.Options.Status())
	}
	g.address, _ = netip.AddrFromSlice(address.IPv6Addr)
	g.valid = address.ValidLifetime
	g.bootFile = m.Options.BootFileURL()
	g.dns = m.Options.DNS()
	return g, nil
}

// session is a client's socket.
type session struct {
	client *nclient6.Client
	server *net.UDPAddr // the group of all servers on the link
}

// open opens a client's socket in a namespace.
func open(ctx context.Context, n *netlab.Namespace, link string) (*session, error) {
	self, err := n.LinkLocal(ctx, link)
	if err != nil {
		return nil, err
	}
	index, err := n.Index(link)
	if err != nil {
		return nil, err
	}
	mac, err := n.MAC(link)
	if err != nil {
		return nil, err
	}
	// A name would be looked up in the network that this process is in.
	zone := strconv.Itoa(index)
	var conn net.PacketConn
	err = n.Do(func() error {
		conn, err = net.ListenUDP("udp6", &net.UDPAddr{IP: self.AsSlice(), Port: dhcpv6.DefaultClientPort, Zone: zone})
		return err
	})
	if err != nil {
		return nil, err
	}
	c, err := nclient6.NewWithConn(conn, mac)
	return &session{c, &net.UDPAddr{IP: dhcpv6.AllDHCPRelayAgentsAndServers, Port: dhcpv6.DefaultServerPort, Zone: zone}}, err
}

// exchange sends a message until it is answered.
func (s *session) exchange(ctx context.Context, m *dhcpv6.Message, want dhcpv6.MessageType) (*dhcpv6.Message, error) {
	reply, err := s.client.SendAndRead(ctx, s.server, m, nclient6.IsMessageType(want))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", m.MessageType, err)
	}
	return reply, nil
}
