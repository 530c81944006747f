package allocator_test

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/stage6/stage6/internal/allocator"
)

func prefixes(in ...string) (out []netip.Prefix) {
	for _, s := range in {
		out = append(out, netip.MustParsePrefix(s))
	}
	return out
}

func ranged(first, last string) allocator.Range {
	return allocator.Range{First: netip.MustParseAddr(first), Last: netip.MustParseAddr(last)}
}

func TestSpecIsRefusedInWords(t *testing.T) {
	tests := []struct {
		name string
		spec allocator.Spec
		want string
	}{
		{"nothing", allocator.Spec{}, `pool "p": empty: want a prefix or a range`},
		{"IPv4", allocator.Spec{Prefixes: prefixes("192.0.2.0/24")}, `pool "p": prefix "192.0.2.0/24": not IPv6`},
		{"bits beyond the length", allocator.Spec{Prefixes: prefixes("2001:db8::1/112")},
			`pool "p": prefix "2001:db8::1/112": bits set beyond the prefix length, did you mean "2001:db8::/112"`},
		{"multicast", allocator.Spec{Prefixes: prefixes("ff02::/16")}, `pool "p": prefix "ff02::/16": not of addresses that can be leased`},
		{"link-local", allocator.Spec{Ranges: []allocator.Range{ranged("fe80::1", "fe80::2")}},
			`pool "p": range "fe80::1-fe80::2": not of addresses that can be leased`},
		{"a zone", allocator.Spec{Ranges: []allocator.Range{ranged("2001:db8::1", "2001:db8::2%eth0")}},
			`pool "p": range "2001:db8::1-2001:db8::2%eth0": has a zone`},
		{"a range that ends before it begins", allocator.Spec{Ranges: []allocator.Range{ranged("2001:db8::2", "2001:db8::1")}},
			`pool "p": range "2001:db8::2-2001:db8::1": the last address is below the first`},
		{"a range of prefixes", allocator.Spec{Ranges: []allocator.Range{ranged("2001:db8::", "2001:db8::1")}, Lengths: []int{64}},
			`pool "p": range "2001:db8::-2001:db8::1": a pool of prefixes has no ranges of addresses`},
		{"a length that does not fit", allocator.Spec{Prefixes: prefixes("2001:db8::/56"), Lengths: []int{64, 48}},
			`pool "p": prefix "2001:db8::/56": no room for prefixes of length 48`},
		{"a length of 129", allocator.Spec{Prefixes: prefixes("2001:db8::/56"), Lengths: []int{129}}, `pool "p": length 129: want 1 to 127`},
		{"a length twice", allocator.Spec{Prefixes: prefixes("2001:db8::/56"), Lengths: []int{64, 64}}, `pool "p": length 64 stands twice`},
		{"parts that overlap", allocator.Spec{Prefixes: prefixes("2001:db8::/112"), Ranges: []allocator.Range{ranged("2001:db8::ffff", "2001:db8::1:1")}},
			`pool "p": "2001:db8::ffff-2001:db8::1:1" overlaps "2001:db8::/112" of the same pool`},
		{"an exclude that ends before it begins", allocator.Spec{Prefixes: prefixes("2001:db8::/112"), Exclude: []allocator.Range{ranged("2001:db8::2", "2001:db8::1")}},
			`pool "p": exclude "2001:db8::2-2001:db8::1": want two IPv6 addresses, the lower first`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.spec.Name = "p"
			if _, err := allocator.New(test.spec); err == nil || err.Error() != test.want {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
		})
	}
}

