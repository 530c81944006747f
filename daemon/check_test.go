package daemon

import (
	"net/netip"
	"testing"

	"github.com/stage6/stage6/internal/config"
)

func TestCheckNamesWhereAnybodyIsARelayAgent(t *testing.T) {
	link := config.Listen{Addr: netip.MustParseAddr("ff02::1:2"), Zone: "prov0"}
	address := config.Listen{Addr: netip.MustParseAddr("2001:db8:10::2")}
	relays := config.Relays{{Prefix: netip.MustParsePrefix("2001:db8:20::1/128")}}
	for name, tc := range map[string]struct {
		server config.Server6
		hosts  int
		want   int
	}{
		"a link only":                     {config.Server6{Listen: config.Listens{link}}, 1, 0},
		"an address and no relay agents":  {config.Server6{Listen: config.Listens{link, address}}, 1, 1},
		"an address and no machines":      {config.Server6{Listen: config.Listens{address}}, 0, 0},
		"any address":                     {config.Server6{Listen: config.Listens{{Addr: netip.IPv6Unspecified()}}}, 1, 1},
		"no relay agents, and it says so": {config.Server6{Listen: config.Listens{address}, Relays: config.Relays{}}, 1, 0},
		"an address and relay agents":     {config.Server6{Listen: config.Listens{address}, Relays: relays}, 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			if got := unnamedRelays(tc.server, tc.hosts); len(got) != tc.want {
				t.Errorf("got %q, want %d warnings", got, tc.want)
			}
		})
	}
}
