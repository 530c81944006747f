package server

import (
	"hash/maphash"
	"net/netip"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/exchange"
	"github.com/stage6/stage6/internal/flood"
	"github.com/stage6/stage6/internal/wire"
)

// Sorter says how much messages count when more come than can be served. It looks
// at what is quickly found and proves nothing: who a client is by trusted evidence
// is found when its message is served. It is for one goroutine.
type Sorter struct {
	server *Server
	state  exchange.State
	read   bool // the message could be read
}

// NewSorter makes a sorter, or nil where the server has no guard or nothing is
// to wait.
func (s *Server) NewSorter() *Sorter {
	if s.guard == nil {
		return nil
	}
	return &Sorter{server: s}
}

// Waiting is how many messages of a socket may wait for their turn.
func (t *Sorter) Waiting() int { return t.server.gen.Load().settings.Limits.Waiting }

// Sorted is how much a message counts: link and source are hashes with a seed that
// nobody knows.
type Sorted struct {
	Class        flood.Class
	Link, Source uint64
}

// Sort sorts a message.
func (t *Sorter) Sort(datagram []byte, a *exchange.Arrival) Sorted {
	s, k := &t.state, t.server.guard
	s.Arrival = *a
	t.read = s.Msg.Decode(datagram) == wire.OK
	if !t.read {
		return Sorted{flood.Stranger, mixed(uint64(a.Interface)), k.address(a.Peer.Addr())}
	}
	g := t.server.take()
	defer g.release()
	s.Trusted, s.Table = g.trustedLevels(s), t.server.table
	out := Sorted{Class: flood.Stranger, Link: k.linkOf(s)}
	switch {
	case g.isKnown(s):
		out.Class = flood.Known
	case isLeased(s):
		out.Class = flood.Leased
	default:
		out.Source = k.sender(s)
		return out
	}
	out.Source = maphash.Bytes(k.seed, s.Msg.ClientID)
	return out
}

// Refuse counts and tells of the message that was sorted last and is not served.
func (t *Sorter) Refuse(datagram []byte, r flood.Refusal) {
	reason := DropSourceFlood
	if r == flood.FullLink {
		reason = DropLinkFlood
	}
	s, link, clientID := &t.state, "", []byte(nil)
	if t.read {
		t.server.selectLink(s)
		link, clientID = linkName(s), s.Msg.ClientID
	}
	t.server.count.Drop(reason)
	if t.server.hold(held{reason, &s.Arrival, clientID, link}) {
		t.server.KeepDropped(datagram, s.Arrival, reason)
	}
}

// linkOf gives the key of the client's link.
func (k *Guard) linkOf(s *exchange.State) uint64 {
	for i := len(s.Msg.Relays) - 1; i >= 0; i-- {
		if a := s.Msg.Relays[i].LinkAddr; !a.IsUnspecified() {
			return k.address(a)
		}
	}
	return mixed(uint64(s.Interface))
}

// sender gives the key of who sent a message: what a stranger can change least. Of
// a relay agent that is believed it is the client inside, so that it does not count
// how many those are.
func (k *Guard) sender(s *exchange.State) uint64 {
	mac, from := s.FrameMAC, s.Peer.Addr()
	if n := len(s.Msg.Relays); n > 0 && s.Trusted == n {
		mac, from = s.Msg.Relays[n-1].MAC(), s.Msg.Relays[n-1].PeerAddr
	}
	if mac.IsZero() {
		return k.address(from)
	}
	return maphash.Bytes(k.seed, mac[:])
}

// isKnown says whether something in the message is a known machine's.
func (g *Generation) isKnown(s *exchange.State) bool {
	if _, ok := g.byDUID(s); ok {
		return true
	}
	if _, ok := g.hosts.ByPin(s.Msg.ClientID); ok {
		return true
	}
	if u, ok := ident.UUIDFromDUID(s.Msg.ClientID); ok {
		if _, _, ok := g.hosts.ByUUID(u); ok {
			return true
		}
	}
	from := s.Peer.Addr()
	if n := len(s.Msg.Relays); n > 0 {
		from = s.Msg.Relays[n-1].PeerAddr
		if g.hasMAC(s.Msg.Relays[n-1].MAC()) {
			return true
		}
	}
	return g.hasMAC(s.FrameMAC) || g.hasMAC(macOf(from)) || g.hasMAC(macInside(s.Msg.ClientID))
}

func (g *Generation) hasMAC(m ident.MAC) bool {
	_, ok := g.hosts.ByMAC(m)
	return ok
}

func macOf(a netip.Addr) ident.MAC {
	m, _ := ident.MACFromEUI64(a)
	return m
}

// macInside gives what stands at the end of a DUID-LLT or DUID-LL of Ethernet.
func macInside(duid []byte) (m ident.MAC) {
	switch {
	case len(duid) == 14 && duid[1] == 1, len(duid) == 10 && duid[1] == 3:
		m, _ = ident.MACFromBytes(duid[len(duid)-6:])
	}
	return m
}
