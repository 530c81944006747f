package server_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stage6/stage6/internal/server"
	"github.com/stage6/stage6/pipeline"
)

// blocker is a plugin that says that it may block.
type blocker struct {
	most   time.Duration
	handle func(ctx context.Context)
}

func (b blocker) Blocking() time.Duration { return b.most }

func (b blocker) Handle(ctx context.Context, _ *pipeline.Exchange) (pipeline.Action, error) {
	b.handle(ctx)
	return pipeline.Continue, nil
}

func TestPluginsThatBlockAreCalledWhereNobodyWaits(t *testing.T) {
	untilTheEnd := func(ctx context.Context) { <-ctx.Done() }
	for name, c := range map[string]struct {
		waited, alone bool
		plugin        blocker
		parks, called bool
		reason        string
	}{
		"a message that just came is put aside":       {false, false, blocker{time.Hour, nil}, true, false, ""},
		"one that is served alone":                    {true, true, blocker{time.Hour, func(context.Context) {}}, false, true, ""},
		"one for which there was no place is dropped": {true, false, blocker{time.Hour, nil}, false, false, "plugin-busy"},
		"one that takes too long is dropped":          {true, true, blocker{time.Nanosecond, untilTheEnd}, false, true, "plugin-slow"},
	} {
		t.Run(name, func(t *testing.T) {
			called, handle := false, c.plugin.handle
			c.plugin.handle = func(ctx context.Context) { called = true; handle(ctx) }
			a := arrival()
			a.Waited, a.Alone = c.waited, c.alone
			w := newServer(server.Settings{}, &server.Step{Name: "slow", Handler: c.plugin}).NewWorker()
			r, reason := serve(t, w, a, informationRequest)
			if parks := r.Wait != nil; parks != c.parks || called != c.called || reason != c.reason {
				t.Errorf("put aside: %v, called: %v, dropped for %q; want %v, %v, %q", parks, called, reason, c.parks, c.called, c.reason)
			}
			if r.Wait != nil {
				<-r.Wait.Known
			}
		})
	}
}

func TestAPluginWorksOnSoManyMessagesAtATime(t *testing.T) {
	const most = 64
	var entered, done sync.WaitGroup
	release := make(chan struct{})
	entered.Add(most)
	plugin := blocker{time.Hour, func(context.Context) { entered.Done(); <-release }}
	srv := newServer(server.Settings{}, &server.Step{Name: "slow", Handler: plugin})
	a := arrival()
	a.Waited, a.Alone = true, true
	for range most {
		done.Go(func() {
			if _, reason := serve(t, srv.NewWorker(), a, informationRequest); reason != "" {
				t.Errorf("dropped for %q", reason)
			}
		})
	}
	entered.Wait()
	if _, reason := serve(t, srv.NewWorker(), a, informationRequest); reason != "plugin-busy" {
		t.Errorf("one more is dropped for %q, want plugin-busy", reason)
	}
	close(release)
	done.Wait()
	entered.Add(1)
	if _, reason := serve(t, srv.NewWorker(), a, informationRequest); reason != "" {
		t.Errorf("afterwards one is dropped for %q", reason)
	}
}
