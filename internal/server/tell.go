package server

import (
	"hash/maphash"
	"sync/atomic"

	"github.com/insomniacslk/dhcp/dhcpv6"
	"github.com/insomniacslk/dhcp/iana"

	"github.com/stage6/stage6/event"
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/exchange"
	"github.com/stage6/stage6/pipeline"
)

// SetEvents sets who is told what happens. It is called before the first
// message.
func (s *Server) SetEvents(e pipeline.Events) { s.events = e }

// heard remembers of which clients was told, each with what it was taken for.
// It is a bounded memory: one client takes the place of another by chance, of few
// while there are fewer than 100,000. It is safe for concurrent use.
type heard struct {
	seed    maphash.Seed
	buckets [1 << 15]bucket
}

// bucket is where the mark of a client can stand.
type bucket [4]atomic.Uint64

// has says whether a mark stands there.
func (b *bucket) has(mark uint64) bool {
	for i := range b {
		if b[i].Load() == mark {
			return true
		}
	}
	return false
}

// put puts a mark in an empty place, or in that of another one, and says whether it
// did not stand there.
func (b *bucket) put(mark uint64) bool {
	for i := range b {
		if b[i].Load() == 0 && b[i].CompareAndSwap(0, mark) {
			return true
		}
	}
	return b[mark>>62].Swap(mark) != mark
}

// add says whether a client is not remembered as a host's, or nobody's, and
// then remembers it.
func (h *heard) add(duid []byte, host string) bool {
	mark := maphash.Bytes(h.seed, duid) ^ maphash.String(h.seed, host)*3 | 1 // zero is nobody's
	at := &h.buckets[mark>>1%uint64(len(h.buckets))]
	return !at.has(mark) && at.put(mark)
}

// tellNew tells of a client that was not heard of before, or is taken for
// another machine than before.
func (w *Worker) tellNew(g *Generation) {
	s, name := w.s, ""
	if s.Host.Host != nil {
		name = s.Host.Host.Name
	}
	if len(s.Msg.ClientID) == 0 || !w.srv.heard.add(s.Msg.ClientID, name) || isRecorded(s, name) {
		return
	}
	e := event.Event{Kind: event.Seen}
	if name != "" {
		e.Kind, e.Source = event.Identified, "hosts"
		if _, by := g.findHost(s); by != nil {
			e.Source, e.Text = by.Source, by.String()
		}
	}
	w.srv.events.PublishFor(&w.x, e)
}

// isRecorded says whether the client has a record as that host's, or as nobody's.
func isRecorded(s *exchange.State, host string) bool {
	for i := range s.Msg.IAs {
		if b := s.Record(s.Msg.IAs[i].IA); b != nil && b.Host == host {
			return true
		}
	}
	return false
}

// tellDenied tells of what the client asks for and nobody has for it. A plugin
// that refuses tells that itself.
func (w *Worker) tellDenied() {
	if t := w.s.Type(); t != dhcpv6.MessageTypeSolicit && t != dhcpv6.MessageTypeRequest {
		return
	}
	for i := range w.s.IAs {
		ia := &w.s.IAs[i]
		if ia.By != byServer || ia.Status != iana.StatusNoAddrsAvail && ia.Status != iana.StatusNoPrefixAvail {
			continue
		}
		if e := denied(w.s, ia); e.Reason != "" {
			w.srv.events.PublishFor(&w.x, e)
		}
	}
}

// denied gives the event of what is not granted. That no plugin delegates
// prefixes is none: most clients ask for them anyway.
func denied(s *exchange.State, ia *exchange.IA) event.Event {
	e := event.Event{Kind: event.Denied, IA: ia.IA}
	switch {
	case ia.Empty != "":
		e.Reason, e.Source, e.Text = event.PoolEmpty, ia.Empty, "nothing is left in the pool"
	case ia.WithheldFor == event.SenderLimit:
		e.Reason, e.Source, e.Text = event.SenderLimit, ia.Withheld, "who sends it has as many leases as one sender may have"
	case ia.Withheld != "":
		e.Reason, e.Source, e.Text = event.Withheld, ia.Withheld, "what is left is kept for others"
	case ia.Type == ident.PD:
	case s.Link == nil:
		e.Reason, e.Text = event.NoLink, "no link matches where it is"
	default:
		e.Reason, e.Text = event.NotOffered, "no plugin has an address for it"
	}
	return e
}
