// Package exchange holds what the server knows about one client message while
// it forms the reply. The server drives it; plugins see it through
// pipeline.Exchange.
package exchange

import (
	"net/netip"
	"slices"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv6"
	"github.com/insomniacslk/dhcp/iana"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/bindings"
	"github.com/stage6/stage6/internal/wire"
	"github.com/stage6/stage6/lease"
	"github.com/stage6/stage6/link"
	"github.com/stage6/stage6/stage"
)

// Arrival is how a datagram came in.
type Arrival struct {
	Peer      netip.AddrPort // the sender
	Dst       netip.Addr     // the address it was sent to
	Port      uint16         // the port it was sent to
	Interface uint32         // the index of the interface it came in by
	FrameMAC  ident.MAC      // the source of its Ethernet frame; zero when not known
	Time      time.Time
	Waited    bool     // it has waited for evidence, or found no place to do so
	Alone     bool     // it is served in a goroutine of its own, in which plugins may block
	Without   []uint16 // the steps that are left out, since they took too long
	Anew      bool     // it was counted already
	// Generation is that of the server which the exchange began with; nil for the
	// one that serves.
	Generation any
}

// Neighbors knows the link-layer addresses of machines on this machine's links.
// It is safe for concurrent use.
type Neighbors interface {
	// MAC gives that of a link-local address of the link of an interface, or zero.
	MAC(index uint32, a netip.Addr) ident.MAC
	// Solicit begins to find it out, and gives a channel that is closed once MAC
	// has it: nil if there is nothing to be waited for.
	Solicit(index uint32, a netip.Addr) <-chan struct{}
}

// State is one exchange. It is reused from message to message by one goroutine
// and points into the receive buffer until it is done.
type State struct {
	Arrival
	Msg       wire.Message
	Table     *bindings.Table
	Room      bindings.Room // for the bindings that the exchange reads or makes
	Neighbors Neighbors     // nil: nobody asks
	Link      *link.Link    // nil when none matches
	Host      host.Match    // Host nil when unknown
	HostBy    string        // the source of identity that Host was found by; nothing: a DUID that it lists
	Vouched   bool          // a trusted source of identity says that the client is Host
	System    bool          // Host may count as vouched for at stage final; see ident.Evidence
	Evidence  []ident.Evidence
	MAC       ident.MAC
	Stage     stage.Stage
	IAs       []IA
	Options   Options
	Lifetimes
	Preference    uint8 // 0 is the same as absent (RFC 9915 section 21.8)
	HasPreference bool
	Hostname      string          // the name that the client is given, or nothing
	Via           netip.Addr      // the next hop to what is delegated; see lease.Binding
	Trusted       int             // how many of the outermost relay levels are trusted
	Confirmed     iana.StatusCode // the answer to a Confirm
	Tags          []string
	Facts         []Fact
	DropReason    string // set by who drops the exchange
	Plugin        string // the name of the plugin that is being run
	Made          []byte // options that were made for this exchange, one after the other

	Dry   *Dry  // not nil: nothing is to change; see there
	Trace Trace // how it came to its result, for who asks later

	ServerID []byte    // the server's DUID
	Standard Lifetimes // the server's, where nobody says otherwise

	hints []netip.Prefix
}

// Fact is a value that one plugin left for others.
type Fact struct {
	Name  string
	Value any
}

// Lifetimes are what leases are granted for, unless a host or pool says
// otherwise. A zero duration is not set.
type Lifetimes struct {
	Preferred, Valid           time.Duration
	MinPreferred, MaxPreferred time.Duration // bounds for what a client asks for
	MinValid, MaxValid         time.Duration
	T1, T2                     time.Duration
}

// IA is one identity association of the message and what has been decided
// about it.
type IA struct {
	ident.IA
	Hints   []wire.Hint
	Binding *lease.Binding // nil when there is none
	Decided bool
	Grants  []Grant
	// Withdrawn are the addresses and prefixes that the client is told to stop
	// using, by lifetimes of zero (RFC 9915 section 18.3.4).
	Withdrawn   []netip.Prefix
	Status      iana.StatusCode  // StatusSuccess unless refused
	Reason      string           // the text beside Status
	By          string           // the plugin, or the server's step, that decided
	Silent      bool             // the reply does not name the IA
	Empty       string           // the last plugin whose pool had nothing left for the IA
	Withheld    string           // the last plugin that keeps what it has left from the client
	WithheldFor string           // why, as the event of a denial says
	Contested   bool             // see lease.Binding
	Retired     []*lease.Binding // what ends when something is granted
	Exhausted   *bindings.Pool   // the pool of Empty; may be nil
	Barred      Barred           // the last thing that a plugin could not have for the IA
}

