package committer

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.uber.org/goleak"

	"github.com/stage6/stage6/internal/bindings"
	"github.com/stage6/stage6/lease"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// rig is a running committer with everything around it faked.
type rig struct {
	*Committer[int]
	t     *testing.T
	table *fakeTable
	store *fakeStore
	rec   *recorder
	stop  func()
}

func start(t *testing.T, store *fakeStore, o Options) *rig {
	r := &rig{t: t, table: newTable(), store: store, rec: &recorder{}}
	r.Committer = newCommitter(r.table, store, r.rec.done, o)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- r.Run(ctx) }()
	r.stop = func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run gave %v", err)
		}
	}
	return r
}

func (r *rig) submit(ticket bindings.Ticket, item int) {
	r.t.Helper()
	if !r.Submit(ticket, item) {
		r.t.Fatalf("item %d refused", item)
	}
}

// want compares the calls of done since the last time, once all is quiet.
func (r *rig) want(want ...outcome) {
	r.t.Helper()
	synctest.Wait()
	if diff := cmp.Diff(want, r.rec.calls(), cmpopts.EquateErrors(), cmpopts.EquateEmpty()); diff != "" {
		r.t.Fatalf("done was called with (-want +got):\n%s", diff)
	}
}

// bubble runs a test in which time and goroutines are under control.
func bubble(t *testing.T, name string, f func(t *testing.T)) {
	t.Run(name, func(t *testing.T) { synctest.Test(t, f) })
}

func TestSubmit(t *testing.T) {
	bubble(t, "an item leaves when its change is durable", func(t *testing.T) {
		r := start(t, held(), Options{})
		defer r.stop()
		r.submit(r.table.apply(), 1)
		<-r.store.entered
		r.want()
		r.store.leave <- struct{}{}
		r.want(outcome{Items: []int{1}})
	})
	bubble(t, "changes gather while a commit runs, and are committed at once", func(t *testing.T) {
		r := start(t, held(), Options{})
		defer r.stop()
		r.submit(r.table.apply(), 1)
		<-r.store.entered
		r.submit(r.table.apply(), 2)
		r.submit(r.table.apply(), 3)
		r.store.leave <- struct{}{}
		<-r.store.entered
		r.want(outcome{Items: []int{1}})
		r.store.leave <- struct{}{}
		r.want(outcome{Items: []int{2, 3}})
		if diff := cmp.Diff([]int{1, 2}, r.store.sizes); diff != "" {
			t.Errorf("sizes of the commits (-want +got):\n%s", diff)
		}
	})
	bubble(t, "items leave in order of submission, not of their changes", func(t *testing.T) {
		r := start(t, held(), Options{})
		defer r.stop()
		r.table.apply()
		<-r.store.entered
		a, b, c := r.table.apply(), r.table.apply(), r.table.apply()
		r.submit(c, 3)
		r.submit(a, 1)
		r.submit(b, 2)
		r.store.leave <- struct{}{}
		<-r.store.entered
		r.store.leave <- struct{}{}
		r.want(outcome{Items: []int{3, 1, 2}})
	})
	bubble(t, "an item whose change is durable already does not wait for another commit", func(t *testing.T) {
		r := start(t, newStore(), Options{})
		defer r.stop()
		ticket := r.table.apply()
		synctest.Wait()
		r.submit(ticket, 1)
		r.want(outcome{Items: []int{1}})
		if s := r.Stats(); s.Commits != 1 {
			t.Errorf("%d commits, want 1", s.Commits)
		}
	})
	bubble(t, "an item without a change does not wait at all", func(t *testing.T) {
		r := start(t, newStore(), Options{})
		defer r.stop()
		r.submit(bindings.Ticket{}, 1)
		r.want(outcome{Items: []int{1}})
	})
	bubble(t, "beyond the bound items are refused, until there is room again", func(t *testing.T) {
		r := start(t, held(), Options{MaxWaiting: 2})
		defer r.stop()
		first := r.table.apply()
		<-r.store.entered
		r.submit(first, 1)
		r.submit(first, 2)
		if r.Submit(first, 3) {
			t.Error("a third item was taken, want it refused")
		}
		r.store.leave <- struct{}{}
		r.want(outcome{Items: []int{1, 2}})
		r.submit(first, 4)
		r.want(outcome{Items: []int{4}})
		if s := r.Stats(); s.Refused != 1 || s.Items != 3 {
			t.Errorf("%d refused and %d items, want 1 and 3", s.Refused, s.Items)
		}
	})
	bubble(t, "more changes than one commit takes make several", func(t *testing.T) {
		r := start(t, held(), Options{})
		defer r.stop()
		r.table.apply()
		<-r.store.entered
		var last bindings.Ticket
		for range maxChanges + 1 {
			last = r.table.apply()
		}
		r.submit(last, 1)
		for range 2 {
			r.store.leave <- struct{}{}
			<-r.store.entered
		}
		r.want()
		r.store.leave <- struct{}{}
		r.want(outcome{Items: []int{1}})
		if diff := cmp.Diff([]int{1, maxChanges, 1}, r.store.sizes); diff != "" {
			t.Errorf("sizes of the commits (-want +got):\n%s", diff)
		}
	})
}

