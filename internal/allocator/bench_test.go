package allocator

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"
)

// fillLevels are the parts of a pool that are taken.
var fillLevels = []float64{0, 0.5, 0.9, 0.99, 0.999, 0.9999}

// filled gives what is free of a pool of 2^20 addresses of which a part, by chance,
// is taken, and units by chance.
func filled(tb testing.TB, level float64) (f *Free, by []uint64) {
	tb.Helper()
	s, err := New(Spec{Name: "pool", Prefixes: []netip.Prefix{netip.MustParsePrefix("2001:db8::/108")}})
	if err != nil {
		tb.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	f = s.NewFree()
	f.Give(0, s.Units()-1)
	order := rng.Perm(int(s.Units()))
	for _, unit := range order[:int(level*float64(s.Units()))] {
		f.Take(uint64(unit), uint64(unit))
	}
	for range 1 << 16 {
		by = append(by, rng.Uint64N(s.Units()))
	}
	return f, by
}

// BenchmarkAllocate takes an address, looking from anywhere, and gives it back.
func BenchmarkAllocate(b *testing.B) {
	for _, level := range fillLevels {
		b.Run(fmt.Sprintf("full=%v%%", level*100), func(b *testing.B) {
			f, by := filled(b, level)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				unit, ok := f.Next(0, by[i%len(by)])
				if !ok {
					b.Fatal("nothing is free")
				}
				f.Take(unit, unit)
				f.Give(unit, unit)
			}
		})
	}
}

func TestAllocationAllocatesNothing(t *testing.T) {
	for _, level := range fillLevels {
		f, by := filled(t, level)
		i := 0
		n := testing.AllocsPerRun(1000, func() {
			unit, _ := f.Next(0, by[i])
			f.Take(unit, unit)
			f.Give(unit, unit)
			i++
		})
		if n != 0 {
			t.Errorf("%v%% full: %v allocations", level*100, n)
		}
	}
}

// TestALookUpHasFewSteps shows that what is free is found in as many steps in a full
// pool as in an empty one: from looks at two words of a level going up, if it begins
// anew, and at one going down.
func TestALookUpHasFewSteps(t *testing.T) {
	if n := len(NewBitmap(mappedUnits).levels); n > 5 {
		t.Errorf("the largest pool has %d levels, want 5 at most", n)
	}
}
