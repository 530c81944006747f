package host_test

import (
	"net/netip"
	"testing"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
)

func iaid(n uint32) *uint32 { return &n }

func web(name, source string, f host.Interface) host.Host {
	return host.Host{Name: name, Source: source, Interfaces: []host.Interface{f}}
}

func TestRegistryFindsHostsByWhatTheyAreRecognisedBy(t *testing.T) {
	mac := ident.MAC{0x52, 0x54, 0, 0xaa, 0xbb, 1}
	r := host.NewRegistry()
	err := r.Replace("hosts.yml", []host.Host{web("web01", "hosts.yml:1", host.Interface{
		MACs:      []ident.MAC{mac},
		Clients:   []host.Client{{DUID: "abc"}, {DUID: "xyz", IAID: iaid(7)}},
		Addresses: []host.Address{{Prefix: netip.MustParsePrefix("2001:db8::1/128")}},
	})})
	if err != nil {
		t.Fatal(err)
	}
	if m, ok := r.ByMAC(mac); !ok || m.Host.Name != "web01" || m.IAID != nil {
		t.Errorf("ByMAC: got %+v %v", m, ok)
	}
	if _, ok := r.ByMAC(ident.MAC{}); ok {
		t.Error("the zero MAC is somebody's")
	}
	if m, ok := r.ByDUID([]byte("abc")); !ok || m.Host.Name != "web01" {
		t.Errorf("ByDUID: got %+v %v", m, ok)
	}
	if _, ok := r.ByDUID([]byte("xyz")); ok {
		t.Error("a DUID that needs its IAID was recognised without")
	}
	if m, ok := r.ByClient([]byte("xyz"), 7); !ok || *m.IAID != 7 {
		t.Errorf("ByClient: got %+v %v", m, ok)
	}
	if h := r.Owner(netip.MustParsePrefix("2001:db8::1/128")); h == nil || h.Name != "web01" {
		t.Errorf("Owner: got %v", h)
	}
	if n := testing.AllocsPerRun(100, func() { r.ByDUID([]byte("abc")); r.ByMAC(mac) }); n != 0 {
		t.Errorf("look-ups allocate %v times", n)
	}
}

func TestRegistryRefusesTwoHostsThatClaimTheSame(t *testing.T) {
	addr := []host.Address{{Prefix: netip.MustParsePrefix("2001:db8::1/128")}}
	r := host.NewRegistry()
	if err := r.Replace("a.yml", []host.Host{web("one", "a.yml:1", host.Interface{Addresses: addr})}); err != nil {
		t.Fatal(err)
	}
	err := r.Replace("b.yml", []host.Host{web("two", "b.yml:4", host.Interface{Addresses: addr})})
	want := `b.yml:4: host "two": address 2001:db8::1/128 is already that of host "one" at a.yml:1`
	if err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
	if r.Len() != 1 || r.ByName("one") == nil {
		t.Errorf("a refused source changed the registry: %d hosts", r.Len())
	}
}

