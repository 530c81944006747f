// Package sink hands events on to files and to programs elsewhere. Who takes
// them slowly, or not at all, costs a bounded memory and nothing else.
package sink

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/stage6/stage6/event"
	"github.com/stage6/stage6/internal/events"
	"github.com/stage6/stage6/internal/quiet"
)

// FlushTime is how long at the end a sink may still take for what waits.
const FlushTime = 5 * time.Second

// Batch is events that are handed over together, in their order. The same batch
// is handed over again when that failed.
type Batch struct {
	Events []event.Event // at least one
	Missed uint64        // events before these that were lost
}

// Destination takes events.
type Destination interface {
	// Deliver takes all events of a batch or none. With an error that is a
	// RefusedError it takes them never; with another one it is asked again, not
	// before the time that a LaterError says.
	Deliver(ctx context.Context, b *Batch) error
	Close() error
}

// RefusedError says that a destination will never take a batch.
type RefusedError struct{ Err error }

// Error gives the cause.
func (e *RefusedError) Error() string { return e.Err.Error() }

// Unwrap gives the cause.
func (e *RefusedError) Unwrap() error { return e.Err }

// LaterError says that a destination wants to be asked again after a time.
type LaterError struct {
	Err   error
	After time.Duration
}

// Error gives the cause.
func (e *LaterError) Error() string { return e.Err.Error() }

// Unwrap gives the cause.
func (e *LaterError) Unwrap() error { return e.Err }

// Options say how a sink works.
type Options struct {
	Name  string // in the log and in metrics
	Kinds []event.Kind
	Queue int // most events that wait; of more the oldest are lost
	Batch int // most events in a batch
	Log   *logrus.Entry
}

// Sink hands the events of a log to a destination, each at least once unless more
// wait than may.
type Sink struct {
	events *events.Log
	since  uint64
	queue  *queue

	mu        sync.Mutex
	options   Options
	to        Destination        // for whoever hands over
	next      Destination        // that takes its place before the next try, or nil
	interrupt context.CancelFunc // has who waits for events look at the options again; nil before
	changed   chan struct{}      // has an element when a new try is worth its while

	delivered, failed, refused, lost atomic.Uint64
	failing                          atomic.Pointer[outage]
	overflowed                       atomic.Bool   // since the destination worked
	complaints                       quiet.Limiter // about what is refused
}

// outage is a time in which the destination takes nothing.
type outage struct {
	since time.Time
	cause error
	lost  uint64 // by the sink before
}

// New makes a sink of the events that come from now on. The destination is the
// sink's.
func New(log *events.Log, to Destination, o Options) *Sink {
	return &Sink{options: o, events: log, since: log.Last(), to: to, queue: newQueue(o.Queue), changed: make(chan struct{}, 1)}
}

// change has the sink work in another way from now on, with what waits. A nil
// destination leaves the one that it has.
func (s *Sink) change(o Options, to Destination) error {
	s.queue.resize(o.Queue)
	s.mu.Lock()
	defer s.mu.Unlock()
	other := !slices.Equal(s.options.Kinds, o.Kinds)
	s.options = o
	if other && s.interrupt != nil {
		s.interrupt()
	}
	if to == nil {
		return nil
	}
	unused := s.next
	s.next = to
	select {
	case s.changed <- struct{}{}:
	default:
	}
	if unused == nil {
		return nil
	}
	return unused.Close()
}

// settings gives the options as they are now.
func (s *Sink) settings() Options {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.options
}

// log gives what the sink logs with.
func (s *Sink) log() *logrus.Entry {
	o := s.settings()
	return o.Log.WithField("sink", o.Name)
}

// destination gives who takes events now. Nobody uses the one before any more.
func (s *Sink) destination() Destination {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.next == nil {
		return s.to
	}
	was := s.to
	s.to, s.next = s.next, nil
	if err := was.Close(); err != nil {
		s.options.Log.WithField("sink", s.options.Name).WithError(err).Warn("where events went before was not closed well")
	}
	return s.to
}

// Run hands over events until ctx ends, and then for FlushTime what still waits.
// It is to end after everybody who publishes. It gives nil.
func (s *Sink) Run(ctx context.Context) error {
	fed := make(chan struct{})
	go func() {
		defer close(fed)
		s.feed(ctx)
	}()
	working, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(FlushTime, end) })
	defer stop()
	left := make(chan int, 1)
	go func() { left <- s.handOver(ctx, working) }()
	<-fed
	s.farewell(patient(working, left))
	return nil
}