func mustNew(t *testing.T, spec allocator.Spec) *allocator.Space {
	t.Helper()
	s, err := allocator.New(spec)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestUnitsAreNumberedThroughAllParts(t *testing.T) {
	s := mustNew(t, allocator.Spec{Prefixes: prefixes("2001:db8:9000::/62", "2001:db8:8000::/60"), Lengths: []int{62, 64}})
	var got []string
	for unit := uint64(0); unit < s.Units(); unit += 5 {
		got = append(got, s.Prefix(unit, 64).String())
	}
	want := []string{"2001:db8:8000::/64", "2001:db8:8000:5::/64", "2001:db8:8000:a::/64", "2001:db8:8000:f::/64"}
	if !slices.Equal(got, want) || s.Units() != 20 || s.Size() != 20 {
		t.Errorf("got %q of %d", got, s.Units())
	}
	if last := s.Prefix(19, 64); last != netip.MustParsePrefix("2001:db8:9000:3::/64") {
		t.Errorf("the last unit is %s", last)
	}
	var ranges [][2]uint64
	s.Ranges(netip.MustParsePrefix("2001:db8:8000::/33"), func(first, last uint64) { ranges = append(ranges, [2]uint64{first, last}) })
	s.Ranges(netip.MustParsePrefix("2001:db8:9000:2::1/128"), func(first, last uint64) { ranges = append(ranges, [2]uint64{first, last}) })
	if want := [][2]uint64{{0, 15}, {16, 19}, {18, 18}}; !slices.Equal(ranges, want) {
		t.Errorf("got ranges %v, want %v", ranges, want)
	}
}

func TestWhatIsNeverGivenOut(t *testing.T) {
	s := mustNew(t, allocator.Spec{
		Prefixes: prefixes("2001:db8::/64", "2001:db8:0:1::/127", "2001:db8:0:2::100/120"),
		Exclude:  []allocator.Range{ranged("2001:db8::10", "2001:db8::1f")},
	})
	tests := []struct {
		name  string
		addr  string
		never bool
	}{
		{"the subnet-router anycast address", "2001:db8::", true},
		{"the one after it", "2001:db8::1", false},
		{"the first of a part that is no subnet", "2001:db8:0:2::100", true},
		{"the last of a /127", "2001:db8:0:1::1", false},
		{"below the excluded", "2001:db8::f", false},
		{"the first excluded", "2001:db8::10", true},
		{"the last excluded", "2001:db8::1f", true},
		{"above the excluded", "2001:db8::20", false},
		{"the first subnet anycast address", "2001:db8::fdff:ffff:ffff:ff80", true},
		{"the last subnet anycast address", "2001:db8::fdff:ffff:ffff:ffff", true},
		{"above the subnet anycast addresses", "2001:db8::fe00:0:0:0", false},
		{"of the Ethernet block of IANA", "2001:db8::200:5eff:fe00:5213", true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := s.Never(netip.PrefixFrom(netip.MustParseAddr(test.addr), 128)); got != test.never {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestBeyondGivesTheEndOfWhatIsForbidden(t *testing.T) {
	s := mustNew(t, allocator.Spec{Prefixes: prefixes("2001:db8::/64"), Exclude: []allocator.Range{ranged("2001:db8::", "2001:db8::ff:ffff")}})
	set := allocator.NewSet(prefixes("2001:db8::100:0/112", "2001:db8::100:8000/120"))
	tests := []struct {
		name   string
		addr   string
		beyond string // nothing: not forbidden
	}{
		{"excluded", "2001:db8::7", "2001:db8::100:0"},
		{"in the set", "2001:db8::100:9000", "2001:db8::101:0"},
		{"of the Ethernet block of IANA", "2001:db8::200:5eff:fe00:1", "2001:db8::200:5eff:ff00:0"},
		{"free", "2001:db8::101:0", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			unit, forbidden := s.Beyond(netip.PrefixFrom(netip.MustParseAddr(test.addr), 128), set)
			if forbidden != (test.beyond != "") {
				t.Fatalf("forbidden: %v", forbidden)
			}
			if got := s.Prefix(unit, 128).Addr().String(); forbidden && got != test.beyond {
				t.Errorf("got %s, want %s", got, test.beyond)
			}
		})
	}
}

func TestFreeFindsAlignedRuns(t *testing.T) {
	s := mustNew(t, allocator.Spec{Prefixes: prefixes("2001:db8:8000::/54", "2001:db8:9000::/56"), Lengths: []int{64, 60, 56}})
	f := s.NewFree()
	f.Give(0, s.Units()-1)
	f.Take(3, 3)     // the first /60 and /56 are not whole any more
	f.Take(256, 300) // nor is the second /56
	tests := []struct {
		name   string
		length int // index
		from   uint64
		want   uint64
	}{
		{"a unit that is not free", 0, 3, 4},
		{"the next whole /60", 1, 0, 16},
		{"a /60 after a gap", 1, 256, 304},
		{"the next whole /56", 2, 0, 512},
		{"around the end", 2, 1279, 1024},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got, ok := f.Next(test.length, test.from); !ok || got != test.want {
				t.Errorf("got %d %v, want %d", got, ok, test.want)
			}
		})
	}
	f.Give(3, 3)
	if got, ok := f.Next(2, 0); !ok || got != 0 || !f.Has(3) || !f.Check() {
		t.Errorf("after it is whole again: got %d %v", got, ok)
	}
}

func TestPoolsThatOverlapAreNamed(t *testing.T) {
	a := mustNew(t, allocator.Spec{Name: "a", Prefixes: prefixes("2001:db8::/112")})
	b := mustNew(t, allocator.Spec{Name: "b", Ranges: []allocator.Range{ranged("2001:db8::ff00", "2001:db8::1:ff")}})
	c := mustNew(t, allocator.Spec{Name: "c", Ranges: []allocator.Range{ranged("2001:db8::", "2001:db8::ffff")}})
	want := `pool "b": "2001:db8::ff00-2001:db8::1:ff" overlaps "2001:db8::/112" of pool "a"`
	if err := b.CheckOverlap(a); err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
	if a.Same(b) || a.Same(c) || !c.Same(c) {
		t.Error("pools are taken for the same that are not")
	}
}
