package host_test

import (
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
)

func withMAC(name, source string, last byte, addresses ...string) host.Host {
	f := host.Interface{MACs: []ident.MAC{{2, 0, 0, 0, 0, last}}}
	for _, a := range addresses {
		p, err := netip.ParsePrefix(a)
		if err != nil {
			panic(err)
		}
		f.Addresses = append(f.Addresses, host.Address{Prefix: p})
	}
	return web(name, source, f)
}

func put(t *testing.T, r *host.Registry, h host.Host) {
	t.Helper()
	if err := r.Put(&h); err != nil {
		t.Fatal(err)
	}
}

func named(h *host.Host) string {
	if h == nil {
		return ""
	}
	return h.Name
}

func byMAC(r *host.Registry, last byte) string {
	m, _ := r.ByMAC(ident.MAC{2, 0, 0, 0, 0, last})
	return named(m.Host)
}

func TestAHostThatIsPutIsFoundAndOneThatIsRemovedIsNot(t *testing.T) {
	r := host.NewRegistry()
	changed := r.Changed()
	put(t, r, withMAC("web01", "api", 1, "2001:db8::1/128"))
	if !closed(changed) {
		t.Error("the change is not told")
	}
	if got := byMAC(r, 1); got != "web01" {
		t.Errorf("by MAC: got %q", got)
	}
	if got := named(r.Owner(netip.MustParsePrefix("2001:db8::1/128"))); got != "web01" {
		t.Errorf("owner: got %q", got)
	}
	r.Remove("web01")
	if got := byMAC(r, 1) + named(r.ByName("web01")) + named(r.Owner(netip.MustParsePrefix("2001:db8::1/128"))); got != "" || r.Len() != 0 || len(r.All()) != 0 {
		t.Errorf("after it was removed: got %q, %d hosts", got, r.Len())
	}
}

func TestAHostThatIsPutAgainLeavesWhatItClaimedBefore(t *testing.T) {
	r := host.NewRegistry()
	put(t, r, withMAC("web01", "api", 1, "2001:db8::1/128"))
	r.SetState("web01", host.Deploy)
	put(t, r, withMAC("web01", "api", 2, "2001:db8::1/128", "2001:db8::2/128"))
	if got := byMAC(r, 1) + "," + byMAC(r, 2); got != ",web01" {
		t.Errorf("by MAC: got %s", got)
	}
	if s := r.ByName("web01").State; s != host.Deploy {
		t.Errorf("the state that was set is gone: %v", s)
	}
	put(t, r, withMAC("web02", "api", 1))
	if len(r.Reserved()) != 2 {
		t.Errorf("reserved: %v", r.Reserved())
	}
}

