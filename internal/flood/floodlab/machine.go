package floodlab

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv6"
	"golang.org/x/sys/unix"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/netlab"
)

// knownMachines is how many machines the server knows.
const knownMachines = 20

// macOf is that of a machine.
func macOf(i int) ident.MAC { return ident.MAC{0x52, 0x54, 0, 0xaa, 0, byte(i)} }

// How a machine asks again (RFC 9915 section 7.6): IRT of Solicit and Request, doubled
// each time, for so many tries.
const (
	firstWait = time.Second
	tries     = 5
)

// machine is one that boots: it asks for an address and renews it.
type machine struct {
	conn  *net.UDPConn
	duid  dhcpv6.DUID
	xid   uint32
	group Group
	took  []time.Duration // of each exchange that was answered, all tries together
}

// machineAt makes a machine on a link, with an address of its own that its MAC says
// where it is known.
func machineAt(ns *netlab.Namespace, group Group, i int) (m *machine, err error) {
	mac := macOf(i)
	address := netip.AddrFrom16([16]byte{0xfe, 0x80, 8: mac[0] ^ 2, 9: mac[1], 10: mac[2], 11: 0xff, 12: 0xfe, 13: mac[3], 14: mac[4], 15: mac[5]})
	if err := ns.AddAddress("eth0", netip.PrefixFrom(address, 64)); err != nil {
		return nil, err
	}
	index, err := ns.Index("eth0")
	if err != nil {
		return nil, err
	}
	m = &machine{group: group, duid: &dhcpv6.DUIDLL{HWType: 1, LinkLayerAddr: mac[:]}, xid: uint32(i+1) << 12}
	return m, ns.Do(func() error {
		m.conn, err = net.ListenUDP("udp6", &net.UDPAddr{IP: address.AsSlice(), Port: 546, Zone: fmt.Sprint(index)})
		return err
	})
}

// boot asks for an address and renews it so many times. It gives what went wrong.
func (m *machine) boot(ctx context.Context, renewals int) error {
	offer, err := m.ask(ctx, func() *dhcpv6.Message { return m.message(dhcpv6.MessageTypeSolicit, nil) }, dhcpv6.MessageTypeAdvertise)
	if err != nil {
		return fmt.Errorf("solicit: %w", err)
	}
	for i := range 1 + renewals {
		kind := dhcpv6.MessageTypeRenew
		if i == 0 {
			kind = dhcpv6.MessageTypeRequest
		}
		if offer, err = m.ask(ctx, func() *dhcpv6.Message { return m.message(kind, offer) }, dhcpv6.MessageTypeReply); err != nil {
			return fmt.Errorf("%v: %w", kind, err)
		}
	}
	return nil
}

// message makes a message, with what an offer has.
func (m *machine) message(kind dhcpv6.MessageType, offer *dhcpv6.Message) *dhcpv6.Message {
	out := &dhcpv6.Message{MessageType: kind}
	out.AddOption(dhcpv6.OptClientID(m.duid))
	out.AddOption(dhcpv6.OptElapsedTime(0))
	if offer == nil {
		out.AddOption(&dhcpv6.OptIANA{IaId: [4]byte{0, 0, 0, 1}})
		return out
	}
	out.AddOption(dhcpv6.OptServerID(offer.Options.ServerID()))
	out.AddOption(offer.Options.OneIANA())
	return out
}

// errNoAnswer is that of a machine which gives up.
var errNoAnswer = errors.New("no answer")

// ask asks until an answer comes.
func (m *machine) ask(ctx context.Context, make func() *dhcpv6.Message, want dhcpv6.MessageType) (*dhcpv6.Message, error) {
	message := make()
	m.xid++
	message.TransactionID = dhcpv6.TransactionID{byte(m.xid >> 16), byte(m.xid >> 8), byte(m.xid)}
	begun := time.Now()
	group := &net.UDPAddr{IP: net.ParseIP("ff02::1:2"), Port: 547, Zone: m.conn.LocalAddr().(*net.UDPAddr).Zone}
	for i := range tries {
		message.UpdateOption(dhcpv6.OptElapsedTime(time.Since(begun)))
		if _, err := m.conn.WriteTo(message.ToBytes(), group); err != nil && !errors.Is(err, unix.ENOBUFS) {
			return nil, err
		}
		answer, err := m.hear(ctx, time.Now().Add(firstWait<<i), message.TransactionID, want)
		if err != nil || answer != nil {
			m.took = append(m.took, time.Since(begun))
			return answer, err
		}
	}
	return nil, errNoAnswer
}

// hear waits for an answer, and gives nil if none has come in time.
func (m *machine) hear(ctx context.Context, until time.Time, id dhcpv6.TransactionID, want dhcpv6.MessageType) (*dhcpv6.Message, error) {
	if err := m.conn.SetReadDeadline(until); err != nil {
		return nil, err
	}
	buf := make([]byte, 1500)
	for ctx.Err() == nil {
		n, err := m.conn.Read(buf)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		answer, err := dhcpv6.MessageFromBytes(append([]byte(nil), buf[:n]...))
		if err != nil || answer.TransactionID != id {
			continue
		}
		ia := answer.Options.OneIANA()
		empty := ia == nil || ia.Options.OneAddress() == nil
		if answer.MessageType == want && empty && want == dhcpv6.MessageTypeAdvertise {
			continue // RFC 9915 section 18.2.9: ignored, another one may come
		}
		if answer.MessageType != want || empty {
			return nil, fmt.Errorf("got %v, want an address", answer.Summary())
		}
		return answer, nil
	}
	return nil, ctx.Err()
}
