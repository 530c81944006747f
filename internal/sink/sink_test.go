package sink

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sirupsen/logrus"
	logtest "github.com/sirupsen/logrus/hooks/test"

	"github.com/stage6/stage6/event"
	"github.com/stage6/stage6/internal/events"
)

// receiver is a destination that does as a test says.
type receiver struct {
	mu     sync.Mutex
	taken  []string
	missed uint64
	tries  int
	answer func(try int) error // nil takes everything
}

func (r *receiver) Deliver(ctx context.Context, b *Batch) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tries++
	if r.answer != nil {
		if err := r.answer(r.tries); err != nil {
			return err
		}
	}
	for i := range b.Events {
		r.taken = append(r.taken, b.Events[i].Text)
	}
	r.missed += b.Missed
	return ctx.Err()
}

func (*receiver) Close() error { return nil }

func (r *receiver) got() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Join(r.taken, " ")
}

// rig is a sink that runs in the bubble of a test.
type rig struct {
	log  *events.Log
	sink *Sink
	to   *receiver
	said *logtest.Hook
	end  func()
}

func newRig(t *testing.T, o Options, answer func(try int) error) *rig {
	logger, said := logtest.NewNullLogger()
	o.Name, o.Log = "ops", logrus.NewEntry(logger)
	if o.Queue == 0 {
		o.Queue = 100
	}
	if o.Batch == 0 {
		o.Batch = 2
	}
	r := &rig{log: events.New(time.Now), to: &receiver{answer: answer}, said: said}
	r.sink = New(r.log, r.to, o)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := r.sink.Run(ctx); err != nil {
			t.Error(err)
		}
	}()
	r.end = sync.OnceFunc(func() { cancel(); <-ended })
	t.Cleanup(r.end)
	return r
}

func (r *rig) problems() []string { return (&Set{members: []*member{{Sink: r.sink}}}).Problems() }

func (r *rig) publish(texts ...string) {
	for _, text := range texts {
		r.log.Publish(event.Event{Kind: event.Leased, Host: "web01", Text: text})
	}
	synctest.Wait()
}

// lines gives what the log says, by level.
func (r *rig) lines(l logrus.Level) (out []string) {
	for _, e := range r.said.AllEntries() {
		if e.Level == l {
			out = append(out, e.Message)
		}
	}
	return out
}

func TestEventsArriveInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Options{}, nil)
		r.publish("a", "b", "c")
		r.publish("d", "e")
		r.end()
		if got := r.to.got(); got != "a b c d e" || r.sink.delivered.Load() != 5 {
			t.Errorf("got %q, counted %d", got, r.sink.delivered.Load())
		}
	})
}

func TestOnlyTheKindsThatAreAskedForArrive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Options{Kinds: []event.Kind{event.Denied}}, nil)
		r.publish("leased")
		r.log.Publish(event.Event{Kind: event.Denied, Text: "denied"})
		r.end()
		if got := r.to.got(); got != "denied" {
			t.Errorf("got %q", got)
		}
	})
}

func TestWhatFailsIsTriedAgainAndNothingIsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Options{}, func(try int) error {
			if try <= 5 {
				return errors.New("connection refused")
			}
			return nil
		})
		r.publish("a", "b", "c")
		if problems := r.problems(); len(problems) != 1 || !strings.Contains(problems[0], "connection refused") {
			t.Errorf("problems %q, want one with the cause", problems)
		}
		time.Sleep(time.Hour)
		if got := r.to.got(); got != "a b c" {
			t.Errorf("got %q", got)
		}
		if problems := r.problems(); len(problems) > 0 {
			t.Errorf("problems %q afterwards", problems)
		}
		if got := r.lines(logrus.ErrorLevel); len(got) != 1 {
			t.Errorf("of five failures the log says %q, want one line", got)
		}
		if got := r.lines(logrus.InfoLevel); len(got) != 1 || r.sink.failed.Load() != 5 {
			t.Errorf("the end is told by %q, %d failures are counted", got, r.sink.failed.Load())
		}
	})
}

