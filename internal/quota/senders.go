package quota

import (
	"hash/maphash"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/pipeline"
)

const (
	// maxHeld is how many leases senders remembers: about 8 MB where each is of
	// another sender.
	maxHeld = 1 << 16
	// lookAgain is how long a sender with as many leases as it may have is not looked
	// at again, so that who floods costs little.
	lookAgain = time.Second
	// candidates is how many senders are looked at for one to be forgotten.
	candidates = 8
)

// senders knows which leases whoever sent the messages has, in a bounded memory:
// beyond it one is forgotten, one with few leases rather than one with many, and
// remembered again as it renews. It is safe for concurrent use.
type senders struct {
	seed maphash.Seed
	mu   sync.Mutex
	of   map[uint64]*sender // by senderOf
	held int                // leases of all
}

// sender is who sent messages.
type sender struct {
	held   []held
	looked time.Time // when it was last looked which of them are still held
}

// held is an address or a prefix, and a hash of whom it was leased to.
type held struct {
	first  [16]byte // address of it
	bits   uint8
	client uint64
}

// prefix gives an address as a /128.
func (h *held) prefix() netip.Prefix { return netip.PrefixFrom(netip.AddrFrom16(h.first), int(h.bits)) }

func newSenders() *senders {
	return &senders{seed: maphash.MakeSeed(), of: map[uint64]*sender{}}
}

// count gives how many leases a sender has, as far as it matters whether they are
// fewer than most: those that ended are taken off only then.
func (ss *senders) count(x *pipeline.Exchange, who uint64, most int) int {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	s := ss.of[who]
	if s == nil {
		return 0
	}
	if len(s.held) >= most && x.Now().Sub(s.looked).Abs() >= lookAgain {
		s.looked = x.Now()
		before := len(s.held)
		s.held = slices.DeleteFunc(s.held, func(h held) bool { return !ss.isHeld(x, h) })
		ss.held -= before - len(s.held)
	}
	return len(s.held)
}

// isHeld says whether the client still has the address or prefix, or it rests since it
// was the client's.
func (ss *senders) isHeld(x *pipeline.Exchange, h held) bool {
	b := x.Holder(h.prefix())
	return b != nil && ss.client([]byte(b.DUID), b.IA) == h.client
}

// add remembers that a sender has something, unless it has most already.
func (ss *senders) add(who uint64, most int, h held) {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	s := ss.of[who]
	if s == nil {
		s = &sender{}
		ss.of[who] = s
	}
	if len(s.held) >= most || slices.Contains(s.held, h) {
		return
	}
	s.held = append(s.held, h)
	if ss.held++; ss.held > maxHeld {
		ss.forget()
	}
}

// forget forgets one sender of several that chance chooses: the one with the fewest
// leases.
func (ss *senders) forget() {
	var of uint64
	var fewest *sender
	n := 0
	for who, s := range ss.of {
		if fewest == nil || len(s.held) < len(fewest.held) {
			of, fewest = who, s
		}
		if n++; n == candidates {
			break
		}
	}
	ss.held -= len(fewest.held)
	delete(ss.of, of)
}

// client gives the key of a client's identity association.
func (ss *senders) client(duid []byte, ia ident.IA) uint64 {
	return maphash.Bytes(ss.seed, duid) ^ maphash.Comparable(ss.seed, ia)
}

// senderOf gives the key of who sent a message, by what it can change least: the
// known machine that it is, else its MAC where something that is trusted tells it,
// else its address on its link, behind a relay agent the relay agent's, too. Who
// only says that he is a known machine is another one than the machine.
func (ss *senders) senderOf(x *pipeline.Exchange) uint64 {
	key := maphash.String(ss.seed, x.Link().Name)
	if h := x.Host(); h != nil {
		key += 3 * maphash.String(ss.seed, h.Name)
		if x.HostTrusted() {
			key++
		}
		return key
	}
	if mac, ok := trustedMAC(x); ok {
		return key + 5*maphash.Bytes(ss.seed, mac[:])
	}
	client, from := x.ClientAddr().As16(), x.Peer().Addr().As16()
	return key + 7*maphash.Bytes(ss.seed, client[:]) + 11*maphash.Bytes(ss.seed, from[:])
}

// trustedMAC gives the client's MAC where it cannot have made it up.
func trustedMAC(x *pipeline.Exchange) (ident.MAC, bool) {
	for _, e := range x.Evidence() {
		if e.Kind == ident.EvidenceMAC && e.Trusted {
			return e.MAC, true
		}
	}
	return ident.MAC{}, false
}
