package pebble

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/stage6/stage6/lease"
)

// BenchmarkCommit commits batches to the disk, each with one sync.
func BenchmarkCommit(b *testing.B) {
	for size := 1; size <= 1024; size *= 2 {
		b.Run(fmt.Sprintf("bindings=%d", size), func(b *testing.B) {
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

// BenchmarkSync makes 400 octets durable, which is a commit of a few bindings, in a
// log that grows with it, in one that has room but grows, and in one that has its
// length already.
func BenchmarkSync(b *testing.B) {
	const length = 8 << 20
	for name, prepare := range map[string]func(fd int) error{
		"log=grows":                    func(int) error { return nil },
		"log=grows in room of its own": func(fd int) error { return unix.Fallocate(fd, unix.FALLOC_FL_KEEP_SIZE, 0, length) },
		"log=has its length":           func(fd int) error { return unix.Fallocate(fd, 0, 0, length) },
		"log=is nulls":                 func(fd int) error { _, err := unix.Pwrite(fd, make([]byte, length), 0); return err },
	} {
		b.Run(name, func(b *testing.B) {
			f, err := os.Create(filepath.Join(b.TempDir(), "log"))
			if err != nil {
				b.Fatal(err)
			}
			defer f.Close()
			if err := errors.Join(prepare(int(f.Fd())), f.Sync()); err != nil {
				b.Fatal(err)
			}
			record, at := make([]byte, 400), int64(0)
			before := processorTime(b)
			for b.Loop() {
				_, err := f.WriteAt(record, at)
				if err := errors.Join(err, unix.Fdatasync(int(f.Fd()))); err != nil {
					b.Fatal(err)
				}
				at = (at + int64(len(record))) % length
			}
			b.ReportMetric(float64((processorTime(b)-before).Nanoseconds())/float64(b.N), "cpu-ns/op")
		})
	}
}

// processorTime is that of the process so far.
func processorTime(b *testing.B) time.Duration {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
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