func TestFailure(t *testing.T) {
	bubble(t, "all that waits of the epoch fails, also what was not in the commit", func(t *testing.T) {
		r := start(t, held(), Options{})
		defer r.stop()
		r.store.fail(errFull)
		r.submit(r.table.apply(), 1)
		<-r.store.entered
		r.submit(r.table.apply(), 2)
		r.store.leave <- struct{}{}
		r.want(outcome{Items: []int{1, 2}, Err: errFull})
		if r.table.Epoch() != 2 {
			t.Errorf("epoch %d, want 2: the table was not rolled back once", r.table.Epoch())
		}
	})
	bubble(t, "the next epoch starts afresh", func(t *testing.T) {
		r := start(t, newStore(), Options{})
		defer r.stop()
		r.store.fail(errFull)
		r.submit(r.table.apply(), 1)
		r.want(outcome{Items: []int{1}, Err: errFull})
		r.store.fail(nil)
		r.submit(r.table.apply(), 2)
		r.want(outcome{Items: []int{2}})
		if s := r.Stats(); s.Failures != 1 || s.Commits != 1 {
			t.Errorf("%d failures and %d commits, want 1 and 1", s.Failures, s.Commits)
		}
	})
	bubble(t, "an item of an epoch that was rolled back fails without a commit", func(t *testing.T) {
		r := start(t, newStore(), Options{})
		defer r.stop()
		r.store.fail(errFull)
		stale := r.table.apply()
		synctest.Wait()
		r.submit(stale, 1)
		r.want(outcome{Items: []int{1}, Err: errFull})
	})
	bubble(t, "an item that was durable before its epoch was rolled back leaves", func(t *testing.T) {
		r := start(t, newStore(), Options{})
		defer r.stop()
		good := r.table.apply()
		synctest.Wait()
		r.store.fail(errFull)
		bad := r.table.apply()
		synctest.Wait()
		r.submit(bad, 2)
		r.want(outcome{Items: []int{2}, Err: errFull})
		r.submit(good, 1)
		r.want(outcome{Items: []int{1}})
	})
	bubble(t, "a ticket of before the committer's time is not durable", func(t *testing.T) {
		r := start(t, newStore(), Options{})
		defer r.stop()
		r.submit(bindings.Ticket{Epoch: 0, Seq: 7}, 1)
		r.want(outcome{Items: []int{1}, Err: errStale})
	})
	bubble(t, "an outage is told of once, and once when it ends", func(t *testing.T) {
		var told []error
		r := start(t, newStore(), Options{Outage: func(err error) { told = append(told, err) }})
		defer r.stop()
		for _, err := range []error{nil, errFull, errFull, nil, nil, errFull} {
			r.store.fail(err)
			r.table.apply()
			synctest.Wait()
		}
		if diff := cmp.Diff([]error{errFull, nil, errFull}, told, cmpopts.EquateErrors()); diff != "" {
			t.Errorf("told (-want +got):\n%s", diff)
		}
	})
	bubble(t, "an outage ends without a change, once the store works again", func(t *testing.T) {
		var told []error
		r := start(t, newStore(), Options{Outage: func(err error) { told = append(told, err) }})
		defer r.stop()
		r.store.fail(errFull)
		r.table.apply()
		<-time.After(3*probeInterval + time.Second)
		r.store.fail(nil)
		<-time.After(10 * probeInterval)
		synctest.Wait()
		if diff := cmp.Diff([]error{errFull, nil}, told, cmpopts.EquateErrors()); diff != "" {
			t.Errorf("told (-want +got):\n%s", diff)
		}
		if r.store.probes != 4 {
			t.Errorf("%d probes, want 3 that fail and one that works", r.store.probes)
		}
		if _, err := r.store.Get(t.Context(), probeName); !errors.Is(err, lease.ErrNotFound) {
			t.Errorf("the probe is kept (%v), want it removed", err)
		}
	})
}

