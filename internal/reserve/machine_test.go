package reserve

import (
	"testing"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/lease"
)

func TestAClientOfBeforeTheHostWasKnownIsTheHosts(t *testing.T) {
	mac, other := ident.MAC{0x52, 0x54, 0, 0xaa, 0xbb, 1}, ident.MAC{0x52, 0x54, 0, 0xaa, 0xbb, 2}
	seven := uint32(7)
	h := &host.Host{Name: "web01", Interfaces: []host.Interface{{MACs: []ident.MAC{mac}}, {Clients: []host.Client{{DUID: "by-duid"}, {DUID: "by-ia", IAID: &seven}}}}}
	binding := func(name, duid string, m ident.MAC, iaid uint32) *lease.Binding {
		return &lease.Binding{Key: lease.Key{DUID: ident.DUID(duid), IA: ident.IA{Type: ident.NA, ID: iaid}}, Host: name, MAC: m}
	}
	for name, c := range map[string]struct {
		b    *lease.Binding
		want bool
	}{
		"served as the host":                  {binding("web01", "x", other, 1), true},
		"served as another one, with its MAC": {binding("web02", "x", mac, 1), false},
		"of nobody, with its MAC":             {binding("", "x", mac, 1), true},
		"of nobody, with its DUID":            {binding("", "by-duid", other, 1), true},
		"of nobody, with its DUID and IAID":   {binding("", "by-ia", other, 7), true},
		"of nobody, with another IAID":        {binding("", "by-ia", other, 8), false},
		"of nobody, without a MAC":            {binding("", "x", ident.MAC{}, 1), false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := IsOf(h, c.b); got != c.want {
				t.Errorf("%v", got)
			}
		})
	}
}
