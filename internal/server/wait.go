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
	// Known is closed when it is known who the client is. It is nil where a plugin
	// may block: the datagram is to be served again at once, Alone.
	Known   <-chan struct{}
	Message Message
	Without []uint16 // the steps that are to be left out then, for Arrival

	generation *Generation // held until Done
}

// keep has the exchange go on with a generation later.
func (w *Wait) keep(g *Generation) {
	g.hold()
	w.generation = g
}

// Done says that the datagram was served again, or is not to be. Who is given a
// Wait calls it once.
func (w *Wait) Done() { w.generation.release() }

// Anew gives the arrival with which the datagram is to be served again.
func (w *Wait) Anew(a exchange.Arrival) exchange.Arrival {
	a.Generation = w.generation
	a.Alone, a.Waited = true, a.Waited || w.Known != nil
	if w.Without != nil {
		a.Without = w.Without
	}
	return a
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
func (w *Worker) await(g *Generation) (wait *Wait, reason string) {
	s := w.s
	if len(g.waiters) == 0 || s.Waited || hasTrusted(s.Evidence) {
		return nil, ""
	}
	var p *Step
	defer contain(&p, &reason)
	for i := range g.waiters {
		p = g.waiters[i].step
		if !w.enter(p) {
			return nil, ""
		}
		if known := g.waiters[i].Await(&w.x); known != nil {
			return &Wait{Known: known, Message: messageOf(s)}, ""
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
