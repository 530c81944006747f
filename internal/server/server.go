// Package server is the protocol of RFC 9915 from a datagram to its reply. It
// validates, identifies, selects the link, lets the plugins propose, settles
// the leases once, and encodes.
package server

import (
	"context"
	"hash/maphash"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/bindings"
	"github.com/stage6/stage6/internal/exchange"
	"github.com/stage6/stage6/internal/flood"
	"github.com/stage6/stage6/internal/history"
	"github.com/stage6/stage6/internal/wire"
	"github.com/stage6/stage6/lease"
	"github.com/stage6/stage6/link"
	"github.com/stage6/stage6/pipeline"
)

// Settings are the rules of the configuration that the server itself keeps.
type Settings struct {
	// AcceptUnicast accepts Request, Renew, Release and Decline that a client
	// sent to a unicast address, which are dropped otherwise.
	AcceptUnicast     bool
	DeclineQuarantine time.Duration  // how long a declined address rests
	Preferred, Valid  time.Duration  // where neither host, pool nor plugin says
	Always, Never     CodeSet        // options sent unasked; never sent
	RelaySupplied     CodeSet        // what a relay's RSOO may add (RFC 6422)
	TrustedRelays     []netip.Prefix // nil: see trustedLevels
	TrustedLDRAs      []LDRA
	Limits            flood.Limits // where the server has a Guard
	Options           []*pipeline.Option
}

// Generation is everything that a reload replaces. It is immutable, but for who
// uses it.
type Generation struct {
	settings    Settings
	serverID    []byte
	standard    exchange.Lifetimes // of the settings
	steps       []*Step
	identifiers []identifier
	waiters     []waiter
	all         []*Step // by their numbers, from 1
	hosts       *host.Registry
	cast        history.Cast
	users       users
}

// NewGeneration makes a generation. serverID is the server's DUID.
func NewGeneration(settings Settings, serverID ident.DUID, hosts *host.Registry, steps []*Step) *Generation {
	g := &Generation{settings: settings, serverID: []byte(serverID), hosts: hosts}
	g.standard = exchange.Lifetimes{Preferred: settings.Preferred, Valid: settings.Valid}
	g.all = steps
	g.cast = castOf(steps)
	g.users.unused = make(chan struct{})
	g.hold() // for the server
	for i, step := range steps {
		step.number = uint16(i + 1)
		if step.Faults == nil {
			step.Faults = &Faults{}
		}
		if b, ok := step.Handler.(pipeline.Blocking); ok {
			step.calls.declare(b.Blocking())
		}
		switch h := step.Handler.(type) {
		case pipeline.Identifier:
			g.identifiers = append(g.identifiers, identifier{step, h})
			if w, ok := h.(pipeline.Waiter); ok {
				g.waiters = append(g.waiters, waiter{step, w})
			}
		case pipeline.ServerIdentity:
		default:
			g.steps = append(g.steps, step)
		}
	}
	return g
}

// Server answers datagrams. It is safe for concurrent use.
type Server struct {
	table *bindings.Table
	gen   atomic.Pointer[Generation]
	links atomic.Pointer[link.Table]
	count Counters

	neighbors exchange.Neighbors
	events    pipeline.Events
	others    func(duid []byte, link string) // of messages for other servers; may be nil
	heard     heard
	farewells farewells
	dog       watchdog
	guard     *Guard        // nil: nobody is held back
	history   *history.Ring // nil: nothing is kept
	keepers   sync.Pool     // of *history.Keeper, for what no worker keeps
	began     time.Time
}

// New makes a server over a table of bindings.
func New(table *bindings.Table, g *Generation, links *link.Table) *Server {
	s := &Server{table: table, began: time.Now()}
	s.heard.seed, s.farewells.seed = maphash.MakeSeed(), maphash.MakeSeed()
	s.gen.Store(g)
	s.links.Store(links)
	return s
}

// SetLinks replaces the links that clients can be on.
func (s *Server) SetLinks(links *link.Table) { s.links.Store(links) }

// Links gives the links that clients can be on.
func (s *Server) Links() *link.Table { return s.links.Load() }

// Counters gives the server's counters.
func (s *Server) Counters() *Counters { return &s.count }

// SetNeighbors sets what knows neighbours, for workers that are made later.
func (s *Server) SetNeighbors(n exchange.Neighbors) { s.neighbors = n }

// SetHistory sets where exchanges are kept for who asks later, for workers that are
// made later.
func (s *Server) SetHistory(r *history.Ring) { s.history = r }

// History gives where exchanges are kept, or nil.
func (s *Server) History() *history.Ring { return s.history }

// Worker forms replies for one goroutine. Its memory is reused from datagram
// to datagram.
type Worker struct {
	srv   *Server
	x     pipeline.Exchange
	s     *exchange.State
	puts  []*lease.Binding
	epoch uint64 // of the table when the exchange began

	keeper  *history.Keeper
	formed  time.Duration // when the last exchange was, and
	came    time.Time     // when its datagram came
	cast    uint32        // of serving
	decoded bool          // the message could be read
	message uint64        // the guard knows by it that the message is being answered; or 0
	knownBy string        // who says which machine the client is; empty: nobody was asked
	counted source        // the counter of that of the last exchange

	// What the watchdog sees: the exchange that the worker is at, with the number of
	// the step that is being called; zero between steps.
	mark    atomic.Uint64
	serving atomic.Pointer[Generation] // that of the step
	turn    uint64                     // counts the exchanges
	busy    bool                       // mark is not zero
	lost    bool                       // see Lost
	stuckIn string                     // the step that has the worker, when it is lost
	givenUp bool                       // by the watchdog
}

