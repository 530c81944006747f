package host_test

import (
	"net/netip"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
)

var theMAC = ident.MAC{0x52, 0x54, 0, 0xaa, 0xbb, 1}

// inState is web01 as a file has it.
func inState(s host.State) []host.Host {
	h := web("web01", "hosts.yml:1", host.Interface{
		MACs:      []ident.MAC{theMAC},
		Clients:   []host.Client{{DUID: "abc"}, {DUID: "xyz", IAID: iaid(7)}},
		Addresses: []host.Address{{Prefix: netip.MustParsePrefix("2001:db8::1/128")}},
	})
	h.State = s
	return []host.Host{h}
}

func replace(t *testing.T, r *host.Registry, hosts []host.Host) {
	t.Helper()
	if err := r.Replace("hosts.yml", hosts); err != nil {
		t.Fatal(err)
	}
}

// wantState wants every look-up to find web01 in a state.
func wantState(t *testing.T, r *host.Registry, want host.State) {
	t.Helper()
	mac, _ := r.ByMAC(theMAC)
	duid, _ := r.ByDUID([]byte("abc"))
	client, _ := r.ByClient([]byte("xyz"), 7)
	for how, h := range map[string]*host.Host{
		"ByMAC": mac.Host, "ByDUID": duid.Host, "ByClient": client.Host, "ByName": r.ByName("web01"),
		"Owner": r.Owner(netip.MustParsePrefix("2001:db8::1/128")), "All": r.All()[0],
	} {
		if h.State != want {
			t.Errorf("%s: state %s, want %s", how, h.State, want)
		}
	}
}

func TestAStateThatWasSetWinsUntilItIsReset(t *testing.T) {
	r := host.NewRegistry()
	r.SetState("web01", host.Installed) // before the host is known
	replace(t, r, inState(host.Deploy))
	wantState(t, r, host.Installed)
	replace(t, r, inState(host.New))
	wantState(t, r, host.Installed)
	r.SetState("web01", host.Locked)
	wantState(t, r, host.Locked)
	replace(t, r, nil)
	if _, ok := r.Lookup("web01"); ok {
		t.Error("a state makes a host known")
	}
	replace(t, r, inState(host.Deploy))
	wantState(t, r, host.Locked)
	r.ResetState("web01")
	wantState(t, r, host.Deploy)
	replace(t, r, inState(host.Installed))
	wantState(t, r, host.Installed)
}

func TestAStateThatWasSetIsToldFromThatOfTheSource(t *testing.T) {
	r := host.NewRegistry()
	replace(t, r, inState(host.Deploy))
	for _, c := range []struct {
		name string
		do   func()
		set  bool
	}{
		{"as it was read", func() {}, false},
		{"set to what the source says, too", func() { r.SetState("web01", host.Deploy) }, true},
		{"reset", func() { r.ResetState("web01") }, false},
	} {
		c.do()
		if k, ok := r.Lookup("web01"); !ok || k.Set != c.set || k.InSource != host.Deploy || k.Host.State != host.Deploy {
			t.Errorf("%s: got %+v, %v", c.name, k, ok)
		}
	}
}

func TestAHostThatWasFoundDoesNotChange(t *testing.T) {
	r := host.NewRegistry()
	replace(t, r, inState(host.Deploy))
	m, _ := r.ByMAC(theMAC)
	r.SetState("web01", host.Installed)
	if m.Host.State != host.Deploy {
		t.Error("an exchange would see two states")
	}
	if again, _ := r.ByMAC(theMAC); again.Interface != m.Interface {
		t.Error("another state is another interface")
	}
}

func TestLookUpsAllocateNothingWhenStatesWereSet(t *testing.T) {
	r := host.NewRegistry()
	replace(t, r, inState(host.Deploy))
	r.SetState("web01", host.Installed)
	if n := testing.AllocsPerRun(100, func() { r.ByDUID([]byte("abc")); r.ByMAC(theMAC) }); n != 0 {
		t.Errorf("look-ups allocate %v times", n)
	}
}

func TestHostsAfterAName(t *testing.T) {
	r := host.NewRegistry()
	var hosts []host.Host
	for _, n := range []string{"c", "a", "d", "b"} {
		hosts = append(hosts, host.Host{Name: n})
	}
	replace(t, r, hosts)
	for name, want := range map[string][]string{"": {"a", "b"}, "a": {"b", "c"}, "bb": {"c", "d"}, "d": nil} {
		var got []string
		r.After(name, func(k host.Known) bool {
			got = append(got, k.Host.Name)
			return len(got) < 2
		})
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("after %q (-want +got)\n%s", name, diff)
		}
	}
}

func TestStatesAreSetWhileHostsAreReplacedAndLookedUp(t *testing.T) {
	r := host.NewRegistry()
	replace(t, r, inState(host.New))
	var wg sync.WaitGroup
	wg.Go(func() {
		for range 1000 {
			r.SetState("web01", host.Deploy)
			r.SetState("web01", host.Installed)
		}
	})
	wg.Go(func() {
		for range 100 {
			if err := r.Replace("hosts.yml", inState(host.New)); err != nil {
				t.Error(err)
			}
		}
	})
	wg.Go(func() {
		for range 1000 {
			if m, ok := r.ByMAC(theMAC); !ok || m.Host.State == host.Locked {
				t.Errorf("got %+v, %v", m, ok)
			}
		}
	})
	wg.Wait()
	wantState(t, r, host.Installed)
}
