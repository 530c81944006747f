package daemon

import (
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/assembly"
)

func TestStatusIsAPage(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	s := api.Status{
		Reasons:  []string{"the lease store fails: no space left on device"},
		Problems: []string{"hosts are wrong, those read before stay: hosts.yml:3:5: what is this"},
		Config:   api.StatusConfig{File: "/etc/stage6/config.yml", Read: now.Add(-2 * time.Hour)},
		Hosts:    map[string]int{"installed": 2, "new": 1}, Aside: 1, Leases: map[string]int{"active": 3, "offered": 0},
		Pools: 2,
		Full:  []api.Pool{{Plugin: "deploy", Ranges: []string{"2001:db8:10::d:0/124"}, Kind: "address", Used: 0.9375, Free: big.NewInt(1)}},
	}
	var b strings.Builder
	if err := printStatus(&b, 60, &s, now); err != nil {
		t.Fatal(err)
	}
	want := `ready     no
reason    the lease store fails: no space left on device
problem   hosts are wrong, those read before stay:
          hosts.yml:3:5: what is this
config    /etc/stage6/config.yml, read 2h ago
hosts     3 (1 new, 2 installed); 1 set aside: stage6 hosts
          --source aside
leases    3 (3 active)
pools     2, 1 nearly full
full      deploy 2001:db8:10::d:0/124: 93.8% used, 1 free
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestHostsThatDoNotCountAreNotCountedByState(t *testing.T) {
	of := func(name, source string, mac byte, state host.State) *host.Host {
		return &host.Host{
			Name: name, Source: source, State: state,
			Interfaces: []host.Interface{{MACs: []ident.MAC{{0x52, 0x54, 0, 0, 0, mac}}}},
		}
	}
	hosts := host.NewRegistry()
	for _, h := range []*host.Host{of("web01", assembly.OwnSource, 1, host.Deploy), of("web02", assembly.OwnSource, 2, host.New), of("web03", assembly.OwnSource, 3, host.Locked)} {
		if err := hosts.Put(h); err != nil {
			t.Fatal(err)
		}
	}
	if err := hosts.Replace("hosts.yml", []host.Host{*of("web01", "hosts.yml:1:1", 9, host.Installed), *of("file", "hosts.yml:2:1", 2, host.Installed)}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]int{"installed": 2, "locked": 1}, hostStates(hosts)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}
