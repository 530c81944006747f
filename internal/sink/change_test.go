package sink

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sirupsen/logrus"
	logtest "github.com/sirupsen/logrus/hooks/test"

	"github.com/stage6/stage6/event"
	"github.com/stage6/stage6/internal/events"
)

// opened is a destination that knows whether it is open.
type opened struct {
	receiver
	mu     sync.Mutex
	closed int
}

func (o *opened) Close() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed++
	return nil
}

// isClosed says whether it was closed, once.
func (o *opened) isClosed() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.closed == 1
}

// house is a set of sinks in the bubble of a test, with what was opened for them.
type house struct {
	t      *testing.T
	log    *events.Log
	set    *Set
	opened map[string]*opened // by target and manner
	end    func()
}

func newHouse(t *testing.T) *house {
	h := &house{t: t, log: events.New(time.Now), opened: map[string]*opened{}}
	h.set = NewSet(h.log)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- h.set.Run(ctx) }()
	h.end = sync.OnceFunc(func() {
		cancel()
		if err := errors.Join(<-ended, h.set.Close()); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(h.end)
	synctest.Wait()
	return h
}

// plan gives the plan of a sink; the error, unless nil, is what it is tried with.
func (h *house) plan(name, target, manner string, fails error) Plan {
	logger, _ := logtest.NewNullLogger()
	return Plan{
		Options: Options{Name: name, Queue: 100, Batch: 2, Log: logrus.NewEntry(logger)}, Target: target, Manner: manner,
		Open: func() (Destination, error) {
			o := &opened{receiver: receiver{answer: func(int) error { return fails }}}
			if h.opened[target+manner] != nil {
				h.t.Errorf("%s%s is opened twice", target, manner)
			}
			h.opened[target+manner] = o
			return o, nil
		},
	}
}

func (h *house) take(plans ...Plan) {
	h.t.Helper()
	c, err := h.set.Prepare(plans)
	if err == nil {
		err = c.Take()
	}
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) publish(text string) {
	h.log.Publish(event.Event{Kind: event.Leased, Host: "web01", Text: text})
	synctest.Wait()
}

// want ends the set, and wants that the destinations got the events, and all were
// closed once.
func (h *house) want(got map[string]string) {
	h.t.Helper()
	h.end()
	is := map[string]string{}
	for name, o := range h.opened {
		is[name] = o.got()
		if !o.isClosed() {
			h.t.Errorf("%s is not closed once", name)
		}
	}
	if !maps.Equal(is, got) {
		h.t.Errorf("got %q, want %q", is, got)
	}
}

var errDown = errors.New("down")

// downFor gives the answers of a destination that does not work for a time.
func downFor(d time.Duration) func(int) error {
	works := time.Now().Add(d)
	return func(int) error {
		if time.Now().Before(works) {
			return errDown
		}
		return nil
	}
}

func TestASinkThatStaysGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.take(h.plan("ops", "u", "1", nil))
		h.opened["u1"].answer = downFor(10 * time.Second)
		h.publish("a")
		h.take(h.plan("ops", "u", "1", nil))
		h.publish("b")
		time.Sleep(time.Minute)
		h.want(map[string]string{"u1": "a b"})
	})
}

func TestWhatWaitsGoesWhereItIsToGoNow(t *testing.T) {
	for name, next := range map[string]func(h *house) Plan{
		"another secret": func(h *house) Plan { return h.plan("ops", "u", "2", nil) },
		"another URL":    func(h *house) Plan { return h.plan("ops", "w", "1", nil) },
		"another name":   func(h *house) Plan { return h.plan("web", "u", "2", nil) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHouse(t)
				h.take(h.plan("ops", "u", "1", errDown))
				h.publish("a")
				time.Sleep(10 * time.Minute)
				p := next(h)
				h.take(p)
				synctest.Wait()
				if got := h.opened[p.Target+p.Manner].got(); got != "a" {
					t.Errorf("at once it gets %q", got)
				}
				h.publish("b")
				if problems := h.set.Problems(); len(problems) > 0 {
					t.Errorf("problems %q", problems)
				}
				h.want(map[string]string{"u1": "", p.Target + p.Manner: "a b"})
			})
		})
	}
}

// TestNamesThatMoveDoNotMixWhatWaits where an unnamed sink goes, and the next one
// has its name from then on.
func TestNamesThatMoveDoNotMixWhatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.take(h.plan("webhook", "u", "", nil), h.plan("webhook-2", "w", "", nil))
		h.opened["w"].answer = downFor(10 * time.Second)
		h.publish("a")
		h.take(h.plan("webhook", "w", "", nil))
		synctest.Wait()
		h.publish("b")
		time.Sleep(time.Minute)
		h.want(map[string]string{"u": "a", "w": "a b"})
	})
}

func TestASinkThatGoesHasAWhileForWhatWaits(t *testing.T) {
	for name, tc := range map[string]struct {
		down time.Duration
		want string
	}{
		"it works soon":  {2 * time.Second, "a b"},
		"it never works": {time.Hour, ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHouse(t)
				h.take(h.plan("ops", "u", "", nil))
				h.opened["u"].answer = downFor(tc.down)
				h.publish("a")
				h.publish("b")
				h.take()
				synctest.Wait()
				h.publish("later")
				time.Sleep(FlushTime + 2*patience)
				if !h.opened["u"].isClosed() {
					t.Error("it is still open")
				}
				h.want(map[string]string{"u": tc.want})
			})
		})
	}
}

func TestANewSinkGetsWhatComesFromThenOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.take(h.plan("ops", "u", "", nil))
		h.publish("a")
		h.take(h.plan("audit", "w", "", nil), h.plan("ops", "u", "", nil))
		h.publish("b")
		h.want(map[string]string{"u": "a b", "w": "b"})
	})
}

func TestOtherKindsAreTakenAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		p := h.plan("ops", "u", "", nil)
		p.Kinds = []event.Kind{event.Denied}
		h.take(p)
		h.publish("a")
		p.Kinds = []event.Kind{event.Leased}
		h.take(p)
		h.publish("b")
		h.want(map[string]string{"u": "b"})
	})
}

func TestAChangeThatFailsChangesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.take(h.plan("ops", "u", "", nil))
		broken := h.plan("b", "w", "", nil)
		broken.Open = func() (Destination, error) { return nil, errDown }
		if _, err := h.set.Prepare([]Plan{h.plan("a", "v", "", nil), broken}); !errors.Is(err, errDown) {
			t.Errorf("got %v", err)
		}
		dropped, err := h.set.Prepare([]Plan{h.plan("a", "x", "", nil)})
		if err = errors.Join(err, dropped.Drop()); err != nil {
			t.Error(err)
		}
		h.publish("a")
		h.want(map[string]string{"u": "a", "v": "", "x": ""})
	})
}

// TestNothingIsLostOrTwiceWhileSinksChange however often they do.
func TestNothingIsLostOrTwiceWhileSinksChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.take(h.plan("ops", "u", "0", nil))
		var want []string
		for n := 1; n <= 50; n++ {
			text := fmt.Sprint(n)
			want = append(want, text)
			h.log.Publish(event.Event{Kind: event.Leased, Host: "web" + text, Text: text})
			h.take(h.plan("ops", "u", text, nil))
		}
		h.end()
		var got []string
		for _, o := range h.opened {
			got = append(got, o.taken...)
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}
