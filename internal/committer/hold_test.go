package committer

import (
	"testing"
	"time"
)

func TestChangesOfOneBatchGather(t *testing.T) {
	bubble(t, "until it is served", func(t *testing.T) {
		r := start(t, newStore(), Options{})
		r.want() // Run has begun
		defer r.stop()
		r.Hold()
		for i := range 3 {
			r.submit(r.table.apply(), i)
			r.want()
		}
		r.Release()
		r.want(outcome{Items: []int{0, 1, 2}})
		if got := r.Stats().Commits; got != 1 {
			t.Errorf("%d commits, want 1", got)
		}
	})
	bubble(t, "with those of another one", func(t *testing.T) {
		r := start(t, newStore(), Options{})
		r.want() // Run has begun
		defer r.stop()
		r.Hold()
		r.Hold()
		r.submit(r.table.apply(), 1)
		r.Release()
		r.want()
		r.submit(r.table.apply(), 2)
		r.Release()
		r.want(outcome{Items: []int{1, 2}})
	})
	bubble(t, "but not for longer than a millisecond", func(t *testing.T) {
		r := start(t, newStore(), Options{})
		r.want() // Run has begun
		defer r.stop()
		r.Hold()
		defer r.Release()
		for i := range 2 {
			r.submit(r.table.apply(), i)
			r.want()
			time.Sleep(longestHold)
			r.want(outcome{Items: []int{i}})
		}
	})
	bubble(t, "and not once it was served", func(t *testing.T) {
		r := start(t, newStore(), Options{})
		r.want() // Run has begun
		defer r.stop()
		r.Hold()
		r.Release()
		before := time.Now()
		r.submit(r.table.apply(), 1)
		r.want(outcome{Items: []int{1}})
		r.Hold() // what the last Release left must not end this one
		r.submit(r.table.apply(), 2)
		r.want()
		r.Release()
		r.want(outcome{Items: []int{2}})
		if took := time.Since(before); took > 0 {
			t.Errorf("took %v", took)
		}
	})
	bubble(t, "and ends with Run", func(t *testing.T) {
		r := start(t, newStore(), Options{})
		r.want() // Run has begun
		r.Hold()
		r.submit(r.table.apply(), 1)
		r.stop()
		r.want(outcome{Items: []int{1}})
	})
}