// patience is how long a destination that blocks is waited for once it was told
// that the end has come.
const patience = time.Second

// patient waits for a number until ctx ended and patience is over.
func patient(ctx context.Context, left <-chan int) int {
	select {
	case n := <-left:
		return n
	case <-ctx.Done():
	}
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case n := <-left:
		return n
	case <-late.C:
		return 0
	}
}

// Close lets go of the destination.
func (s *Sink) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.next == nil {
		return s.to.Close()
	}
	return errors.Join(s.to.Close(), s.next.Close())
}

// feed puts events into the queue as they come, so that it is the queue that is
// full and not the log. The log's end is not its own: what happens until ctx ends
// is taken, too.
func (s *Sink) feed(ctx context.Context) {
	defer s.queue.end()
	since := s.since
	for ended := false; !ended && ctx.Err() == nil; {
		p := s.follow(ctx, since)
		s.add(&p)
		since, ended = p.Next, p.Ended
	}
	<-ctx.Done()
	p := s.events.Read(events.Query{Since: since, Kinds: s.settings().Kinds})
	s.add(&p)
}

// follow waits for events after a number until ctx ends or other ones are wanted.
func (s *Sink) follow(ctx context.Context, since uint64) events.Page {
	ctx, end := context.WithCancel(ctx)
	defer end()
	s.mu.Lock()
	s.interrupt = end
	q := events.Query{Since: since, Kinds: s.options.Kinds}
	s.mu.Unlock()
	return s.events.Follow(ctx, q)
}

// add puts a page of events into the queue, and tells of the first ones of an
// outage that are lost.
func (s *Sink) add(p *events.Page) {
	dropped := s.queue.add(p.Events, p.Missed)
	s.lost.Add(p.Missed + dropped)
	if dropped > 0 && !s.overflowed.Swap(true) {
		s.log().WithField("queue", s.settings().Queue).Warn("more events wait than may: the oldest are lost, which stage6_sink_events_total counts")
	}
}

// handOver delivers what is in the queue until it ends, or working does, and says
// how many events it had taken and could not deliver.
func (s *Sink) handOver(ctx, working context.Context) (left int) {
	for {
		b, ok := s.queue.take(working, s.settings().Batch)
		if !ok {
			return 0
		}
		if !s.deliver(ctx, working, &b) {
			return len(b.Events)
		}
	}
}

// deliver delivers a batch, again and again until it is taken or refused. It gives
// false if working ends before.
func (s *Sink) deliver(ctx, working context.Context, b *Batch) bool {
	n := uint64(len(b.Events))
	for try := 0; ; try++ {
		err := s.destination().Deliver(working, b)
		var refused *RefusedError
		switch {
		case err == nil:
			s.delivered.Add(n)
			s.works()
			return true
		case errors.As(err, &refused):
			s.refused.Add(n)
			s.works()
			s.complain(b, err)
			return true
		}
		s.fails(err)
		if !pause(ctx, working, s.changed, wait(try, err)) {
			return false
		}
	}
}

// complain tells of a batch that is refused.
func (s *Sink) complain(b *Batch, err error) {
	if suppressed, ok := s.complaints.Allow(time.Now()); ok {
		s.log().WithError(err).WithFields(logrus.Fields{"events": len(b.Events), "first": b.Events[0].Seq, "suppressed": suppressed}).Error("events are refused for good")
	}
}

// fails counts a failure, and tells of the first one of an outage.
func (s *Sink) fails(err error) {
	s.failed.Add(1)
	now := &outage{since: time.Now(), cause: err, lost: s.lost.Load()}
	if was := s.failing.Load(); was != nil {
		now.since, now.lost = was.since, was.lost
		s.failing.Store(now)
		return
	}
	s.failing.Store(now)
	s.log().WithError(err).WithField("queue", s.settings().Queue).Error("events cannot be handed on: they wait, and of more than the queue has room for the oldest are lost")
}

// works tells of the end of an outage.
func (s *Sink) works() {
	s.overflowed.Store(false)
	was := s.failing.Swap(nil)
	if was == nil {
		return
	}
	s.log().WithFields(logrus.Fields{"after": time.Since(was.since).Round(time.Millisecond), "lost": s.lost.Load() - was.lost}).Info("events are handed on again")
}

// farewell tells what is left at the end, beside what was taken from the queue.
func (s *Sink) farewell(taken int) {
	left := taken + s.queue.len()
	if left == 0 {
		return
	}
	s.lost.Add(uint64(left))
	s.log().WithField("events", left).Warn("events that waited are lost, since the server or the sink ends")
}
