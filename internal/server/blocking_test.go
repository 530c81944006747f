package server_test

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/stage6/stage6/internal/exchange"
	"github.com/stage6/stage6/internal/server"
	"github.com/stage6/stage6/pipeline"
)

// blocker is a plugin that says that it may block.
type blocker struct {
	limits pipeline.Limits
	handle handler
}

func (b blocker) Blocking() pipeline.Limits { return b.limits }

func (b blocker) Handle(ctx context.Context, x *pipeline.Exchange) (pipeline.Action, error) {
	return b.handle(ctx, x)
}

// blocking makes a step that may block.
func blocking(log *bytes.Buffer, limits pipeline.Limits, h handler) *server.Step {
	s := step("slow", log, nil)
	s.Handler = blocker{limits, h}
	return s
}

// alone is the arrival of a message that is served in a goroutine of its own.
func alone() exchange.Arrival {
	a := arrival()
	a.Alone = true
	return a
}

// takes makes a handler that takes some time, whatever its context says.
func takes(d time.Duration) handler {
	return func(context.Context, *pipeline.Exchange) (pipeline.Action, error) {
		time.Sleep(d)
		return pipeline.Continue, nil
	}
}

func TestAMessageForAPluginThatMayBlockIsPutAside(t *testing.T) {
	var log bytes.Buffer
	called := false
	srv := newServer(server.Settings{}, blocking(&log, pipeline.Limits{}, func(context.Context, *pipeline.Exchange) (pipeline.Action, error) {
		called = true
		return pipeline.Continue, nil
	}))
	r, reason := serve(t, srv.NewWorker(), arrival(), informationRequest)
	if r.Wait == nil || r.Wait.Known != nil || reason != "" || called {
		t.Fatalf("waits for %+v, dropped for %q, called: %v; want it put aside, not called", r.Wait, reason, called)
	}
	r, reason = serve(t, srv.NewWorker(), r.Wait.Anew(arrival()), informationRequest)
	if r.Wait != nil || reason != "" || !called {
		t.Errorf("then waits for %+v, dropped for %q, called: %v; want it called", r.Wait, reason, called)
	}
	if n := srv.Counters().Snapshot()["received_information-request"]; n != 1 {
		t.Errorf("received %d, want 1", n)
	}
}

func TestPluginsThatMayBlock(t *testing.T) {
	crowded := arrival()
	crowded.Waited = true
	optional := pipeline.Limits{Optional: true}
	for _, c := range []struct {
		name    string
		arrival exchange.Arrival
		limits  pipeline.Limits
		handle  handler
		reason  string
		without int // how many steps the message is to be served without
	}{
		{"one in time counts", alone(), pipeline.Limits{}, takes(249 * time.Millisecond), "", 0},
		{"one that is late is dropped", alone(), pipeline.Limits{}, takes(251 * time.Millisecond), "plugin-slow", 0},
		{"one that is late is left out", alone(), optional, takes(time.Hour), "", 1},
		{"one has as long as it says", alone(), pipeline.Limits{Deadline: 2 * time.Second}, takes(1999 * time.Millisecond), "", 0},
		{"none has longer than ten seconds", alone(), pipeline.Limits{Deadline: time.Hour}, takes(10001 * time.Millisecond), "plugin-slow", 0},
		{"a message without a place is dropped", crowded, pipeline.Limits{}, takes(0), "plugin-busy", 0},
		{"a message without a place goes on", crowded, optional, takes(0), "", 0},
		{"an error drops the message", alone(), optional, act(pipeline.Continue, errors.New("broken")), "plugin-error", 0},
		{"a panic drops the message", alone(), optional, func(context.Context, *pipeline.Exchange) (pipeline.Action, error) { panic("broken") }, "plugin-panic", 0},
		{"the end of the goroutine drops the message", alone(), optional, func(context.Context, *pipeline.Exchange) (pipeline.Action, error) {
			runtime.Goexit()
			return pipeline.Continue, nil
		}, "plugin-error", 0},
		{"a drop with a reason is counted by it", alone(), optional, func(_ context.Context, x *pipeline.Exchange) (pipeline.Action, error) {
			return x.Drop("no-such-luck")
		}, "no-such-luck", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var log bytes.Buffer
				w := newServer(server.Settings{}, blocking(&log, c.limits, c.handle)).NewWorker()
				r, reason := serve(t, w, c.arrival, informationRequest)
				without := 0
				if r.Wait != nil {
					without = len(r.Wait.Without)
				}
				if reason != c.reason || without != c.without {
					t.Errorf("dropped for %q, or to be served without %d; want %q, %d", reason, without, c.reason, c.without)
				}
				time.Sleep(2 * time.Hour) // what is late returns
			})
		})
	}
}

func TestALateResultIsThrownAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		tagged := make(chan bool, 1)
		srv := newServer(server.Settings{}, blocking(&log, pipeline.Limits{Optional: true}, func(_ context.Context, x *pipeline.Exchange) (pipeline.Action, error) {
			time.Sleep(time.Minute)
			x.Tag("late") // of memory that is its own
			return x.Drop("late")
		}), step("next", &log, func(_ context.Context, x *pipeline.Exchange) (pipeline.Action, error) {
			tagged <- x.HasTag("late")
			return pipeline.Continue, nil
		}))
		w := srv.NewWorker()
		r, _ := serve(t, w, alone(), informationRequest)
		if !w.Lost() || r.Wait == nil {
			t.Fatalf("lost: %v, waits: %v; want the worker left to the plugin and the message served again", w.Lost(), r.Wait)
		}
		_, reason := serve(t, srv.NewWorker(), r.Wait.Anew(alone()), informationRequest)
		if reason != "" || <-tagged {
			t.Errorf("dropped for %q, or what came late counts", reason)
		}
		time.Sleep(time.Hour)
		if n := srv.Counters().Snapshot()["dropped_late"]; n != 0 {
			t.Errorf("what came late dropped %d messages", n)
		}
	})
}

