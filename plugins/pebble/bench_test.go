package pebble

import (
	"fmt"
	"testing"

	"github.com/stage6/stage6/lease"
)

// BenchmarkCommit commits batches to the disk, each with one sync.
func BenchmarkCommit(b *testing.B) {
	for _, size := range []int{1, 64, 512} {
		b.Run(fmt.Sprintf("%d bindings", size), func(b *testing.B) {
			s := mustOpen(b, b.TempDir(), Options{})
			changes := make([]lease.Change, size)
			b.ReportAllocs()
			for n := 0; b.Loop(); n++ {
				for i := range changes {
					changes[i].After = number((n*size + i) % 100_000)
				}
				mustCommit(b, s, changes...)
			}
			b.ReportMetric(float64(b.N*size)/b.Elapsed().Seconds(), "bindings/s")
		})
	}
}

// BenchmarkLoad reads a store of 100,000 bindings, as a server does at its
// start.
func BenchmarkLoad(b *testing.B) {
	const size, batch = 100_000, 1000
	s := mustOpen(b, b.TempDir(), Options{})
	for n := 0; n < size; n += batch {
		var changes []lease.Change
		for i := range batch {
			changes = append(changes, lease.Change{After: number(n + i)})
		}
		mustCommit(b, s, changes...)
	}
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		if err := s.Load(b.Context(), func(*lease.Binding) error { n++; return nil }); err != nil || n != size {
			b.Fatalf("%d bindings, %v", n, err)
		}
	}
	b.ReportMetric(float64(b.N*size)/b.Elapsed().Seconds(), "bindings/s")
}