func TestWait(t *testing.T) {
	bubble(t, "ends when the change is durable", func(t *testing.T) {
		r := start(t, held(), Options{})
		defer r.stop()
		ticket, ended := r.table.apply(), make(chan error, 2)
		for range 2 {
			go func() { ended <- r.Wait(t.Context(), ticket) }()
		}
		<-r.store.entered
		synctest.Wait()
		if len(ended) != 0 {
			t.Fatal("Wait ended before the commit")
		}
		r.store.leave <- struct{}{}
		if err := errors.Join(<-ended, <-ended); err != nil {
			t.Error(err)
		}
		if err := r.Wait(t.Context(), ticket); err != nil {
			t.Errorf("of a change that is durable already: %v", err)
		}
	})
	bubble(t, "fails when the change is undone", func(t *testing.T) {
		r := start(t, newStore(), Options{})
		defer r.stop()
		r.store.fail(errFull)
		if err := r.Wait(t.Context(), r.table.apply()); !errors.Is(err, errFull) {
			t.Errorf("got %v, want %v", err, errFull)
		}
	})
	bubble(t, "ends with its context", func(t *testing.T) {
		r := start(t, newStore(), Options{})
		defer r.stop()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := r.Wait(ctx, bindings.Ticket{Epoch: 1, Seq: 99}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want %v", err, context.DeadlineExceeded)
		}
	})
	bubble(t, "fails when the committer ends", func(t *testing.T) {
		r := start(t, newStore(), Options{})
		ended := make(chan error)
		go func() { ended <- r.Wait(t.Context(), bindings.Ticket{Epoch: 1, Seq: 99}) }()
		synctest.Wait()
		r.stop()
		if err := <-ended; !errors.Is(err, ErrEnded) {
			t.Errorf("got %v, want %v", err, ErrEnded)
		}
	})
}

func TestTheEnd(t *testing.T) {
	bubble(t, "what waits is committed first", func(t *testing.T) {
		r := start(t, held(), Options{})
		r.submit(r.table.apply(), 1)
		<-r.store.entered
		r.submit(r.table.apply(), 2)
		go func() {
			r.store.leave <- struct{}{}
			<-r.store.entered
			r.store.leave <- struct{}{}
		}()
		r.stop()
		r.want(outcome{Items: []int{1}}, outcome{Items: []int{2}})
	})
	bubble(t, "items whose changes never came are dropped, and later ones refused", func(t *testing.T) {
		r := start(t, newStore(), Options{})
		r.submit(bindings.Ticket{Epoch: 1, Seq: 99}, 1)
		r.stop()
		r.want(outcome{Items: []int{1}, Err: ErrEnded})
		if r.Submit(bindings.Ticket{}, 2) {
			t.Error("an item was taken after the end")
		}
	})
}

func TestASlowStoreDoesNotHoldSubmit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, held(), Options{MaxWaiting: 10})
		defer r.stop()
		r.table.apply()
		<-r.store.entered
		taken := 0
		for i := range 20 {
			if r.Submit(r.table.apply(), i) {
				taken++
			}
		}
		if taken != 10 {
			t.Errorf("%d taken, want 10", taken)
		}
		r.store.leave <- struct{}{}
		<-r.store.entered
		r.store.leave <- struct{}{}
	})
}

func TestEveryItemEndsOnceWhileTheStoreFailsNowAndThen(t *testing.T) {
	const workers, each = 4, 2000
	var kept, dropped, commits atomic.Int64
	seen := make([]atomic.Int32, workers*each)
	done := func(items []int, err error) {
		for _, i := range items {
			seen[i].Add(1)
		}
		if err == nil {
			kept.Add(int64(len(items)))
		} else {
			dropped.Add(int64(len(items)))
		}
	}
	table, store := newTable(), newStore()
	flaky := storeFunc{store, func() error {
		if commits.Add(1)%3 == 0 {
			return errFull
		}
		return nil
	}}
	c := newCommitter(table, flaky, done, Options{MaxWaiting: workers * each})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- c.Run(ctx) }()
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := range each {
				if !c.Submit(table.apply(), w*each+i) {
					t.Error("refused")
				}
			}
		})
	}
	wg.Wait()
	cancel()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	for i := range seen {
		if n := seen[i].Load(); n != 1 {
			t.Fatalf("item %d ended %d times", i, n)
		}
	}
	if s := c.Stats(); int64(s.Items) != kept.Load() || kept.Load()+dropped.Load() != workers*each || kept.Load() == 0 {
		t.Errorf("%d kept (%d counted) and %d dropped of %d", kept.Load(), s.Items, dropped.Load(), workers*each)
	}
}

func TestDurable(t *testing.T) {
	bubble(t, "is told of what a commit made durable, before those who wait, and of nothing else", func(t *testing.T) {
		var r *rig
		var told []int
		r = start(t, newStore(), Options{Durable: func(changes []lease.Change) {
			if got := r.rec.calls(); len(got) > 0 {
				t.Errorf("done was called before: %v", got)
			}
			told = append(told, len(changes))
		}})
		defer r.stop()
		r.submit(r.table.apply(), 1)
		r.want(outcome{Items: []int{1}})
		r.store.fail(errFull)
		r.submit(r.table.apply(), 2)
		r.want(outcome{Items: []int{2}, Err: errFull})
		if diff := cmp.Diff([]int{1}, told); diff != "" {
			t.Errorf("changes (-want +got):\n%s", diff)
		}
	})
}
