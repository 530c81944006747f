package linkwatch

import (
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/stage6/stage6/event"
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/icmp6"
	"github.com/stage6/stage6/internal/managed"
)

// Socket is where router advertisements come from.
type Socket interface {
	// Read waits for a message, or for Stop: then it gives net.ErrClosed.
	Read() (icmp6.Message, error)
	// Solicit asks the routers of an interface to advertise themselves.
	Solicit(index uint32) error
	Stop()
}

// Options are what a watch is made of.
type Options struct {
	Log     *logrus.Entry
	Publish func(event.Event)
	// Socket is nil where router advertisements are not listened to: other servers
	// are noticed all the same.
	Socket Socket
	// Probe, unless nil, looks for other servers at the start and every Interval.
	Probe    Prober
	Interval time.Duration
}

// Rules say what is right.
type Rules struct {
	Wait    time.Duration // how long a link may be without a router, at least
	Solicit bool          // whether routers are asked to advertise themselves
	Ignore  []string      // names of problems that are none here
	Own     ident.DUID    // of this server
	Known   []ident.DUID  // of other servers that are meant to be there
}

// Link is a link of this machine as the configuration has it.
type Link struct {
	Index     uint32
	Interface string
	Name      string         // as events, logs and the API have it
	Up        bool           // whether there is a carrier
	Watched   bool           // whether it is judged
	Served    []netip.Prefix // of which addresses are leased
}

// Watch knows the routers and other servers of the links. It is safe for
// concurrent use.
type Watch struct {
	Options
	counters *counters
	heard    chan mention

	mu      sync.Mutex
	rules   Rules
	want    managed.Flags
	links   map[uint32]*linkState
	servers []*server
	budget  budget // of advertisements that are looked at
}

// New makes a watch of no links.
func New(o Options, r Rules) *Watch {
	return &Watch{Options: o, rules: r, counters: newCounters(), heard: make(chan mention, mentions), links: map[uint32]*linkState{}}
}

// SetRules replaces the rules.
func (w *Watch) SetRules(r Rules) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.rules = r
	for _, s := range w.servers {
		s.known = slices.Contains(r.Known, s.duid)
	}
}

// SetLinks says which links there are, and what the configuration serves there.
// What is known of those that stay is kept; of an interface whose carrier comes
// back it is not, since it may be another network's now.
func (w *Watch) SetLinks(links []Link, want managed.Flags) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.want = want
	now := time.Now()
	for index := range w.links {
		if !slices.ContainsFunc(links, func(l Link) bool { return l.Index == index }) {
			delete(w.links, index)
		}
	}
	for _, l := range links {
		s := w.links[l.Index]
		if s == nil || !s.Up && l.Up || s.Interface != l.Interface {
			s = newLinkState(now, w.links[l.Index])
		}
		s.Link = l
		w.links[l.Index] = s
	}
}

// Sent says that this server has sent a router advertisement, which does not
// come back to it.
func (w *Watch) Sent(index uint32, message []byte) {
	m, ok := icmp6.ParseOwn(index, message)
	if !ok {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.advertised(m, true, time.Now())
}

// receive takes note of a message that came.
func (w *Watch) receive(m icmp6.Message) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	s := w.links[m.Interface]
	switch {
	case s == nil:
		return
	case m.Malformed != "":
		w.counters.malformed.WithLabelValues(s.Name, m.Malformed).Inc()
	case !w.budget.take(now):
		w.counters.ignored.WithLabelValues(s.Name, "flood").Inc()
	default:
		w.advertised(m, false, now)
	}
}

// budget lets so many advertisements through in a second, whoever sends them.
type budget struct {
	second time.Time
	spent  int
}

// perSecond is many times what the routers of a hundred links send.
const perSecond = 500

func (b *budget) take(now time.Time) bool {
	if now.Sub(b.second) >= time.Second {
		*b = budget{second: now}
	}
	b.spent++
	return b.spent <= perSecond
}