func TestTriesBecomeFewer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Options{}, func(int) error { return errors.New("down") })
		r.publish("a")
		time.Sleep(time.Minute)
		first := r.sink.failed.Load()
		time.Sleep(time.Hour)
		if then := r.sink.failed.Load() - first; first < 6 || then < 60 || then > 130 {
			t.Errorf("%d tries in the first minute and %d in the next hour", first, then)
		}
	})
}

func TestOfMoreThanMayWaitTheOldestAreLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		down := true
		r := newRig(t, Options{Queue: 16, Batch: 4}, func(int) error {
			if down {
				return errors.New("down")
			}
			return nil
		})
		for i := range 50 {
			r.publish(fmt.Sprint(i))
		}
		if n := r.sink.queue.len(); n != 16 {
			t.Errorf("%d wait, want 16", n)
		}
		r.to.mu.Lock()
		down = false
		r.to.mu.Unlock()
		time.Sleep(time.Hour)
		r.end()
		want := []string{"0"} // was in the first try, and is tried again as it was
		for i := 34; i < 50; i++ {
			want = append(want, fmt.Sprint(i))
		}
		if !slices.Equal(r.to.taken, want) || r.to.missed != 33 || r.sink.lost.Load() != 33 {
			t.Errorf("got %q, missed %d, counted %d", r.to.taken, r.to.missed, r.sink.lost.Load())
		}
		if got := r.lines(logrus.WarnLevel); len(got) != 1 {
			t.Errorf("that is told by %q, want one line", got)
		}
	})
}

func TestWhatIsRefusedIsNotTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Options{Batch: 1}, func(try int) error {
			if try == 1 {
				return &RefusedError{errors.New("400")}
			}
			return nil
		})
		r.publish("bad", "good")
		r.end()
		if got := r.to.got(); got != "good" || r.sink.refused.Load() != 1 {
			t.Errorf("got %q, %d refused", got, r.sink.refused.Load())
		}
	})
}

func TestTheReceiverSaysWhenToComeAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Options{}, func(try int) error {
			if try == 1 {
				return &LaterError{errors.New("503"), 30 * time.Second}
			}
			return nil
		})
		r.publish("a")
		time.Sleep(29 * time.Second)
		before := r.to.got()
		time.Sleep(2 * time.Second)
		if got := r.to.got(); before != "" || got != "a" {
			t.Errorf("got %q too early, and %q then", before, got)
		}
	})
}

func TestAtTheEndWhatWaitsIsTriedOnceMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Options{}, func(try int) error {
			if try <= 8 {
				return errors.New("down")
			}
			return nil
		})
		r.publish("a", "b", "c")
		time.Sleep(20 * time.Second)
		r.log.End()
		r.publish("the last lease")
		r.end()
		if got := r.to.got(); got != "a b c the last lease" {
			t.Errorf("got %q", got)
		}
	})
}

func TestTheEndIsNotKeptByADeadReceiver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Options{}, func(int) error { return errors.New("down") })
		r.publish("a", "b", "c")
		start := time.Now()
		r.end()
		if took := time.Since(start); took > FlushTime || r.sink.lost.Load() != 3 {
			t.Errorf("took %v, %d are lost", took, r.sink.lost.Load())
		}
	})
}

// stuck is a destination that does not return until it is let go.
type stuck struct {
	receiver
	letGo chan struct{}
}

func (d *stuck) Deliver(context.Context, *Batch) error {
	<-d.letGo
	return nil
}

func TestTheEndIsNotKeptByOneWhoBlocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		logger, _ := logtest.NewNullLogger()
		log, to := events.New(time.Now), &stuck{letGo: make(chan struct{})}
		s := New(log, to, Options{Name: "ops", Queue: 16, Batch: 1, Log: logrus.NewEntry(logger)})
		log.Publish(event.Event{Kind: event.Started})
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		start := time.Now()
		if err := s.Run(ctx); err != nil || time.Since(start) > FlushTime+2*patience {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		close(to.letGo)
	})
}