func TestABreakerStopsCallingAPluginWhosePoolIsFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		var calls atomic.Int32
		release := make(chan struct{})
		srv := newServer(server.Settings{}, blocking(&log, pipeline.Limits{Calls: 2}, func(context.Context, *pipeline.Exchange) (pipeline.Action, error) {
			calls.Add(1)
			<-release
			return pipeline.Continue, nil
		}))
		ask := func(want string, wantCalls int32) {
			t.Helper()
			if _, reason := serve(t, srv.NewWorker(), alone(), informationRequest); reason != want || calls.Load() != wantCalls {
				t.Errorf("dropped for %q after %d calls; want %q, %d", reason, calls.Load(), want, wantCalls)
			}
		}
		ask("plugin-slow", 1)
		ask("plugin-slow", 2)
		ask("plugin-busy", 2) // the pool is full: the breaker opens
		time.Sleep(2 * time.Second)
		ask("plugin-busy", 2) // and is full still
		release <- struct{}{}
		ask("plugin-busy", 2) // the breaker is open for a second
		r, reason := serve(t, srv.NewWorker(), arrival(), informationRequest)
		if r.Wait != nil || reason != "plugin-busy" {
			t.Errorf("meanwhile a message is put aside: %v, dropped for %q", r.Wait, reason)
		}
		time.Sleep(2 * time.Second)
		ask("plugin-slow", 3) // half open: one try, which fails
		ask("plugin-busy", 3)
		close(release)
		time.Sleep(2 * time.Second)
		ask("", 4) // the next one succeeds: closed
		ask("", 5)
		for _, want := range []string{"what=broken", "what=slow", "plugin works again"} {
			if !strings.Contains(log.String(), want) {
				t.Errorf("the log does not say %s:\n%s", want, log.String())
			}
		}
	})
}

func TestWhatPluginsDoWrongIsCountedByTheirNames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		chatty := step("chatty", &log, act(pipeline.Continue, nil))
		chatty.Unlogged = func() uint64 { return 7 }
		srv := newServer(server.Settings{}, chatty, blocking(&log, pipeline.Limits{Calls: 1, Optional: true}, takes(time.Second)))
		serve(t, srv.NewWorker(), alone(), informationRequest)
		serve(t, srv.NewWorker(), alone(), informationRequest)
		want := map[string]float64{
			"stage6_plugin_failures_total slow slow": 1, "stage6_plugin_failures_total slow broken": 1, "stage6_plugin_failures_total slow busy": 1,
			"stage6_plugin_calls slow": 1, "stage6_plugin_broken slow": 1, "stage6_plugin_log_suppressed_total chatty": 7,
			"stage6_plugin_seconds slow": 1,
		}
		got := metrics(t, srv.Plugins())
		maps.DeleteFunc(got, func(_ string, n float64) bool { return n == 0 })
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("metrics (-want +got)\n%s", diff)
		}
		time.Sleep(time.Minute)
	})
}

// asking is a source of identity that asks somebody else.
type asking struct{ blocker }

func (a asking) Identify(x *pipeline.Exchange) { _, _ = a.handle(context.Background(), x) }

func TestASourceThatMayBlockIsAskedAside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		for _, c := range []struct {
			takes  time.Duration
			reason string
		}{{200 * time.Millisecond, ""}, {time.Second, "plugin-slow"}} {
			s := step("asking", &log, nil)
			s.Handler = asking{blocker{pipeline.Limits{}, takes(c.takes)}}
			srv := newServer(server.Settings{}, s)
			r, reason := serve(t, srv.NewWorker(), arrival(), informationRequest)
			if r.Wait == nil || reason != "" {
				t.Fatalf("waits for %v, dropped for %q; want it put aside", r.Wait, reason)
			}
			if _, reason := serve(t, srv.NewWorker(), r.Wait.Anew(arrival()), informationRequest); reason != c.reason {
				t.Errorf("after %v dropped for %q, want %q", c.takes, reason, c.reason)
			}
		}
		time.Sleep(time.Minute)
	})
}

func TestAPanicBesideTheExchangesEndsNothing(t *testing.T) {
	var log bytes.Buffer
	s := step("moody", &log, nil)
	s.Faults = &server.Faults{}
	if err := s.Contain(func() error { panic("a bad day") }); err != nil {
		t.Errorf("it gives %v", err)
	}
	if want := errors.New("as it is"); s.Contain(func() error { return want }) != want {
		t.Error("an error is not given as it is")
	}
	srv := newServer(server.Settings{}, s)
	if n := metrics(t, srv.Plugins())["stage6_plugin_failures_total moody panic"]; n != 1 || !strings.Contains(log.String(), "a bad day") {
		t.Errorf("counted %v times, and the log says %s", n, log.String())
	}
}
