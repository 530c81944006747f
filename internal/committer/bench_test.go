package committer

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/stage6/stage6/internal/bindings"
)

func TestSubmitAllocatesNothing(t *testing.T) {
	c := newCommitter(newTable(), newStore(), func([]int, error) {}, Options{MaxWaiting: 64})
	round := func() {
		for i := range 64 {
			c.Submit(bindings.Ticket{}, i)
		}
		c.settle()
	}
	if n := testing.AllocsPerRun(100, round); n != 0 {
		t.Errorf("%v allocations in 64 items, want none", n)
	}
}

// BenchmarkThroughput takes items through a committer over the memory store,
// from as many packet workers as there are processors.
func BenchmarkThroughput(b *testing.B) {
	table, left := newTable(), atomic.Int64{}
	room := make(chan struct{}, 1)
	c := newCommitter(table, newStore(), func(items []int, _ error) {
		left.Add(int64(len(items)))
		select {
		case room <- struct{}{}:
		default:
		}
	}, Options{})
	ctx, cancel := context.WithCancel(b.Context())
	ended := make(chan error)
	go func() { ended <- c.Run(ctx) }()
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			for ticket := table.apply(); !c.Submit(ticket, 0); {
				<-room
			}
		}
	})
	cancel()
	if err := <-ended; err != nil || left.Load() != int64(b.N) {
		b.Errorf("%d of %d items left, Run gave %v", left.Load(), b.N, err)
	}
	s := c.Stats()
	b.ReportMetric(float64(s.Changes)/float64(max(s.Commits, 1)), "changes/commit")
}