// Grant is an address, as a /128, or prefix that is to be leased. A zero
// lifetime means the exchange's.
type Grant struct {
	Prefix           netip.Prefix
	Preferred, Valid time.Duration
	Exclude          netip.Prefix // of a delegated prefix (RFC 6603); may be zero
	Pool             string
	Rest             time.Duration  // how long it rests after a Release
	From             *lease.Binding // who gives it up when it is granted; nil for nobody
}

// Reset forgets the last exchange but keeps the memory.
func (s *State) Reset(a Arrival) {
	s.Arrival = a
	s.Room.Reset()
	s.Link, s.Host, s.HostBy, s.Vouched, s.System = nil, host.Match{}, "", false, false
	s.MAC, s.Stage = ident.MAC{}, stage.Unknown
	s.Evidence, s.Tags, s.Facts = s.Evidence[:0], s.Tags[:0], s.Facts[:0]
	s.Options.entries = s.Options.entries[:0]
	s.Lifetimes, s.Preference, s.HasPreference = Lifetimes{}, 0, false
	s.Hostname, s.Via, s.Trusted, s.DropReason, s.Plugin = "", netip.Addr{}, 0, "", ""
	s.IAs, s.Made = s.IAs[:0], s.Made[:0]
	s.Options.passed = s.Options.passed[:0]
	s.Trace.reset()
}

// LoadIAs takes the identity associations from the message, with the bindings
// that exist for them.
func (s *State) LoadIAs() {
	for i := range s.Msg.IAs {
		w := &s.Msg.IAs[i]
		ia := s.nextIA()
		ia.IA, ia.Hints = w.IA, w.Hints
		ia.Binding = s.Binding(w.IA)
	}
}

// nextIA appends a zero IA, reusing the memory of its grants.
func (s *State) nextIA() *IA {
	if len(s.IAs) < cap(s.IAs) {
		s.IAs = s.IAs[:len(s.IAs)+1]
	} else {
		s.IAs = append(s.IAs, IA{})
	}
	ia := &s.IAs[len(s.IAs)-1]
	*ia = IA{Grants: ia.Grants[:0], Withdrawn: ia.Withdrawn[:0], Retired: ia.Retired[:0]}
	return ia
}

// HostTrusted says whether what says that the client is its host can be trusted:
// a source that the client cannot have made up, or, at stage final, what the
// server was told of its DUID.
func (s *State) HostTrusted() bool { return s.Vouched || s.System && s.Stage == stage.Final }

// Type gives the type of the client's message.
func (s *State) Type() dhcpv6.MessageType { return s.Msg.Type }

// HintPrefixes gives the addresses and prefixes that the client named in ia.
// The slice is valid until the next call.
func (s *State) HintPrefixes(ia *IA) []netip.Prefix {
	s.hints = s.hints[:0]
	for i := range ia.Hints {
		s.hints = append(s.hints, ia.Hints[i].Prefix)
	}
	return s.hints
}

// Refuse decides ia with a status other than Success, unless it is decided.
func (ia *IA) Refuse(by string, status iana.StatusCode, reason string) bool {
	if ia.Decided {
		return false
	}
	ia.Decided, ia.By, ia.Status, ia.Reason = true, by, status, reason
	ia.Grants = ia.Grants[:0] // what was only suggested
	return true
}

// Propose decides ia with grants, unless it is decided.
func (ia *IA) Propose(by string, grants ...Grant) bool {
	if ia.Decided || len(grants) == 0 {
		return false
	}
	ia.Decided, ia.By = true, by
	ia.Grants = append(ia.Grants, grants...)
	return true
}

// HasTag says whether the exchange carries the tag.
func (s *State) HasTag(tag string) bool {
	for _, t := range s.Tags {
		if t == tag {
			return true
		}
	}
	return false
}

// Withdraw has the client told to stop using p, unless p is granted. A prefix
// of zeros is a wish, not something that can be in use.
func (ia *IA) Withdraw(p netip.Prefix) {
	if p.Addr().IsUnspecified() || slices.Contains(ia.Withdrawn, p) {
		return
	}
	for i := range ia.Grants {
		if ia.Grants[i].Prefix == p {
			return
		}
	}
	ia.Withdrawn = append(ia.Withdrawn, p)
}
