package host_test

import (
	"net/netip"
	"testing"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
)

// full gives a host with everything set.
func full() host.Host {
	return host.Host{
		Name: "web01", Hostname: "www.example.net", State: host.Deploy, Tags: []string{"rhel"}, Source: "a:1",
		UUIDs:   []ident.UUID{{1}},
		Options: []host.Option{{Code: 23, Data: []byte{1}}},
		Interfaces: []host.Interface{{
			Name: "eth0", MACs: []ident.MAC{{2}}, Ports: []ident.Port{"interface-id:a"}, Clients: []host.Client{{DUID: "abc"}, {DUID: "abc", IAID: iaid(7)}},
			Addresses: []host.Address{{Prefix: netip.MustParsePrefix("2001:db8::1/128")}},
			Prefixes:  []netip.Prefix{netip.MustParsePrefix("2001:db8:f000::/56")},
		}},
	}
}

func TestHostsAreEqualWhenTheySayTheSame(t *testing.T) {
	a, b := full(), full()
	b.Source = "b:2"
	if !a.Equal(&b) {
		t.Error("hosts differ that say the same at two places")
	}
}

func TestHostsDifferInWhateverTheySay(t *testing.T) {
	for name, change := range map[string]func(*host.Host){
		"name":      func(h *host.Host) { h.Name = "web02" },
		"hostname":  func(h *host.Host) { h.Hostname = "" },
		"state":     func(h *host.Host) { h.State = host.New },
		"tags":      func(h *host.Host) { h.Tags = nil },
		"option":    func(h *host.Host) { h.Options[0].Data = []byte{2} },
		"interface": func(h *host.Host) { h.Interfaces[0].Name = "eth1" },
		"MAC":       func(h *host.Host) { h.Interfaces[0].MACs[0] = ident.MAC{4} },
		"IAID":      func(h *host.Host) { h.Interfaces[0].Clients[1].IAID = iaid(8) },
		"no IAID":   func(h *host.Host) { h.Interfaces[0].Clients[1].IAID = nil },
		"DUID":      func(h *host.Host) { h.Interfaces[0].Clients[0].DUID = "xyz" },
		"UUID":      func(h *host.Host) { h.UUIDs[0] = ident.UUID{2} },
		"port":      func(h *host.Host) { h.Interfaces[0].Ports[0] = "interface-id:b" },
		"host part": func(h *host.Host) { h.Interfaces[0].Addresses[0].HostPart = true },
		"prefix":    func(h *host.Host) { h.Interfaces[0].Prefixes = nil },
	} {
		t.Run(name, func(t *testing.T) {
			a, b := full(), full()
			change(&b)
			if a.Equal(&b) {
				t.Error("they are equal")
			}
		})
	}
}
