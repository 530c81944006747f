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