func TestWhatIsPutMustBeNobodyElses(t *testing.T) {
	source := []host.Host{withMAC("web01", "hosts.yml:1", 1, "2001:db8::100/125")}
	source[0].UUIDs = []ident.UUID{machine}
	prefix := func(s string) host.Host {
		h := withMAC("web03", "api", 3)
		h.Interfaces[0].Prefixes = []netip.Prefix{netip.MustParsePrefix(s)}
		return h
	}
	duid := web("web03", "api", host.Interface{Clients: []host.Client{{DUID: machine.Swapped().DUID()}}})
	twice := withMAC("web03", "api", 3, "2001:db8::8/128", "2001:db8::8/128")
	for name, c := range map[string]struct {
		put  host.Host
		want string
	}{
		"the name of a source's":          {withMAC("web01", "api", 3), `api: host "web01": name web01 is already that of host "web01" at hosts.yml:1`},
		"a MAC of a source's":             {withMAC("web03", "api", 1), `api: host "web03": MAC 02:00:00:00:00:01 is already that of host "web01" at hosts.yml:1`},
		"a MAC of one that was put":       {withMAC("web03", "api", 2), `api: host "web03": MAC 02:00:00:00:00:02 is already that of host "web02" at api`},
		"an address in a block":           {withMAC("web03", "api", 3, "2001:db8::101/128"), `api: host "web03": address 2001:db8::101/128 is inside 2001:db8::100/125 of host "web01" at hosts.yml:1`},
		"a block with an address inside":  {withMAC("web03", "api", 3, "2001:db8::208/125"), `api: host "web03": inside address 2001:db8::208/125 is 2001:db8::209/128 of host "web02" at api`},
		"a prefix with a block inside":    {prefix("2001:db8::/64"), ""},
		"a DUID made of another's UUID":   {duid, `api: host "web03": DUID ` + machine.Swapped().DUID().String() + ` is already that of host "web01" at hosts.yml:1`},
		"an address twice":                {twice, `api: host "web03": address 2001:db8::8/128 is already that of host "web03" at api`},
		"nothing of others":               {withMAC("web03", "api", 3, "2001:db8::8/128"), "<nil>"},
		"an address where a block begins": {withMAC("web03", "api", 3, "2001:db8::100/128"), `api: host "web03": address 2001:db8::100/128 is inside 2001:db8::100/125 of host "web01" at hosts.yml:1`},
	} {
		t.Run(name, func(t *testing.T) {
			r := host.NewRegistry()
			replace(t, r, source)
			put(t, r, withMAC("web02", "api", 2, "2001:db8::209/128"))
			checked, err := r.CheckPut(&c.put), r.Put(&c.put)
			if c.want == "" { // which one it names first does not matter
				var claim *host.ClaimError
				if !errors.As(err, &claim) || claim.Inner == "" {
					t.Errorf("got %v", err)
				}
				return
			}
			if fmt.Sprint(err) != c.want || fmt.Sprint(checked) != c.want {
				t.Errorf("got  %v\nand  %v\nwant %s", checked, err, c.want)
			}
			if c.want != "<nil>" && (r.Len() != 2 || byMAC(r, 3) != "") {
				t.Error("what was refused is there")
			}
		})
	}
}

func TestASourceGoesBeforeWhatWasPut(t *testing.T) {
	for name, c := range map[string]struct {
		source host.Host
		why    string
	}{
		"with its name":            {withMAC("web01", "hosts.yml:1", 9), `api: host "web01": name web01 is already that of host "web01" at hosts.yml:1`},
		"with its MAC":             {withMAC("other", "hosts.yml:1", 1), `api: host "web01": MAC 02:00:00:00:00:01 is already that of host "other" at hosts.yml:1`},
		"with its address":         {withMAC("other", "hosts.yml:1", 9, "2001:db8::100/125"), `api: host "web01": address 2001:db8::100/125 is already that of host "other" at hosts.yml:1`},
		"with a block around it":   {withMAC("other", "hosts.yml:1", 9, "2001:db8::100/124"), `api: host "web01": address 2001:db8::100/125 is inside 2001:db8::100/124 of host "other" at hosts.yml:1`},
		"with an address inside":   {withMAC("other", "hosts.yml:1", 9, "2001:db8::103/128"), `api: host "web01": inside prefix 2001:db8::100/125 is 2001:db8::103/128 of host "other" at hosts.yml:1`},
		"with nothing that it has": {withMAC("other", "hosts.yml:1", 9, "2001:db8::200/125"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := host.NewRegistry()
			put(t, r, withMAC("web01", "api", 1, "2001:db8::100/125"))
			replace(t, r, []host.Host{c.source})
			var why []string
			for _, e := range r.Aside() {
				why = append(why, e.Error())
			}
			var want []string
			if c.why != "" {
				want = []string{c.why}
			}
			if diff := cmp.Diff(want, why); diff != "" {
				t.Errorf("set aside (-want +got):\n%s", diff)
			}
			replace(t, r, nil)
			if byMAC(r, 1) != "web01" || len(r.Aside()) != 0 {
				t.Errorf("it does not count again when the source is gone: %v", r.Aside())
			}
		})
	}
}