// NewWorker makes a worker.
func (s *Server) NewWorker() *Worker {
	w := &Worker{srv: s}
	w.s = w.x.Core().(*exchange.State)
	w.s.Table, w.s.Neighbors, w.keeper = s.table, s.neighbors, history.NewKeeper(s.history)
	return w
}

// Reply is what is sent back for one datagram.
type Reply struct {
	Data      []byte
	Type      dhcpv6.MessageType // of the message for the client, inside all relay levels
	To        netip.AddrPort
	Interface uint32     // the index of the interface to leave by; 0 for any
	Src       netip.Addr // the source address; invalid for the kernel's choice
	// Ticket is for the changes that must be durable before the reply leaves;
	// zero when it may leave at once.
	Ticket bindings.Ticket
	// Kept is the exchange as it is kept for who asks later, to which may be added what
	// becomes of the ticket.
	Kept history.Ref
	// Message is what Answered is to be told when the reply has left, or will not.
	Message uint64
	// Wait, if not nil, says that there is no reply yet.
	Wait *Wait
	// GivenUp says that the watchdog gave the worker up: there is no reply, and who
	// called Serve has nothing to do any more. See Worker.Watched.
	GivenUp bool
}

// Serve forms the reply to one datagram, appended to dst. The second result is
// the reason for which there is none, which it has counted. The server knows
// nothing of an exchange that waits: the datagram is to be served again, by another
// worker if this one is Lost.
func (w *Worker) Serve(ctx context.Context, dst, datagram []byte, a exchange.Arrival) (Reply, string) {
	w.message = 0
	r, reason := w.serve(ctx, dst, datagram, &a)
	if !w.rest() && w.givenUp {
		return Reply{GivenUp: true}, ""
	}
	if reason != "" {
		w.srv.count.Drop(reason)
	}
	if reason != "" || r.Wait != nil {
		w.srv.Answered(w.message)
	} else {
		r.Message = w.message
	}
	if r.Wait == nil {
		w.note(&r, reason)
		if w.tellHeld(reason) {
			r.Kept = w.keep(datagram, &a, &r, reason)
		}
	}
	return r, reason
}

// serve serves a datagram, and once more when the generation that it was served
// with was replaced meanwhile and has no pools any more.
func (w *Worker) serve(ctx context.Context, dst, datagram []byte, a *exchange.Arrival) (Reply, string) {
	for {
		g := w.begin(a)
		r, reason := w.serveWith(ctx, g, dst, datagram, a)
		if r.Wait != nil {
			r.Wait.keep(g)
		}
		g.release()
		if reason != beginAnew {
			return r, reason
		}
		a.Generation, a.Without, a.Anew = nil, nil, true
	}
}

// beginAnew is the reason for no reply that serve hears, and nobody else.
const beginAnew = "begin-anew"

// serveWith is the whole way of an exchange, in order.
func (w *Worker) serveWith(ctx context.Context, g *Generation, dst, datagram []byte, a *exchange.Arrival) (Reply, string) {
	s := w.s
	w.epoch = w.srv.table.Epoch()
	s.Reset(*a)
	s.ServerID, s.Standard, w.decoded = g.serverID, g.standard, false
	w.knownBy = ""
	w.phaseBegun()
	if reason := s.Msg.Decode(datagram); reason != wire.OK {
		return Reply{}, reason.String()
	}
	w.decoded = true
	if !a.Waited && !a.Alone && !a.Anew {
		w.srv.count.Received(s.Type())
		w.srv.count.skipped.add(&s.Msg)
	}
	if reason := w.holdBack(g); reason != "" {
		return Reply{}, reason
	}
	if reason := g.validate(s); reason != "" {
		w.srv.tellOther(s, reason)
		return Reply{}, reason
	}
	w.srv.selectLink(s)
	if wait, reason := w.identify(ctx, g); wait != nil || reason != "" || w.lost {
		return Reply{Wait: wait}, reason
	}
	if wait, reason := w.await(g); wait != nil || reason != "" || w.lost {
		return Reply{Wait: wait}, reason
	}
	w.phase(exchange.Identified)
	if w.crowds(g) {
		return Reply{}, DropNeighborFlood
	}
	w.tellNew(g)
	w.prepare(g)
	if wait, reason := w.runSteps(ctx, g); wait != nil || reason != "" || !w.rest() {
		return Reply{Wait: wait}, reason
	}
	if w.lacks(g) {
		return Reply{}, beginAnew
	}
	w.phase(exchange.Proposed)
	ticket, reason := w.settle(g)
	if reason != "" {
		return Reply{}, reason
	}
	return w.encode(g, dst, ticket)
}

// begin begins another exchange, with the generation that its message began with
// or that of now. It is held.
func (w *Worker) begin(a *exchange.Arrival) *Generation {
	g, begun := a.Generation.(*Generation)
	if begun {
		g.hold()
	} else {
		g = w.srv.take()
	}
	if w.serving.Load() != g {
		w.serving.Store(g)
		w.recast(g)
	}
	w.turn++
	return g
}

// selectLink finds the client's link: that of the relay nearest the client
// which names one, else, when no relay does, that of the interface (RFC 9915
// section 13.1, RFC 6221 section 5.3.2).
func (srv *Server) selectLink(s *exchange.State) {
	links := srv.links.Load()
	for i := len(s.Msg.Relays) - 1; i >= 0; i-- {
		if a := s.Msg.Relays[i].LinkAddr; !a.IsUnspecified() {
			s.Link = links.ByAddress(a)
			return
		}
	}
	s.Link = links.ByInterface(s.Interface)
}
