// Package listen is the sockets of a DHCPv6 server on Linux: which there are
// while interfaces come and go, and datagrams in and out of them in batches.
//
// It makes recvmmsg(2) and sendmmsg(2) calls itself. ReadBatch of
// golang.org/x/net/ipv6 makes the same calls, but allocates a net.UDPAddr for
// each datagram: BenchmarkReadBatchOfXNet has 2 allocations and 64 octets for
// one, BenchmarkRead has none.
//
// Linux 5.7 is needed: since then SO_BINDTOIFINDEX takes no CAP_NET_RAW.
// CAP_NET_BIND_SERVICE is the one capability that is needed; with CAP_NET_ADMIN
// the buffers may be larger than the system's limits.
package listen

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"runtime"
	"slices"
	"strconv"
	"sync/atomic"

	"github.com/sirupsen/logrus"
	"golang.org/x/sync/errgroup"
)

// Address is what to listen on.
type Address struct {
	Addr netip.Addr // IPv6 without zone; unspecified is any unicast address
	Zone string     // the interface's name; empty is any, and for a group each
	Port uint16     // UDP
}

// String gives the address like [ff02::1:2%eth0]:547.
func (a Address) String() string {
	return net.JoinHostPort(a.Addr.WithZone(a.Zone).String(), strconv.Itoa(int(a.Port)))
}

// Options are how a Set works.
type Options struct {
	Log *logrus.Entry
	// Serve reads a socket until Read gives net.ErrClosed. It is called in a
	// goroutine for each socket; an error ends Set.Run. Its context ends with
	// that of Set.Run.
	Serve func(ctx context.Context, c *Conn) error
	// Batch is how many datagrams are read or written at once; zero is 32.
	Batch int
	// Sockets is how many sockets share a unicast address, so that the kernel
	// spreads relay agents over them; zero is one for each processor.
	Sockets int
	// Stamps asks for Packet.Stamp, which takes the kernel some time for all
	// that comes in.
	Stamps bool
	// Lost, if not nil, is told that the kernel has dropped datagrams for want of
	// room, of each address at most every ten seconds. It must not block.
	Lost func(Loss)
}

// Set is the open sockets of a server, and a prometheus.Collector of what went
// through them.
type Set struct {
	addresses []Address
	options   Options
	counters  counters
	ready     chan struct{}
	watch     func() (*watcher, error)
	problems  atomic.Pointer[[]string]
	orders    chan order

	// Of the goroutine in Run, later of Close.
	open   map[endpoint][]*Conn
	absent map[string]bool     // zones that were warned of
	broken map[endpoint]string // what was warned of
}

// New makes a set that has nothing open.
func New(addresses []Address, o Options) *Set {
	if o.Batch == 0 {
		o.Batch = 32
	}
	if o.Sockets == 0 {
		o.Sockets = runtime.GOMAXPROCS(0)
	}
	s := &Set{
		addresses: addresses, options: o, ready: make(chan struct{}), watch: watch, orders: make(chan order),
		open: map[endpoint][]*Conn{}, absent: map[string]bool{}, broken: map[endpoint]string{},
	}
	s.counters.losses.tell = o.Lost
	return s
}

// Ready is closed when every address is open of which the interface is there.
func (s *Set) Ready() <-chan struct{} { return s.ready }

// Run opens the sockets, keeps them in step with the interfaces and has them
// served until ctx ends; it returns when nobody reads any more. Sockets can be
// written to until Close, for replies that still wait for the disk. Run can be
// called once.
func (s *Set) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	g, serving := errgroup.WithContext(ctx)
	err := s.keep(serving, g)
	cancel()
	for _, conns := range s.open {
		for _, c := range conns {
			c.stopReading()
		}
	}
	return errors.Join(err, g.Wait())
}

// Close closes the sockets. It must not be called before Run has returned.
func (s *Set) Close() error {
	for e := range s.open {
		s.closeEndpoint(e)
	}
	return nil
}

// keep opens and closes sockets as interfaces come and go, until ctx ends. All
// sockets are opened by the goroutine that calls it, in its network namespace.
func (s *Set) keep(ctx context.Context, g *errgroup.Group) error {
	w, err := s.watch()
	if err != nil {
		return err
	}
	if err := s.start(ctx, g); err != nil {
		w.close()
		return err
	}
	close(s.ready)
	for {
		s.followAll(ctx, g, w)
		w.close()
		if ctx.Err() != nil {
			return nil
		}
		s.options.Log.Warn("changes of interfaces were lost, looking at all of them")
		if w, err = s.watch(); err != nil {
			return err
		}
		s.follow(ctx, g, nil)
	}
}

// followAll follows the interfaces until ctx ends or changes may have been lost.
func (s *Set) followAll(ctx context.Context, g *errgroup.Group, w *watcher) {
	for {
		removed, lost, do := w.wait(ctx, s.orders)
		if ctx.Err() != nil {
			if do != nil {
				do(ctx, g) // somebody waits for it
			}
			return
		}
		s.follow(ctx, g, removed)
		if do != nil {
			do(ctx, g)
		}
		if lost {
			return
		}
	}
}

// start opens what can be opened now. An address that another process has, or
// that may not be bound, ends the server.
func (s *Set) start(ctx context.Context, g *errgroup.Group) error {
	wanted, err := s.wanted()
	if err != nil {
		return err
	}
	for _, e := range wanted {
		if err := probe(e); err != nil && !passing(e, err) {
			return err
		}
	}
	for _, e := range wanted {
		if err := s.openEndpoint(ctx, g, e); err != nil && !passing(e, err) {
			return err
		} else if err != nil {
			s.warn(e, err)
		}
	}
	s.judge(wanted)
	return nil
}

// follow opens and closes sockets after interfaces have changed.
func (s *Set) follow(ctx context.Context, g *errgroup.Group, removed []int) {
	for e := range s.open {
		// The index may already be that of another interface.
		if slices.Contains(removed, e.index) {
			s.leave(e)
		}
	}
	wanted, err := s.wanted()
	if err != nil {
		s.options.Log.WithError(err).Warn("the interfaces cannot be listed, waiting for their next change")
		return
	}
	for e := range s.open {
		if !slices.Contains(wanted, e) {
			s.leave(e)
		}
	}
	s.openMissing(ctx, g, wanted)
}

// openMissing opens what is wanted and not open.
func (s *Set) openMissing(ctx context.Context, g *errgroup.Group, wanted []endpoint) {
	for _, e := range wanted {
		if s.open[e] != nil {
			continue
		}
		if err := s.openEndpoint(ctx, g, e); err != nil {
			s.warn(e, err)
		}
	}
	s.judge(wanted)
}
