package bindings_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/stage6/stage6/internal/allocator"
	"github.com/stage6/stage6/internal/bindings"
)

func TestAPrefixHasAddressesOfPools(t *testing.T) {
	tb := bindings.New(time.Now, bindings.Options{})
	for _, spec := range []allocator.Spec{
		{Name: "within", Prefixes: []netip.Prefix{netip.MustParsePrefix("2001:db8:10::d:0/112")}},
		{Name: "across", Ranges: []allocator.Range{{First: netip.MustParseAddr("2001:db8:20::ffff:ffff:ffff:0"), Last: netip.MustParseAddr("2001:db8:20:1::ff")}}},
		{Name: "delegated", Prefixes: []netip.Prefix{netip.MustParsePrefix("2001:db8:f000::/40")}, Lengths: []int{56}},
	} {
		if _, err := tb.AddPool(spec, allocator.Hashed); err != nil {
			t.Fatal(err)
		}
	}
	for prefix, want := range map[string]bool{
		"2001:db8:10::/64":       true,
		"2001:db8:10::d:0/112":   true,
		"2001:db8:10::d:100/120": true,
		"2001:db8:11::/64":       false,
		"2001:db8:20::/64":       true,
		"2001:db8:20:1::/64":     true,
		"2001:db8:20:2::/64":     false,
		"2001:db8:f000::/48":     false,
		"::/0":                   true,
	} {
		if got := tb.LeasesOf(netip.MustParsePrefix(prefix)); got != want {
			t.Errorf("%s: got %t", prefix, got)
		}
	}
}
