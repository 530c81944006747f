package front

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sirupsen/logrus"
	logtest "github.com/sirupsen/logrus/hooks/test"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/committer"
	"github.com/stage6/stage6/internal/events"
	"github.com/stage6/stage6/internal/listen"
	"github.com/stage6/stage6/internal/server"
	"github.com/stage6/stage6/pipeline"
)

// pest is a plugin that blocks while it is told to, without saying so.
type pest struct {
	blocks  atomic.Bool
	release chan struct{}
	began   atomic.Int32 // calls
	came    chan byte    // the transaction id of each exchange that it lets go on
}

func (p *pest) Handle(_ context.Context, x *pipeline.Exchange) (pipeline.Action, error) {
	p.began.Add(1)
	if p.blocks.Load() {
		<-p.release
		x.Tag("late")
	}
	p.came <- x.TransactionID()[2]
	return pipeline.Continue, nil
}

// pestered runs a test of a rig with a pest and a watchdog.
func pestered(t *testing.T, test func(*rig, *pest, *logtest.Hook)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		log, hook := logtest.NewNullLogger()
		p := &pest{release: make(chan struct{}), came: make(chan byte, 2000)}
		happened := events.New(time.Now)
		r := newRig(t, committer.Options{}, &server.Step{Name: "pest", Handler: p, Log: logrus.NewEntry(log), Events: pipeline.NewEvents(happened)})
		ctx, end := context.WithCancel(context.Background())
		ended := make(chan error)
		go func() { ended <- r.server.Watch(ctx) }()
		t.Cleanup(func() {
			end()
			<-ended
		})
		test(r, p, hook)
		if p := happened.Read(events.Query{}); len(p.Events) > 0 && p.Events[0].Source != "pest" {
			t.Errorf("the event is %s, want one of the plugin", &p.Events[0])
		}
	})
}

// pass lets time pass, for the watchdog to look.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func TestAReaderGoesOnWithoutAnExchangeThatBlocksIt(t *testing.T) {
	pestered(t, func(r *rig, p *pest, hook *logtest.Hook) {
		p.blocks.Store(true)
		r.conn.in <- []listen.Packet{ask(1)}
		synctest.Wait()
		p.blocks.Store(false)
		pass(time.Second)
		r.counted("dropped_plugin-stuck", 1)
		r.conn.in <- []listen.Packet{ask(2)}
		r.reply(2)
		if last := hook.LastEntry(); last == nil || last.Data["what"] != "stuck" {
			r.t.Errorf("the log says %v, want that the plugin is stuck", last)
		}
		close(p.release) // what comes late is not heard
		r.quiet()
		r.counted("sent_reply", 1)
	})
}

func TestTheOthersOfABatchAreServed(t *testing.T) {
	pestered(t, func(r *rig, p *pest, _ *logtest.Hook) {
		p.blocks.Store(true)
		r.conn.in <- []listen.Packet{ask(1), ask(2), ask(3)}
		synctest.Wait()
		p.blocks.Store(false)
		for range 2 { // one alone, beside the others
			<-p.came
		}
		pass(time.Second)
		r.counted("sent_reply", 2)
		r.counted("dropped_plugin-stuck", 1)
		close(p.release)
	})
}

func TestAPluginThatBlockedIsTreatedAsOneThatMay(t *testing.T) {
	pestered(t, func(r *rig, p *pest, _ *logtest.Hook) {
		p.blocks.Store(true)
		r.conn.in <- []listen.Packet{ask(1)}
		pass(time.Second)
		r.conn.in <- []listen.Packet{ask(2)}
		pass(time.Second)
		r.counted("dropped_plugin-stuck", 1)
		r.counted("dropped_plugin-slow", 1)
		if n := p.began.Load(); n != 2 {
			r.t.Errorf("%d calls, want 2", n)
		}
		close(p.release)
	})
}

func TestASocketIsClosedWhileAPluginBlocks(t *testing.T) {
	pestered(t, func(r *rig, p *pest, _ *logtest.Hook) {
		p.blocks.Store(true)
		r.conn.in <- []listen.Packet{ask(1)}
		synctest.Wait()
		r.hangUp()
		if err := <-r.ended; err != nil {
			r.t.Error(err)
		}
		r.ended <- nil
		close(p.release)
	})
}

