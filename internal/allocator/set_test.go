package allocator

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
)

// TestASetChangesAsIfItWereMadeAnew adds and removes prefixes by chance, and
// compares what is in the set, address by address, with what should be.
func TestASetChangesAsIfItWereMadeAnew(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	base := netip.MustParseAddr("2001:db8::").As16()
	at := func(i int) netip.Addr {
		b := base
		b[15] = byte(i)
		return netip.AddrFrom16(b)
	}
	for range 50 {
		var set Set
		var want [256]bool
		for range 60 {
			p := netip.PrefixFrom(at(rng.IntN(256)), 122+rng.IntN(7)).Masked()
			come := rng.IntN(2) == 0
			was, before := set, slices.Clone(set.spans)
			if set = was.Minus(p); come {
				set = was.Plus(p)
			}
			if !slices.Equal(before, was.spans) {
				t.Fatal("the set that was changed has changed itself")
			}
			for i := range want {
				if p.Contains(at(i)) {
					want[i] = come
				}
			}
			for i := range want {
				if set.Overlaps(netip.PrefixFrom(at(i), 128)) != want[i] {
					t.Fatalf("%s, come %v: %s in the set: %v", p, come, at(i), !want[i])
				}
			}
		}
	}
}
