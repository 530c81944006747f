package route

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/stage6/stage6/internal/netlab"
	"github.com/stage6/stage6/internal/netlab/labtest"
)

// machine is one with a neighbour on prov0.
func machine(t *testing.T) *netlab.Namespace {
	t.Helper()
	ns, neighbour := labtest.Namespace(t, "router"), labtest.Namespace(t, "neighbour")
	if err := netlab.Cable(netlab.Port{Namespace: ns, Link: "prov0"}, netlab.Port{Namespace: neighbour, Link: "eth0"}); err != nil {
		t.Fatal(err)
	}
	if err := ns.AddAddress("prov0", netip.MustParsePrefix("2001:db8:ff::2/64")); err != nil {
		t.Fatal(err)
	}
	return ns
}

// do works on the routes of a namespace and gives the error.
func do(t *testing.T, ns *netlab.Namespace, f func(mainTable) error) error {
	t.Helper()
	return ns.Do(func() error { return f(mainTable{defaultProtocol}) })
}

func list(t *testing.T, ns *netlab.Namespace) (out []route) {
	t.Helper()
	if err := do(t, ns, func(k mainTable) (err error) { out, err = k.list(); return err }); err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(out, func(a, b route) int { return a.prefix.Compare(b.prefix) })
	return out
}

func TestRoutesOfTheKernel(t *testing.T) {
	ns := machine(t)
	foreign := netip.MustParsePrefix("2001:db8:f000:300::/56")
	if err := ns.AddRoute("prov0", foreign, ann.WithZone("")); err != nil {
		t.Fatal(err)
	}
	direct, relayed := to(one, ann), route{two, relay, 7}
	for _, r := range []route{direct, relayed} {
		if err := do(t, ns, func(k mainTable) error { return k.add(t.Context(), r) }); err != nil {
			t.Fatalf("add %v: %v", r, err)
		}
	}
	if got := list(t, ns); !slices.Equal(got, []route{direct, relayed}) {
		t.Errorf("listed %v, want %v and %v", got, direct, relayed)
	}
	for _, r := range []route{direct, direct, relayed, to(foreign, ann), to(one, netip.MustParseAddr("fe80::1%gone0"))} {
		if err := do(t, ns, func(k mainTable) error { return k.remove(t.Context(), r) }); err != nil {
			t.Errorf("remove %v: %v", r, err)
		}
	}
	if got := list(t, ns); len(got) != 0 {
		t.Errorf("left are %v", got)
	}
	if left, err := ns.Routes("prov0"); err != nil || len(left) != 1 || left[0].Destination != foreign {
		t.Errorf("somebody else's routes: %v, %v; want that to %s", left, err, foreign)
	}
}

func TestRoutesThatTheKernelRefuses(t *testing.T) {
	ns := machine(t)
	if err := ns.AddRoute("prov0", one, bob.WithZone("")); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		route route
		want  string
	}{
		"in the place of another":     {to(one, ann), "another route to the prefix has the same metric"},
		"by way of who is far away":   {to(two, netip.MustParseAddr("2001:db8:99::1")), "the next hop is no neighbour of this machine"},
		"by an interface that is not": {to(two, netip.MustParseAddr("fe80::1%gone0")), `interface "gone0": Link not found`},
	} {
		t.Run(name, func(t *testing.T) {
			err := do(t, ns, func(k mainTable) error { return k.add(t.Context(), tc.route) })
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want %s", err, tc.want)
			}
		})
	}
	if got := list(t, ns); len(got) != 0 {
		t.Errorf("made were %v", got)
	}
}
