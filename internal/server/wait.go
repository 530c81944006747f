package server

import (
	"net/netip"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/exchange"
	"github.com/stage6/stage6/pipeline"
)

// Wait is what an exchange waits for. When Known is closed, or it has waited
// for long enough, its datagram is to be served again, with Waited in its
// Arrival.
type Wait struct {
	Known   <-chan struct{}
	Message Message
}

// Message is what a message has in common with its retransmissions (RFC 9915
// section 16.1).
type Message struct {
	Type          dhcpv6.MessageType
	TransactionID dhcpv6.TransactionID
	Client        ident.DUID
	Peer          netip.AddrPort
}

func messageOf(s *exchange.State) Message {
	return Message{s.Type(), s.Msg.XID, ident.DUID(s.Msg.ClientID), s.Peer}
}

// waiter is a step whose evidence may come later.
type waiter struct {
	step *Step
	pipeline.Waiter
}

// await gives what the exchange waits for: nil where it goes on. Who the client
// is by trusted evidence nobody needs to wait for.
func (g *Generation) await(x *pipeline.Exchange, s *exchange.State) (wait *Wait, reason string) {
	if len(g.waiters) == 0 || s.Waited || hasTrusted(s.Evidence) {
		return nil, ""
	}
	var p *Step
	defer contain(&p, &reason)
	for i := range g.waiters {
		p = g.waiters[i].step
		if known := g.waiters[i].Await(x); known != nil {
			return &Wait{known, messageOf(s)}, ""
		}
	}
	return nil, ""
}

func hasTrusted(evidence []ident.Evidence) bool {
	for i := range evidence {
		if evidence[i].Trusted {
			return true
		}
	}
	return false
}
