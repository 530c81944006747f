package integ

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/netlab"
	"github.com/stage6/stage6/internal/netlab/labtest"
)

// intruder is a client that insists on what it wants, whatever it is offered.
type intruder struct {
	t    *testing.T
	conn *net.UDPConn
	to   *net.UDPAddr
	xid  byte

	duid ident.DUID
	iaid [4]byte
}

func newIntruder(t *testing.T, ns *netlab.Namespace) *intruder {
	t.Helper()
	index, err := ns.Index(wan)
	check(t, err)
	in := &intruder{t: t, to: &net.UDPAddr{IP: dhcpv6.AllDHCPRelayAgentsAndServers, Port: dhcpv6.DefaultServerPort, Zone: strconv.Itoa(index)}}
	check(t, ns.Do(func() error {
		in.conn, err = net.ListenUDP("udp6", &net.UDPAddr{Port: dhcpv6.DefaultClientPort})
		return err
	}))
	t.Cleanup(func() { in.conn.Close() })
	return in
}

// asks sends a message that names an address, and waits for the answer.
func (in *intruder) asks(kind dhcpv6.MessageType, server dhcpv6.DUID, wants netip.Addr) *dhcpv6.Message {
	in.t.Helper()
	in.xid++
	m := &dhcpv6.Message{MessageType: kind, TransactionID: dhcpv6.TransactionID{0, 0, in.xid}}
	m.AddOption(&dhcpv6.OptionGeneric{OptionCode: dhcpv6.OptionClientID, OptionData: []byte(in.duid)})
	m.AddOption(dhcpv6.OptElapsedTime(0))
	if server != nil {
		m.AddOption(dhcpv6.OptServerID(server))
	}
	ia := &dhcpv6.OptIANA{IaId: in.iaid}
	ia.Options.Add(&dhcpv6.OptIAAddress{IPv6Addr: wants.AsSlice()})
	m.AddOption(ia)
	_, err := in.conn.WriteToUDP(m.ToBytes(), in.to)
	check(in.t, err)
	return in.answer(m.TransactionID)
}

func (in *intruder) answer(xid dhcpv6.TransactionID) *dhcpv6.Message {
	in.t.Helper()
	check(in.t, in.conn.SetReadDeadline(time.Now().Add(labtest.Bound)))
	buffer := make([]byte, 1<<16)
	for {
		n, _, err := in.conn.ReadFromUDPAddrPort(buffer)
		check(in.t, err)
		m, err := dhcpv6.MessageFromBytes(slices.Clone(buffer[:n]))
		check(in.t, err)
		if m.TransactionID == xid {
			return m
		}
	}
}

// asksFor asks in every way for an address, and tells what came of it.
func (in *intruder) asksFor(addr netip.Addr) (got []string) {
	in.t.Helper()
	offer := in.asks(dhcpv6.MessageTypeSolicit, nil, addr)
	reply := in.asks(dhcpv6.MessageTypeRequest, offer.Options.ServerID(), addr)
	again := in.asks(dhcpv6.MessageTypeRebind, nil, addr)
	return []string{told(offer), told(reply), told(again)}
}

// told tells what an answer says of the IA_NA.
func told(m *dhcpv6.Message) string {
	ia := m.Options.OneIANA()
	var parts []string
	if status := ia.Options.Status(); status != nil {
		parts = append(parts, status.StatusCode.String()+": "+status.StatusMessage)
	}
	for _, a := range ia.Options.Addresses() {
		parts = append(parts, fmt.Sprintf("%v for %v", a.IPv6Addr, a.ValidLifetime))
	}
	return strings.Join(parts, ", ")
}
