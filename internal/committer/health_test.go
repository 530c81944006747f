package committer

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestAStoreThatIsSlow(t *testing.T) {
	bubble(t, "is told of once, and once when it is fast again", func(t *testing.T) {
		var told []time.Duration
		r := start(t, held(), Options{Slow: func(takes time.Duration) { told = append(told, takes) }})
		defer r.stop()
		for range 3 {
			r.table.apply()
			<-r.store.entered
			<-time.After(1500 * time.Millisecond)
			r.store.leave <- struct{}{}
		}
		synctest.Wait()
		if p := r.Pace(); p != (Pace{Slow: 1500 * time.Millisecond}) {
			t.Errorf("its pace is %+v", p)
		}
		<-time.After(time.Minute)
		synctest.Wait()
		if diff := cmp.Diff([]time.Duration{1500 * time.Millisecond, 0}, told); diff != "" {
			t.Errorf("told (-want +got):\n%s", diff)
		}
		if p := r.Pace(); p != (Pace{}) {
			t.Errorf("its pace is %+v", p)
		}
		if r.store.probes != 2 {
			t.Errorf("%d probes, want 2: none once it is fast", r.store.probes)
		}
	})
	bubble(t, "and then hangs, fails until it comes back", func(t *testing.T) {
		var told []error
		r := start(t, held(), Options{Outage: func(err error) { told = append(told, err) }})
		defer r.stop()
		r.submit(r.table.apply(), 1)
		<-r.store.entered
		<-time.After(time.Hour)
		synctest.Wait()
		if diff := cmp.Diff([]error{errHung}, told, cmpopts.EquateErrors()); diff != "" {
			t.Errorf("told (-want +got):\n%s", diff)
		}
		if p := r.Pace(); p != (Pace{Running: time.Hour, Slow: time.Hour}) {
			t.Errorf("its pace is %+v", p)
		}
		r.store.leave <- struct{}{}
		r.want(outcome{Items: []int{1}})
		if diff := cmp.Diff([]error{errHung, nil}, told, cmpopts.EquateErrors()); diff != "" {
			t.Errorf("told (-want +got):\n%s", diff)
		}
	})
	bubble(t, "within a second is not slow", func(t *testing.T) {
		r := start(t, held(), Options{Slow: func(takes time.Duration) { t.Errorf("it takes %v", takes) }})
		defer r.stop()
		r.table.apply()
		<-r.store.entered
		<-time.After(time.Second)
		r.store.leave <- struct{}{}
		synctest.Wait()
	})
}
