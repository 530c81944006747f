package allocator

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"
)

func TestVacant(t *testing.T) {
	for name, c := range map[string]struct {
		within string
		length int
		taken  []string
		want   string // nothing: none
	}{
		"nothing is taken":                        {"2001:db8::/64", 128, nil, "2001:db8::/128"},
		"the first is taken":                      {"2001:db8::/64", 128, []string{"2001:db8::/128"}, "2001:db8::1/128"},
		"a block of which one address is taken":   {"2001:db8::/64", 125, []string{"2001:db8::7/128"}, "2001:db8::8/125"},
		"a gap that is too small for a block":     {"2001:db8::/64", 125, []string{"2001:db8::/126", "2001:db8::8/126"}, "2001:db8::10/125"},
		"what is taken lies partly before":        {"2001:db8::100/120", 128, []string{"2001:db8::/119"}, ""},
		"everything is taken":                     {"2001:db8::/64", 128, []string{"2001:db8::/32"}, ""},
		"all but the last":                        {"2001:db8::/127", 128, []string{"2001:db8::/128"}, "2001:db8::1/128"},
		"only the whole is wanted":                {"2001:db8::/64", 64, []string{"2001:db8::5/128"}, ""},
		"the end of all addresses":                {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:fff0/124", 128, []string{"ffff:ffff:ffff:ffff:ffff:ffff:ffff:fff0/124"}, ""},
		"what is taken lies beyond":               {"2001:db8::/64", 128, []string{"2001:db8:0:1::/64"}, "2001:db8::/128"},
		"a prefix to delegate":                    {"2001:db8:f000::/40", 56, []string{"2001:db8:f000::/48"}, "2001:db8:f001::/56"},
		"two that touch":                          {"2001:db8::/64", 128, []string{"2001:db8::/127", "2001:db8::2/127"}, "2001:db8::4/128"},
		"one inside of another":                   {"2001:db8::/64", 128, []string{"2001:db8::/120", "2001:db8::4/126"}, "2001:db8::100/128"},
		"the second half of what it is looked in": {"2001:db8::/126", 127, []string{"2001:db8::1/128"}, "2001:db8::2/127"},
	} {
		t.Run(name, func(t *testing.T) {
			var taken []netip.Prefix
			for _, p := range c.taken {
				taken = append(taken, netip.MustParsePrefix(p))
			}
			got, ok := NewSet(taken).Vacant(netip.MustParsePrefix(c.within), c.length)
			if ok != (c.want != "") || ok && got.String() != c.want {
				t.Errorf("got %s, %v, want %q", got, ok, c.want)
			}
		})
	}
}

// TestVacantFindsWhatTryingAllFinds compares with looking at each address of
// small prefixes.
func TestVacantFindsWhatTryingAllFinds(t *testing.T) {
	base := netip.MustParseAddr("2001:db8::")
	address := func(n uint64) netip.Addr { return number(base).add(uint128{0, n}).addr() }
	for seed := range uint64(2000) {
		r := rand.New(rand.NewPCG(seed, 1))
		var prefixes []netip.Prefix
		var ranges []Range
		var taken [256]bool
		for range r.IntN(12) {
			p := netip.PrefixFrom(address(r.Uint64N(256)), 122+r.IntN(7)).Masked()
			first := r.Uint64N(256)
			last := min(first+r.Uint64N(20), 255)
			prefixes, ranges = append(prefixes, p), append(ranges, Range{address(first), address(last)})
			for n := range uint64(256) {
				taken[n] = taken[n] || p.Contains(address(n)) || n >= first && n <= last
			}
		}
		within := netip.PrefixFrom(address(r.Uint64N(256)), 120+r.IntN(6)).Masked()
		length := within.Bits() + r.IntN(129-within.Bits())
		want := firstVacant(taken[:], within, length, address)
		got, ok := NewSet(prefixes).With(ranges).Vacant(within, length)
		if text := fmt.Sprint(got, ok); text != want {
			t.Fatalf("seed %d: /%d in %s: got %s, want %s", seed, length, within, text, want)
		}
	}
}

// firstVacant tries all blocks.
func firstVacant(taken []bool, within netip.Prefix, length int, address func(uint64) netip.Addr) string {
	size := 1 << (128 - length)
	for first := 0; first < len(taken); first += size {
		free := within.Contains(address(uint64(first)))
		for _, t := range taken[first : first+size] {
			free = free && !t
		}
		if free {
			return fmt.Sprint(netip.PrefixFrom(address(uint64(first)), length), true)
		}
	}
	return fmt.Sprint(netip.Prefix{}, false)
}

// BenchmarkVacant looks behind a hundred thousand blocks with gaps that are too
// small.
func BenchmarkVacant(b *testing.B) {
	var taken []netip.Prefix
	for n := range uint64(100_000) {
		taken = append(taken, netip.PrefixFrom(uint128{0x20010db800000000, n * 8}.addr(), 126))
	}
	for b.Loop() {
		if _, ok := NewSet(taken).Vacant(netip.MustParsePrefix("2001:db8::/64"), 125); !ok {
			b.Fatal("nothing is free")
		}
	}
}
