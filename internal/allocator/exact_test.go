package allocator

import (
	"net/netip"
	"testing"
)

func TestSizesAreExact(t *testing.T) {
	ranged := func(first, last string) []Range {
		return []Range{{netip.MustParseAddr(first), netip.MustParseAddr(last)}}
	}
	for name, c := range map[string]struct {
		Spec
		size, never string
	}{
		"a few addresses":       {Spec{Ranges: ranged("2001:db8::1", "2001:db8::10")}, "16", "0"},
		"a prefix of addresses": {Spec{Prefixes: []netip.Prefix{netip.MustParsePrefix("2001:db8::/112")}}, "65536", "1"},
		"with excluded ones":    {Spec{Prefixes: []netip.Prefix{netip.MustParsePrefix("2001:db8::d:0/112")}, Exclude: ranged("2001:db8::d:10", "2001:db8::e:0")}, "65536", "65521"},
		"a whole /64":           {Spec{Prefixes: []netip.Prefix{netip.MustParsePrefix("2001:db8::/64")}}, "18446744073709551616", "16777345"},
		"two /64":               {Spec{Ranges: ranged("2001:db8::", "2001:db8:0:1:ffff:ffff:ffff:ffff")}, "36893488147419103232", "33554690"},
		"a whole /48":           {Spec{Prefixes: []netip.Prefix{netip.MustParsePrefix("2001:db8::/48")}}, "1208925819614629174706176", "1099520081920"},
		"prefixes":              {Spec{Prefixes: []netip.Prefix{netip.MustParsePrefix("2001:db8::/40")}, Lengths: []int{56, 64}, Exclude: ranged("2001:db8::", "2001:db8:0:ff:ffff:ffff:ffff:ffff")}, "16777216", "256"},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := New(c.Spec)
			if err != nil {
				t.Fatal(err)
			}
			size, never := s.Exact()
			if size.String() != c.size || never.String() != c.never {
				t.Errorf("got %s and %s, want %s and %s", size, never, c.size, c.never)
			}
			if !s.Mapped() {
				return
			}
			f := s.NewFree()
			f.Give(0, s.Units()-1)
			s.NeverRanges(f.Take)
			if left := size.Uint64() - never.Uint64(); f.Count() != left {
				t.Errorf("%d are free, want %d", f.Count(), left)
			}
		})
	}
}
