package allocator_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stage6/stage6/internal/allocator"
)

// next is what Bitmap.Next does, the long way.
func next(set []bool, from uint64) (uint64, bool) {
	for n := range uint64(len(set)) {
		if i := (from + n) % uint64(len(set)); set[i] {
			return i, true
		}
	}
	return 0, false
}

func TestBitmapFindsTheNextMember(t *testing.T) {
	for _, size := range []uint64{1, 2, 63, 64, 65, 4095, 4096, 4097, 300000} {
		t.Run(fmt.Sprint(size, " numbers"), func(t *testing.T) {
			random := rand.New(rand.NewPCG(size, 1))
			b, want := allocator.NewBitmap(size), make([]bool, size)
			for range 200 {
				first := random.Uint64N(size)
				last := min(size-1, first+random.Uint64N(1+random.Uint64N(size)))
				member := random.IntN(3) == 0
				if member {
					b.Set(first, last)
				} else {
					b.Clear(first, last)
				}
				for i := first; i <= last; i++ {
					want[i] = member
				}
				from := random.Uint64N(size)
				got, ok := b.Next(from)
				if n, any := next(want, from); got != n || ok != any {
					t.Fatalf("next from %d: got %d %v, want %d %v", from, got, ok, n, any)
				}
				if full := b.Full(first, last); full != member {
					t.Fatalf("full from %d to %d: got %v", first, last, full)
				}
				if b.Has(from) != want[from] {
					t.Fatalf("%d is a member: %v", from, b.Has(from))
				}
			}
		})
	}
}

func TestBitmapFindsTheLastMember(t *testing.T) {
	const size = 1<<20 + 7
	b := allocator.NewBitmap(size)
	if _, ok := b.Next(5); ok {
		t.Error("an empty set has a member")
	}
	for _, only := range []uint64{0, 63, 64, 4096, 1 << 19, size - 1} {
		b.Set(only, only)
		for _, from := range []uint64{0, only, size - 1} {
			if got, ok := b.Next(from); !ok || got != only {
				t.Errorf("next from %d: got %d %v, want %d", from, got, ok, only)
			}
		}
		b.Clear(only, only)
	}
}
