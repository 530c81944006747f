package main

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/internal/netlab"
)

// client is a stage of the machine with its socket.
type client struct {
	stage
	conn  *net.UDPConn
	group netip.AddrPort // of servers and relay agents
}

// openClient opens the stage's socket on the machine's link.
func openClient(ctx context.Context, s stage, ns *netlab.Namespace) (*client, error) {
	if _, err := ns.LinkLocal(ctx, "eth0"); err != nil {
		return nil, err
	}
	index, err := ns.Index("eth0")
	if err != nil {
		return nil, err
	}
	c := &client{stage: s}
	// The zone is a number: a name would be looked up elsewhere.
	group := netip.MustParseAddr("ff02::1:2").WithZone(strconv.Itoa(index))
	c.group = netip.AddrPortFrom(group, dhcpv6.DefaultServerPort)
	err = ns.Do(func() (err error) {
		c.conn, err = net.ListenUDP("udp6", &net.UDPAddr{Port: dhcpv6.DefaultClientPort})
		return err
	})
	return c, err
}

// boot asks for an address and the rest (RFC 9915 section 18.2): Solicit,
// Advertise, Request, Reply.
func (c *client) boot(ctx context.Context) (*dhcpv6.Message, error) {
	advertise, err := c.exchange(ctx, c.message(dhcpv6.MessageTypeSolicit, nil), dhcpv6.MessageTypeAdvertise)
	if err != nil {
		return nil, err
	}
	return c.exchange(ctx, c.message(dhcpv6.MessageTypeRequest, advertise), dhcpv6.MessageTypeReply)
}

// release gives back what a Reply gave.
func (c *client) release(ctx context.Context, given *dhcpv6.Message) error {
	_, err := c.exchange(ctx, c.message(dhcpv6.MessageTypeRelease, given), dhcpv6.MessageTypeReply)
	return err
}

// message makes a message that, after the first, refers to what the server said
// before.
func (c *client) message(kind dhcpv6.MessageType, before *dhcpv6.Message) *dhcpv6.Message {
	m := &dhcpv6.Message{MessageType: kind}
	m.TransactionID, _ = dhcpv6.GenerateTransactionID()
	m.AddOption(dhcpv6.OptClientID(c.duid))
	m.AddOption(dhcpv6.OptElapsedTime(0))
	for _, option := range c.options {
		m.AddOption(option)
	}
	if before == nil {
		m.AddOption(&dhcpv6.OptIANA{IaId: c.iaid})
		if c.installed {
			m.AddOption(&dhcpv6.OptIAPD{IaId: c.iaid})
		}
		return m
	}
	m.AddOption(dhcpv6.OptServerID(before.Options.ServerID()))
	for _, code := range []dhcpv6.OptionCode{dhcpv6.OptionIANA, dhcpv6.OptionIAPD} {
		for _, ia := range before.Options.Get(code) {
			m.AddOption(ia)
		}
	}
	return m
}

// exchange sends a message until its answer comes (RFC 9915 section 15).
func (c *client) exchange(ctx context.Context, m *dhcpv6.Message, want dhcpv6.MessageType) (*dhcpv6.Message, error) {
	for wait := time.Second; ; wait *= 2 {
		if _, err := c.conn.WriteToUDPAddrPort(m.ToBytes(), c.group); err != nil {
			return nil, err
		}
		answer, err := c.await(m, time.Now().Add(wait))
		switch {
		case err == nil && answer.MessageType == want:
			return answer, nil
		case err == nil:
			return nil, fmt.Errorf("the answer to a %v is a %v, want %v", m.MessageType, answer.MessageType, want)
		case ctx.Err() != nil:
			return nil, fmt.Errorf("no answer to a %v: %w", m.MessageType, ctx.Err())
		}
	}
}

// await reads the answer to a message. Others are passed over.
func (c *client) await(m *dhcpv6.Message, until time.Time) (*dhcpv6.Message, error) {
	if err := c.conn.SetReadDeadline(until); err != nil {
		return nil, err
	}
	buffer := make([]byte, 1<<16)
	for {
		size, err := c.conn.Read(buffer)
		if err != nil {
			return nil, err
		}
		answer, err := dhcpv6.MessageFromBytes(buffer[:size])
		if err == nil && answer.TransactionID == m.TransactionID {
			return answer, nil
		}
	}
}

func (c *client) close() error { return c.conn.Close() }