func TestWhatIsSetAsideIsShownKeptFreeAndRemovable(t *testing.T) {
	r := host.NewRegistry()
	put(t, r, withMAC("web01", "api", 1, "2001:db8::1/128"))
	put(t, r, withMAC("web02", "api", 2))
	replace(t, r, []host.Host{withMAC("aaa", "hosts.yml:1", 1), withMAC("web02", "hosts.yml:2", 7)})
	var names []string
	r.After("", func(k host.Known) bool {
		names = append(names, fmt.Sprintf("%s %s %t", k.Host.Name, k.Host.Source, k.Aside != nil))
		return true
	})
	want := []string{"aaa hosts.yml:1 false", "web01 api true", "web02 hosts.yml:2 true"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("hosts (-want +got):\n%s", diff)
	}
	h := withMAC("web03", "api", 3, "2001:db8::1/128")
	if err := r.Put(&h); err == nil {
		t.Error("the address of one that is set aside was given away")
	}
	put(t, r, withMAC("web01", "api", 5, "2001:db8::1/128")) // no longer the source's MAC
	r.Remove("web02")
	if len(r.Aside()) != 0 || byMAC(r, 5) != "web01" || byMAC(r, 7) != "web02" || byMAC(r, 1) != "aaa" {
		t.Errorf("aside: %v; by MAC: %q %q %q", r.Aside(), byMAC(r, 5), byMAC(r, 7), byMAC(r, 1))
	}
}

func TestHostsOfAnEarlierRunAreAdopted(t *testing.T) {
	r := host.NewRegistry()
	replace(t, r, []host.Host{withMAC("aaa", "hosts.yml:1", 1)})
	r.SetState("web02", host.Locked)
	one, two := withMAC("web01", "api", 1), withMAC("web02", "api", 2)
	r.Adopt([]*host.Host{&one, &two})
	if r.Len() != 2 || len(r.Aside()) != 1 || r.ByName("web02").State != host.Locked || r.Own("web01") != &one {
		t.Errorf("%d hosts, aside %v", r.Len(), r.Aside())
	}
}

func TestHostsArePutWhileTheyAreLookedUp(t *testing.T) {
	r := host.NewRegistry()
	put(t, r, withMAC("always", "api", 200, "2001:db8::1:1/128"))
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := range 2000 {
			put(t, r, withMAC("always", "api", 200, "2001:db8::1:1/128", fmt.Sprintf("2001:db8::2:%x/128", i)))
			put(t, r, withMAC(fmt.Sprintf("host%d", i%100), "api", byte(i%100), fmt.Sprintf("2001:db8::%x/128", i)))
		}
	})
	wg.Go(func() {
		for range 2000 {
			if byMAC(r, 200) != "always" || named(r.Owner(netip.MustParsePrefix("2001:db8::1:1/128"))) != "always" {
				t.Error("a host was gone for a moment")
				return
			}
		}
	})
	wg.Wait()
	if r.Len() != 101 || len(r.Reserved()) != 102 {
		t.Errorf("%d hosts, %d reservations", r.Len(), len(r.Reserved()))
	}
}

// BenchmarkPut changes one of 100,000 hosts.
func BenchmarkPut(b *testing.B) {
	r := host.NewRegistry()
	hosts := make([]*host.Host, 100_000)
	for i := range hosts {
		h := web(fmt.Sprintf("host%d", i), "api", host.Interface{
			MACs:      []ident.MAC{{2, 0, 0, byte(i >> 16), byte(i >> 8), byte(i)}},
			Addresses: []host.Address{{Prefix: netip.MustParsePrefix(fmt.Sprintf("2001:db8::%x:%x/128", i>>16, i&0xffff))}},
		})
		hosts[i] = &h
	}
	r.Adopt(hosts)
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		h := *hosts[i%len(hosts)]
		if err := r.Put(&h); err != nil {
			b.Fatal(err)
		}
		i++
	}
}