func TestRegistryRefusesReservationsInsideOthers(t *testing.T) {
	whole := func(s string) host.Interface {
		return host.Interface{Addresses: []host.Address{{Prefix: netip.MustParsePrefix(s)}}}
	}
	part := func(s string) host.Interface {
		return host.Interface{Addresses: []host.Address{{Prefix: netip.MustParsePrefix(s), HostPart: true}}}
	}
	prefix := func(s string) host.Interface {
		return host.Interface{Prefixes: []netip.Prefix{netip.MustParsePrefix(s)}}
	}
	for name, tc := range map[string]struct {
		one, two host.Interface
		want     string
	}{
		"an address in a block": {
			whole("2001:db8::100/125"), whole("2001:db8::107/128"),
			`b:1: host "two": address 2001:db8::107/128 is inside 2001:db8::100/125 of host "one" at a:1`,
		},
		"a block that has an address inside": {
			whole("2001:db8::107/128"), whole("2001:db8::100/125"),
			`a:1: host "one": address 2001:db8::107/128 is inside 2001:db8::100/125 of host "two" at b:1`,
		},
		"a prefix in a prefix": {
			prefix("2001:db8:f000::/48"), prefix("2001:db8:f000:100::/56"),
			`b:1: host "two": prefix 2001:db8:f000:100::/56 is inside 2001:db8:f000::/48 of host "one" at a:1`,
		},
		"an address in a prefix": {
			prefix("2001:db8:f000::/48"), whole("2001:db8:f000::1/128"),
			`b:1: host "two": address 2001:db8:f000::1/128 is inside 2001:db8:f000::/48 of host "one" at a:1`,
		},
		"a host part in a block of host parts": {
			part("::100/125"), part("::101/128"),
			`b:1: host "two": address ::101/128 is inside ::100/125 of host "one" at a:1`,
		},
		"blocks side by side":                {whole("2001:db8::100/125"), whole("2001:db8::108/125"), ""},
		"a host part and a whole address":    {part("::101/128"), whole("2001:db8::101/128"), ""},
		"the address after those of a block": {whole("2001:db8::100/125"), whole("2001:db8::108/128"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := host.NewRegistry()
			if err := r.Replace("a", []host.Host{web("one", "a:1", tc.one)}); err != nil {
				t.Fatal(err)
			}
			got := ""
			if err := r.Replace("b", []host.Host{web("two", "b:1", tc.two)}); err != nil {
				got = err.Error()
			}
			if got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}

func TestOwnerKnowsWhatIsInsideBlocksAndPrefixes(t *testing.T) {
	r := host.NewRegistry()
	err := r.Replace("a", []host.Host{web("one", "a:1", host.Interface{
		Addresses: []host.Address{{Prefix: netip.MustParsePrefix("2001:db8::100/125")}},
		Prefixes:  []netip.Prefix{netip.MustParsePrefix("2001:db8:f000::/56")},
	})})
	if err != nil {
		t.Fatal(err)
	}
	for p, owned := range map[string]bool{
		"2001:db8::100/128":      true,
		"2001:db8::107/128":      true,
		"2001:db8::108/128":      false,
		"2001:db8::100/125":      true,
		"2001:db8::100/124":      false,
		"2001:db8:f000:1::/64":   true,
		"2001:db8:f000::/55":     false,
		"2001:db8:f000:100::/64": false,
	} {
		if got := r.Owner(netip.MustParsePrefix(p)); got != nil != owned {
			t.Errorf("%s: got %v, want owned %v", p, got, owned)
		}
	}
}

func TestChangedTellsOfTheNextChangeOnly(t *testing.T) {
	r := host.NewRegistry()
	mine := host.Interface{MACs: []ident.MAC{{2, 0, 0, 0, 0, 1}}}
	changed := r.Changed()
	if err := r.Replace("a", []host.Host{web("one", "a:1", mine)}); err != nil {
		t.Fatal(err)
	}
	if !closed(changed) {
		t.Error("a change is not told")
	}
	changed = r.Changed()
	if err := r.Replace("b", []host.Host{web("two", "b:1", mine)}); err == nil {
		t.Fatal("the MAC of two hosts was not refused")
	}
	if closed(changed) {
		t.Error("a change is told that was refused")
	}
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

func TestHostPartTakesThePrefixOfTheLink(t *testing.T) {
	part := host.Address{Prefix: netip.MustParsePrefix("::56/128"), HostPart: true}
	got, ok := part.On(netip.MustParsePrefix("2001:db8:10::/64"))
	if want := netip.MustParsePrefix("2001:db8:10::56/128"); !ok || got != want {
		t.Errorf("got %v %v, want %v", got, ok, want)
	}
	block := host.Address{Prefix: netip.MustParsePrefix("::100/125"), HostPart: true}
	got, ok = block.On(netip.MustParsePrefix("2001:db8:10::/64"))
	if want := netip.MustParsePrefix("2001:db8:10::100/125"); !ok || got != want {
		t.Errorf("got %v %v, want %v", got, ok, want)
	}
	whole := host.Address{Prefix: netip.MustParsePrefix("2001:db8:20::1/128")}
	if _, ok := whole.On(netip.MustParsePrefix("2001:db8:10::/64")); ok {
		t.Error("an address was put on a link that does not have it")
	}
}
