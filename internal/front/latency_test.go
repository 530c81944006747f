package front

import (
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/stage6/stage6/internal/committer"
	"github.com/stage6/stage6/internal/listen"
)

// took gives how many replies left in each way.
func (r *rig) took() map[string]uint64 {
	r.t.Helper()
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(r.front.Latency())
	families, err := registry.Gather()
	if err != nil {
		r.t.Fatal(err)
	}
	got := map[string]uint64{}
	for _, m := range families[0].GetMetric() {
		got[m.GetLabel()[0].GetValue()] = m.GetHistogram().GetSampleCount()
	}
	return got
}

// awaitTook waits until so many replies have left in each way: that is noted once
// the kernel has them.
func (r *rig) awaitTook(want map[string]uint64) {
	r.t.Helper()
	r.await(func() bool { return maps.Equal(r.took(), want) }, func() string { return fmt.Sprintf("left %v, want %v", r.took(), want) })
}

func TestRepliesAreTimedByTheWayThatTheyTake(t *testing.T) {
	r := newRig(t, committer.Options{})
	r.awaitTook(map[string]uint64{"direct": 0, "stored": 0, "parked": 0})
	r.conn.in <- []listen.Packet{ask(1), ask(2), request(3, 3)}
	r.reply(1)
	r.reply(2)
	r.awaitTook(map[string]uint64{"direct": 2, "stored": 0, "parked": 0})
	r.store.results <- nil
	r.reply(3)
	r.awaitTook(map[string]uint64{"direct": 2, "stored": 1, "parked": 0})
}

func BenchmarkLatency(b *testing.B) {
	l := newLatency()
	b.ReportAllocs()
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			left(l.direct, 1, 300*time.Microsecond)
		}
	})
}
