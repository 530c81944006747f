package integ

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv6"
)

// member is one client of a crowd, with one identity association. It belongs to
// one goroutine at a time.
type member struct {
	crowd   *crowd
	id      uint32
	duid    dhcpv6.DUID
	prefix  bool // it wants a prefix, not an address
	answers chan *dhcpv6.Message
	xid     uint32

	server dhcpv6.DUID  // whom it has its lease from
	lease  netip.Prefix // invalid while it has none
}

func newMember(c *crowd, id uint32) *member {
	return &member{
		crowd: c, id: id, prefix: id%4 == 3,
		duid:    &dhcpv6.DUIDEN{EnterpriseNumber: 9, EnterpriseIdentifier: fmt.Appendf(nil, "%08d", id)},
		answers: make(chan *dhcpv6.Message, 4),
	}
}

// act does one thing that clients do.
func (m *member) act(ctx context.Context, random *rand.Rand) {
	n := random.IntN(10)
	switch {
	case !m.lease.IsValid():
		m.bind(ctx)
	case n < 2:
		m.giveUp(ctx, dhcpv6.MessageTypeRelease)
	case n == 2 && !m.prefix:
		m.giveUp(ctx, dhcpv6.MessageTypeDecline)
	case n < 5: // it has forgotten all and starts anew
		m.bind(ctx)
	case n == 5:
		m.extend(ctx, dhcpv6.MessageTypeRebind)
	default:
		m.extend(ctx, dhcpv6.MessageTypeRenew)
	}
}

// bind is Solicit and Request.
func (m *member) bind(ctx context.Context) {
	offer := m.ask(ctx, dhcpv6.MessageTypeSolicit, nil, netip.Prefix{})
	wish, _ := m.granted(offer)
	if !wish.IsValid() {
		return
	}
	server := offer.Options.ServerID()
	m.learn(server, m.ask(ctx, dhcpv6.MessageTypeRequest, server, wish))
}

// extend is Renew or Rebind.
func (m *member) extend(ctx context.Context, kind dhcpv6.MessageType) {
	server := m.server
	if kind == dhcpv6.MessageTypeRebind {
		server = nil
	}
	m.learn(m.server, m.ask(ctx, kind, server, m.lease))
}

// giveUp is Release or Decline. From the moment of sending it the lease may be
// anybody's.
func (m *member) giveUp(ctx context.Context, kind dhcpv6.MessageType) {
	m.crowd.ledger.give(m.id, m.lease)
	lease := m.lease
	m.lease = netip.Prefix{}
	m.ask(ctx, kind, m.server, lease)
}

// learn takes over what a Reply says. What has no lifetime any more is not ours.
func (m *member) learn(server dhcpv6.DUID, reply *dhcpv6.Message) {
	got, valid := m.granted(reply)
	if !got.IsValid() || valid == 0 {
		return
	}
	if m.lease.IsValid() && m.lease != got {
		m.crowd.t.Errorf("client %d has %v and was given %v", m.id, m.lease, got)
	}
	if err := m.crowd.ledger.take(m.id, got); err != nil {
		m.crowd.t.Error(err)
	}
	m.server, m.lease = server, got
}

// ask sends a message and waits for its answer, nil when there is none in time.
func (m *member) ask(ctx context.Context, kind dhcpv6.MessageType, server dhcpv6.DUID, lease netip.Prefix) *dhcpv6.Message {
	return m.exchange(ctx, m.message(kind, server, lease))
}

// exchange sends a message and waits for its answer, as ask does.
func (m *member) exchange(ctx context.Context, message *dhcpv6.Message) *dhcpv6.Message {
	outer := &dhcpv6.RelayMessage{MessageType: dhcpv6.MessageTypeRelayForward, LinkAddr: m.crowd.link.AsSlice(), PeerAddr: m.address()}
	outer.AddOption(dhcpv6.OptRelayMessage(message))
	if _, err := m.crowd.conn.WriteToUDPAddrPort(outer.ToBytes(), m.crowd.server); err != nil {
		return nil // the server's port was unreachable
	}
	ctx, cancel := context.WithTimeout(ctx, m.crowd.patience)
	defer cancel()
	for {
		select {
		case answer := <-m.answers:
			if answer.TransactionID == message.TransactionID {
				return answer
			}
		case <-ctx.Done():
			return nil
		}
	}
}

// address is the link-local address that tells members apart.
func (m *member) address() net.IP {
	return binary.BigEndian.AppendUint32(net.ParseIP("fe80::")[:12:12], m.id)
}

func (m *member) message(kind dhcpv6.MessageType, server dhcpv6.DUID, lease netip.Prefix) *dhcpv6.Message {
	m.xid++
	message := &dhcpv6.Message{MessageType: kind, TransactionID: dhcpv6.TransactionID{byte(m.xid >> 16), byte(m.xid >> 8), byte(m.xid)}}
	message.AddOption(dhcpv6.OptClientID(m.duid))
	message.AddOption(dhcpv6.OptElapsedTime(0))
	if server != nil {
		message.AddOption(dhcpv6.OptServerID(server))
	}
	message.AddOption(m.association(lease))
	return message
}

// association is the option IA_NA or IA_PD.
func (m *member) association(lease netip.Prefix) dhcpv6.Option {
	iaid := [4]byte{0, 0, 0, 1}
	if m.prefix {
		ia := &dhcpv6.OptIAPD{IaId: iaid}
		if lease.IsValid() {
			mask := net.CIDRMask(lease.Bits(), 128)
			ia.Options.Add(&dhcpv6.OptIAPrefix{Prefix: &net.IPNet{IP: lease.Addr().AsSlice(), Mask: mask}})
		}
		return ia
	}
	ia := &dhcpv6.OptIANA{IaId: iaid}
	if lease.IsValid() {
		ia.Options.Add(&dhcpv6.OptIAAddress{IPv6Addr: lease.Addr().AsSlice()})
	}
	return ia
}

// granted reads the lease out of an answer; it is invalid when there is none.
// A lease of a lifetime above zero goes before one without.
func (m *member) granted(answer *dhcpv6.Message) (lease netip.Prefix, valid time.Duration) {
	if answer == nil {
		return lease, 0
	}
	for _, ia := range answer.Options.IANA() {
		for _, a := range ia.Options.Addresses() {
			if addr, ok := netip.AddrFromSlice(a.IPv6Addr); ok && (!lease.IsValid() || a.ValidLifetime > valid) {
				lease, valid = netip.PrefixFrom(addr, 128), a.ValidLifetime
			}
		}
	}
	for _, ia := range answer.Options.IAPD() {
		for _, p := range ia.Options.Prefixes() {
			bits, _ := p.Prefix.Mask.Size()
			if addr, ok := netip.AddrFromSlice(p.Prefix.IP); ok && (!lease.IsValid() || p.ValidLifetime > valid) {
				lease, valid = netip.PrefixFrom(addr, bits), p.ValidLifetime
			}
		}
	}
	return lease, valid
}
