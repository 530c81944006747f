package daemon

import (
	"context"
	"io"
	"testing"
	"testing/synctest"

	"github.com/sirupsen/logrus"
	logtest "github.com/sirupsen/logrus/hooks/test"

	"github.com/stage6/stage6/internal/server"
	"github.com/stage6/stage6/lease"
)

// follower is a plugin that is told of leases.
type follower func(changes []lease.Change)

func (f follower) Follow(changes []lease.Change) { f(changes) }

// told runs a test of a teller; the plugin is told by f.
func told(t *testing.T, f follower, test func(*teller, *logtest.Hook)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		log, hook := logtest.NewNullLogger()
		log.SetOutput(io.Discard)
		teller := newTeller(&server.Step{Name: "plugin", Log: logrus.NewEntry(log), Faults: &server.Faults{}}, f)
		ctx, end := context.WithCancel(context.Background())
		ended := make(chan error)
		go func() { ended <- teller.run(ctx) }()
		test(teller, hook)
		end()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func changes(n int) []lease.Change { return make([]lease.Change, n) }

func TestAPluginIsToldOfLeasesInTheirOrder(t *testing.T) {
	var got []*lease.Binding
	told(t, func(changes []lease.Change) {
		for _, c := range changes {
			got = append(got, c.After)
		}
	}, func(teller *teller, _ *logtest.Hook) {
		var want []*lease.Binding
		for i := range 10 {
			b := &lease.Binding{}
			want = append(want, b)
			teller.add([]lease.Change{{After: b}})
			if i%3 == 0 {
				synctest.Wait()
			}
		}
		synctest.Wait()
		for i := range want {
			if i >= len(got) || got[i] != want[i] {
				t.Fatalf("it was told of %d changes, or in another order", len(got))
			}
		}
	})
}

func TestAPluginThatPanicsIsToldOfTheNextLeases(t *testing.T) {
	calls := 0
	told(t, func([]lease.Change) {
		if calls++; calls == 1 {
			panic("a bad day")
		}
	}, func(teller *teller, hook *logtest.Hook) {
		teller.add(changes(1))
		synctest.Wait()
		teller.add(changes(1))
		synctest.Wait()
		if calls != 2 || hook.LastEntry() == nil || hook.LastEntry().Data["what"] != "panic" {
			t.Errorf("%d calls, and the log says %v; want 2, and a panic", calls, hook.LastEntry())
		}
	})
}

func TestAPluginThatBlocksKeepsNoLeaseWaiting(t *testing.T) {
	var release chan struct{}
	told(t, func([]lease.Change) { <-release }, func(teller *teller, hook *logtest.Hook) {
		release = make(chan struct{}) // of the bubble
		teller.add(changes(1))
		synctest.Wait()
		teller.add(changes(maxUntold))
		if n := len(hook.AllEntries()); n != 0 {
			t.Fatalf("%d lines in the log before too much waits", n)
		}
		teller.add(changes(1))
		if last := hook.LastEntry(); last == nil || last.Data["what"] != "stuck" {
			t.Errorf("the log says %v, want that it is stuck", last)
		}
		close(release)
	})
}
