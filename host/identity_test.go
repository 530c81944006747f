package host_test

import (
	"net/netip"
	"testing"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
)

var machine = ident.UUID{0x4c, 0x4c, 0x45, 0x44, 0, 0x42, 0x35, 0x10, 0x80, 0x52, 0xb4, 0xc0, 0x4f, 0x4a, 0x31, 0x32}

// known gives a registry with a host that is recognised by everything.
func known(t *testing.T) *host.Registry {
	t.Helper()
	r := host.NewRegistry()
	if err := r.Replace("test", []host.Host{{
		Name: "web01", UUIDs: []ident.UUID{machine},
		Interfaces: []host.Interface{
			{Name: "eth0", MACs: []ident.MAC{{2, 1}}, Clients: []host.Client{{DUID: "abc"}}},
			{Name: "eth1", Ports: []ident.Port{"interface-id:ge-0/0/7@2001:db8:10::1"}},
		},
	}}); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestEvidenceNamesAHost(t *testing.T) {
	r := known(t)
	for name, c := range map[string]struct {
		ident.Evidence
		want string // the interface
	}{
		"a MAC":                  {ident.Evidence{Kind: ident.EvidenceMAC, MAC: ident.MAC{2, 1}}, "eth0"},
		"another MAC":            {ident.Evidence{Kind: ident.EvidenceMAC, MAC: ident.MAC{2, 2}}, ""},
		"no MAC":                 {ident.Evidence{Kind: ident.EvidenceMAC}, ""},
		"a UUID":                 {ident.Evidence{Kind: ident.EvidenceUUID, UUID: machine}, "eth0"},
		"a UUID the other way":   {ident.Evidence{Kind: ident.EvidenceUUID, UUID: machine.Swapped()}, "eth0"},
		"no UUID":                {ident.Evidence{Kind: ident.EvidenceUUID}, ""},
		"a port":                 {ident.Evidence{Kind: ident.EvidencePort, Value: "interface-id:ge-0/0/7@2001:db8:10::1"}, "eth1"},
		"a port of another link": {ident.Evidence{Kind: ident.EvidencePort, Value: "interface-id:ge-0/0/7@2001:db8:20::1"}, ""},
		"a DUID":                 {ident.Evidence{Kind: ident.EvidenceDUID, Value: "abc"}, "eth0"},
		"another DUID":           {ident.Evidence{Kind: ident.EvidenceDUID, Value: "abd"}, ""},
		"nothing":                {ident.Evidence{}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			m, ok := r.ByEvidence(&c.Evidence)
			if ok != (c.want != "") || ok && (m.Host.Name != "web01" || m.Interface.Name != c.want) {
				t.Errorf("got %+v, %t, want %q", m, ok, c.want)
			}
		})
	}
}

func TestLookUpsGiveWhatTheHostHas(t *testing.T) {
	r := known(t)
	if m, u, ok := r.ByUUID(machine.Swapped()); !ok || u != machine || m.Host.Name != "web01" {
		t.Errorf("got %v, %v, %t", m.Host, u, ok)
	}
	written := ident.AppendPort(nil, ident.PortInterfaceID, 0, []byte("ge-0/0/7"), netip.MustParseAddr("2001:db8:10::1"))
	if m, p, ok := r.ByPort(written); !ok || string(p) != string(written) || m.Interface.Name != "eth1" {
		t.Errorf("got %v, %v, %t", m.Interface, p, ok)
	}
	if m, _, ok := r.ByPort([]byte("interface-id:ge-0/0/7")); ok {
		t.Errorf("a port of any link is %v", m.Host)
	}
}

func TestListsSaysByWhatHostsAreRecognised(t *testing.T) {
	all, none := known(t), host.NewRegistry()
	for _, kind := range []ident.EvidenceKind{ident.EvidenceMAC, ident.EvidenceUUID, ident.EvidencePort, ident.EvidenceDUID} {
		if !all.Lists(kind) || none.Lists(kind) {
			t.Errorf("%s: %t, and without hosts %t", kind, all.Lists(kind), none.Lists(kind))
		}
	}
}

func TestNothingIsOfTwoHosts(t *testing.T) {
	port := host.Interface{Ports: []ident.Port{"interface-id:a"}}
	duid := host.Interface{Clients: []host.Client{{DUID: machine.Swapped().DUID()}}}
	for name, c := range map[string]struct {
		a, b host.Host
		want string
	}{
		"a UUID": {
			host.Host{UUIDs: []ident.UUID{machine}}, host.Host{UUIDs: []ident.UUID{machine}},
			`b:2: host "web02": UUID 4c4c4544-0042-3510-8052-b4c04f4a3132 is already that of host "web01" at a:1`,
		},
		"a UUID in the other byte order": {
			host.Host{UUIDs: []ident.UUID{machine}}, host.Host{UUIDs: []ident.UUID{machine.Swapped()}},
			`b:2: host "web02": UUID 44454c4c-4200-1035-8052-b4c04f4a3132 is already that of host "web01" at a:1`,
		},
		"a UUID and the DUID made of it": {
			host.Host{Interfaces: []host.Interface{duid}}, host.Host{UUIDs: []ident.UUID{machine}},
			`b:2: host "web02": UUID 4c4c4544-0042-3510-8052-b4c04f4a3132 is already that of host "web01" at a:1`,
		},
		"a port": {
			host.Host{Interfaces: []host.Interface{port}}, host.Host{Interfaces: []host.Interface{port}},
			`b:2: host "web02": port interface-id:a is already that of host "web01" at a:1`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			c.a.Name, c.a.Source, c.b.Name, c.b.Source = "web01", "a:1", "web02", "b:2"
			err := host.NewRegistry().Replace("test", []host.Host{c.a, c.b})
			if err == nil || err.Error() != c.want {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}
