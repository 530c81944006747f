package testrelay

import (
	"context"
	"net"
	"net/netip"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/internal/netlab"
)

// readDown relays what comes from clients and other agents.
func (a *Agent) readDown() {
	for next := 0; ; {
		packet, after, err := a.sockets.heard.Wait(context.Background(), next, isForUs)
		if err != nil {
			return
		}
		next = after
		a.relayUp(packet)
	}
}

// isForUs keeps an agent from relaying what servers say to others.
func isForUs(packet netlab.Packet) bool {
	if packet.Destination.Port() != dhcpv6.DefaultServerPort || len(packet.Payload) == 0 {
		return false
	}
	switch dhcpv6.MessageType(packet.Payload[0]) {
	case dhcpv6.MessageTypeAdvertise, dhcpv6.MessageTypeReply, dhcpv6.MessageTypeReconfigure, dhcpv6.MessageTypeRelayReply:
		return false
	}
	return true
}

func (a *Agent) relayUp(packet netlab.Packet) {
	message, err := a.config.wrap(packet)
	if err != nil {
		a.violate("cannot relay a message from %v: %v", packet.Source, err)
		return
	}
	key, err := keyOf(message)
	if err != nil {
		a.violate("cannot relay a message from %v: %v", packet.Source, err)
		return
	}
	a.remember(key, &forward{exchange: &Exchange{Forward: message}, from: packet.Source})
	payload := message.ToBytes()
	a.up.Pass(func() {
		if _, err := a.sockets.up.WriteToUDPAddrPort(payload, a.sockets.next); err != nil {
			a.violate("cannot send to %v: %v", a.sockets.next, err)
		}
	})
}

func (a *Agent) remember(key key, f *forward) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.pending[key] = f
	a.exchanges = append(a.exchanges, f.exchange)
}

// readUp relays what comes from the server. Relay-forwards of other agents on the
// link, sent to the same group, are not for us.
func (a *Agent) readUp(conn *net.UDPConn) {
	buffer := make([]byte, 1<<16)
	for {
		size, from, err := conn.ReadFromUDPAddrPort(buffer)
		if err != nil {
			return
		}
		if size == 0 || dhcpv6.MessageType(buffer[0]) == dhcpv6.MessageTypeRelayForward {
			continue
		}
		if conn == a.sockets.wrong {
			a.violate("reply from %v came to port 547 instead of ours, %v", from, a.sockets.up.LocalAddr())
			continue
		}
		payload := append([]byte(nil), buffer[:size]...)
		a.down.Pass(func() { a.relayDown(payload, from) })
	}
}

func (a *Agent) relayDown(payload []byte, from netip.AddrPort) {
	reply, err := dhcpv6.RelayMessageFromBytes(payload)
	if err != nil {
		a.violate("reply from %v: %v", from, err)
		return
	}
	key, err := keyOf(reply)
	if err != nil {
		a.violate("reply from %v: %v", from, err)
		return
	}
	sent, ok := a.answer(key, reply)
	if !ok {
		a.violate("reply from %v to nothing that was sent: %v", from, reply.Summary())
		return
	}
	for _, wrong := range Check(sent.exchange.Forward, reply) {
		a.violate("reply from %v: %s", from, wrong)
	}
	a.send(sent, reply.Options.RelayMessage())
}

func (a *Agent) answer(key key, reply *dhcpv6.RelayMessage) (*forward, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	sent, ok := a.pending[key]
	if ok {
		sent.exchange.Reply = reply
	}
	return sent, ok
}

// send hands a message down, to the port that it came from.
func (a *Agent) send(sent *forward, message dhcpv6.DHCPv6) {
	if message == nil {
		return
	}
	to := sent.from
	if to.Addr().IsLinkLocalUnicast() {
		to = netip.AddrPortFrom(to.Addr().WithZone(a.sockets.downZone), to.Port())
	}
	if _, err := a.sockets.down.WriteToUDPAddrPort(message.ToBytes(), to); err != nil {
		a.violate("cannot send to %v: %v", to, err)
	}
}