func TestAParkedExchangeThatAPluginBlocksGivesItsPlaceBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log, _ := logtest.NewNullLogger()
		l := &latecomer{known: make(chan struct{}), seen: make(chan ident.MAC, 10)}
		p := &pest{release: make(chan struct{}), came: make(chan byte, 10)}
		p.blocks.Store(true)
		r := newRig(t, committer.Options{}, &server.Step{Name: "identify", Handler: l}, &server.Step{Name: "pest", Handler: p, Log: logrus.NewEntry(log)})
		ctx, end := context.WithCancel(context.Background())
		defer end()
		go func() { _ = r.server.Watch(ctx) }()
		r.conn.in <- []listen.Packet{ask(1)}
		synctest.Wait()
		l.tell()
		pass(time.Second)
		if n := r.front.parking.len(); n != 0 {
			t.Errorf("%d are parked, want none", n)
		}
		r.counted("dropped_plugin-stuck", 1)
		close(p.release)
		r.quiet()
	})
}

func TestAQuickPluginIsNotTakenForStuck(t *testing.T) {
	pestered(t, func(r *rig, p *pest, hook *logtest.Hook) {
		for xid := range byte(100) {
			r.conn.in <- []listen.Packet{ask(xid)}
			r.reply(xid)
			pass(50 * time.Millisecond)
		}
		if n := len(hook.AllEntries()); n != 0 {
			r.t.Errorf("%d lines in the log, want none", n)
		}
	})
}

// sluggard is a plugin that says that it may block.
type sluggard struct{ *pest }

func (sluggard) Blocking() pipeline.Limits { return pipeline.Limits{Deadline: time.Second} }

// slowed runs a test of a rig with a sluggard.
func slowed(t *testing.T, test func(*rig, *pest)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		log, _ := logtest.NewNullLogger()
		p := &pest{release: make(chan struct{}), came: make(chan byte, 2000)}
		p.blocks.Store(true)
		test(newRig(t, committer.Options{}, &server.Step{Name: "slow", Handler: sluggard{p}, Log: logrus.NewEntry(log)}), p)
	})
}

func TestAPluginThatMayBlockKeepsNobodyElseWaiting(t *testing.T) {
	slowed(t, func(r *rig, p *pest) {
		r.conn.in <- []listen.Packet{ask(1)}
		r.quiet()
		p.blocks.Store(false) // for those who come now
		begun := time.Now()
		r.conn.in <- []listen.Packet{ask(2)}
		r.reply(2)
		if took := time.Since(begun); took != 0 {
			r.t.Errorf("it took %v", took)
		}
		close(p.release)
		r.reply(1)
		r.quiet()
		r.wantMetrics(map[string]float64{
			"stage6_front_parked": 0, "stage6_front_parked_total known": 0, "stage6_front_parked_total late": 0,
			"stage6_front_parked_total plugin": 2, "stage6_front_parking_full_total": 0,
		})
	})
}

func TestARetransmissionForAPluginThatBlocksIsDropped(t *testing.T) {
	slowed(t, func(r *rig, p *pest) {
		r.conn.in <- []listen.Packet{ask(1), ask(1)}
		r.quiet()
		r.counted("dropped_"+server.DropAlreadyWaiting, 1)
		if n := p.began.Load(); n != 1 {
			r.t.Errorf("%d calls, want 1", n)
		}
		close(p.release)
		r.reply(1)
		r.quiet()
	})
}

func TestAPluginThatNeverReturnsCostsItsExchangesOnly(t *testing.T) {
	slowed(t, func(r *rig, p *pest) {
		for xid := range byte(20) {
			r.conn.in <- []listen.Packet{ask(xid)}
		}
		pass(time.Minute)
		r.counted("dropped_plugin-slow", 16)
		r.counted("dropped_plugin-busy", 4)
		p.blocks.Store(false)
		r.conn.in <- []listen.Packet{ask(100)} // all its calls are used up
		pass(time.Second)
		r.counted("dropped_plugin-busy", 5)
		r.silent()
		close(p.release)
		pass(time.Minute)
		r.conn.in <- []listen.Packet{ask(101)}
		r.reply(101)
	})
}

func TestTheEndDoesNotWaitForAPluginThatBlocks(t *testing.T) {
	slowed(t, func(r *rig, p *pest) {
		r.conn.in <- []listen.Packet{ask(1)}
		synctest.Wait()
		begun := time.Now()
		r.hangUp()
		err := <-r.ended
		if took := time.Since(begun); err != nil || took != 0 {
			r.t.Errorf("it took %v, %v", took, err)
		}
		r.ended <- nil
		r.counted("dropped_"+server.DropSocketClosed, 1)
		close(p.release)
	})
}
