package server

import (
	"hash/maphash"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/internal/exchange"
	"github.com/stage6/stage6/internal/flood"
	"github.com/stage6/stage6/internal/wire"
)

// unresolved is how long the kernel keeps the entry of a neighbour that does not
// answer: three solicitations, a second apart (RFC 4861 section 10).
const unresolved = 3 * time.Second

// linksAtOnce is how many links can be flooded from made-up addresses at a time
// before others share their bound: together they leave room in a table of
// neighbours of the usual 1024 entries.
const linksAtOnce = 2

// Guard keeps floods off a server: from its memory it says whom to hold back. Its
// size does not depend on how much comes. It is safe for concurrent use.
type Guard struct {
	seed    maphash.Seed
	clients flood.Buckets
	links   flood.Buckets // strangers that were answered, by link
	all     flood.Bucket  // on all links
	met     flood.Recent  // the addresses of those
	unsent  atomic.Int64  // when a reply could not be sent, in nanoseconds since 1970
	patient flood.Buckets // what is answered then, by address
	once    flood.Once
	notices notices
}

// NewGuard makes a guard.
func NewGuard() *Guard { return &Guard{seed: maphash.MakeSeed()} }

// SetGuard sets what keeps floods off, as the settings say. Who serves with one
// says by Answered when a reply has left. It is set before the first message.
func (s *Server) SetGuard(g *Guard) { s.guard = g }

// Answered says that a reply has left, or will not; message is that of the Reply.
func (s *Server) Answered(message uint64) {
	if message != 0 {
		s.guard.once.End(message)
	}
}

// calm is what is answered of an address of nobody known while replies cannot be
// sent. The kernel keeps what is for a neighbour that does not answer, up to 200
// KB for each, in the room that the socket has for all replies: of an address
// that somebody made up, that much less is there for others.
var calm = flood.Rate{PerSecond: 1, Burst: 3}

// Unsent says that a reply could not be sent, for want of room or of a neighbour.
func (s *Server) Unsent(now time.Time) {
	if s.guard != nil {
		s.guard.unsent.Store(now.UnixNano())
	}
}

// isPressed says whether a reply could not be sent lately.
func (k *Guard) isPressed(now time.Time) bool {
	return now.UnixNano()-k.unsent.Load() < int64(unresolved)
}

// holdBack gives the reason not to look any further at a message: the same one is
// being answered, or its client sends too many.
func (w *Worker) holdBack(g *Generation) (reason string) {
	k, s := w.srv.guard, w.s
	if k == nil || s.Dry != nil || s.Anew {
		return ""
	}
	message := k.message(s)
	isAgain := s.Waited || s.Alone
	if !k.once.Begin(message, s.Time) && !isAgain {
		return DropAlreadyAnswering
	}
	w.message = message
	if !isAgain && !k.clients.Allow(k.client(s), g.settings.Limits.Client, s.Time) {
		return DropClientFlood
	}
	return ""
}

// crowds says whether the client is one stranger too many on its link: the answer
// needs an entry in the kernel's table of neighbours, which all links share, and
// which anybody can fill from made-up addresses.
func (w *Worker) crowds(g *Generation) bool {
	k, s := w.srv.guard, w.s
	rate := g.settings.Limits.Neighbors
	if k == nil || s.Dry != nil || rate.PerSecond == 0 || len(s.Msg.Relays) > 0 || s.Host.Host != nil {
		return false
	}
	key := k.address(s.Peer.Addr()) + mixed(uint64(s.Interface))
	if k.isPressed(s.Time) && !k.patient.Allow(key, calm, s.Time) {
		return true
	}
	if k.met.Has(key, unresolved, s.Time) || isLeased(s) {
		return false
	}
	together := flood.Rate{PerSecond: linksAtOnce * rate.PerSecond, Burst: linksAtOnce * rate.Burst}
	if !k.links.Allow(mixed(uint64(s.Interface)), rate, s.Time) || !k.all.Allow(together, s.Time) {
		return true
	}
	k.met.Add(key, s.Time)
	return false
}

// isLeased says whether the client has a lease of what it asks for.
func isLeased(s *exchange.State) bool {
	for i := range s.Msg.IAs {
		if b := s.Record(s.Msg.IAs[i].IA); b != nil && b.Live(s.Time) {
			return true
		}
	}
	return false
}

// client gives the key of a client: its DUID at its address.
func (k *Guard) client(s *exchange.State) uint64 {
	from := s.Peer.Addr()
	if n := len(s.Msg.Relays); n > 0 {
		from = s.Msg.Relays[n-1].PeerAddr
	}
	return maphash.Bytes(k.seed, s.Msg.ClientID) + 3*k.address(from)
}

// message gives the key of a message: all of it but for the time that the client
// has tried for (option 8), which may be the one thing that differs when it asks
// again, with where it came from. Type and transaction id alone do not tell: iPXE
// has the same id in Solicit and Request, and at each boot.
func (k *Guard) message(s *exchange.State) uint64 {
	m := &s.Msg
	before, after := aroundElapsed(m.Options)
	sum := uint64(m.Type)<<24 | uint64(m.XID[0])<<16 | uint64(m.XID[1])<<8 | uint64(m.XID[2])
	for _, part := range [...]uint64{k.address(s.Peer.Addr()), uint64(s.Peer.Port())<<32 | uint64(s.Interface), maphash.Bytes(k.seed, before), maphash.Bytes(k.seed, after)} {
		sum = mixed(sum) + part
	}
	for i := range m.Relays {
		r := &m.Relays[i]
		sum = mixed(sum) + k.address(r.PeerAddr)
		sum = mixed(sum) + k.address(r.LinkAddr)
		for _, option := range [...][]byte{r.InterfaceID, r.RemoteID, r.ClientLinkLayer} {
			sum = mixed(sum) + maphash.Bytes(k.seed, option)
		}
	}
	return sum | 1
}

// aroundElapsed gives what is before and behind the Elapsed Time option.
func aroundElapsed(all wire.Options) (before, after []byte) {
	at := 0
	for code, data := range all.All() {
		end := at + 4 + len(data)
		if dhcpv6.OptionCode(code) == dhcpv6.OptionElapsedTime {
			return all[:at], all[end:]
		}
		at = end
	}
	return all, nil
}

func (k *Guard) address(a netip.Addr) uint64 {
	octets := a.As16()
	return maphash.Bytes(k.seed, octets[:])
}

// mixed spreads the bits of a number (the finalizer of MurmurHash3).
func mixed(n uint64) uint64 {
	n = (n ^ n>>33) * 0xff51afd7ed558ccd
	n = (n ^ n>>33) * 0xc4ceb9fe1a85ec53
	return n ^ n>>33
}
