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
		Addresses: []host.Address{{Addr: netip.MustParseAddr("2001:db8::1")}},
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
	addr := []host.Address{{Addr: netip.MustParseAddr("2001:db8::1")}}
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

func TestHostPartTakesThePrefixOfTheLink(t *testing.T) {
	part := host.Address{Addr: netip.MustParseAddr("::56"), HostPart: true}
	got, ok := part.On(netip.MustParsePrefix("2001:db8:10::/64"))
	if want := netip.MustParseAddr("2001:db8:10::56"); !ok || got != want {
		t.Errorf("got %v %v, want %v", got, ok, want)
	}
	whole := host.Address{Addr: netip.MustParseAddr("2001:db8:20::1")}
	if _, ok := whole.On(netip.MustParsePrefix("2001:db8:10::/64")); ok {
		t.Error("an address was put on a link that does not have it")
	}
}
