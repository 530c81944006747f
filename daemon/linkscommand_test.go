package daemon

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/stage6/stage6/api"
)

func TestLinksAreTablesWithWhatIsWrongBelow(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	p := netip.MustParsePrefix("2001:db8:10::/64")
	list := api.LinkList{
		Watched: true,
		Links: []api.Link{
			{
				Name: "prov0", Interface: "prov0", Prefixes: []netip.Prefix{p}, Watched: true, Up: true,
				Routers: []api.Router{
					{Address: netip.MustParseAddr("fe80::1"), Other: true, Lifetime: 1800, Seen: now.Add(-90 * time.Second), Prefixes: []api.AdvertisedPrefix{{Prefix: p, OnLink: true, Autonomous: true}}},
					{Address: netip.IPv6Unspecified(), Own: true, Managed: true, Seen: now.Add(-time.Hour), Silent: true},
				},
				Problems: []api.LinkProblem{{Name: "routers-disagree", Text: "about the M flag"}},
			},
			{Name: "racks", Prefixes: []netip.Prefix{netip.MustParsePrefix("2001:db8:20::/64")}},
		},
		Servers: []api.OtherServer{{DUID: "\x00\x03\x00\x01", Link: "prov0", Last: now.Add(-time.Minute)}},
	}
	var out strings.Builder
	if err := printLinks(&out, list, now); err != nil {
		t.Fatal(err)
	}
	want := `LINK   INTERFACE      PREFIXES          ROUTERS
prov0  prov0          2001:db8:10::/64  2
racks  behind relays  2001:db8:20::/64  not watched

LINK   ROUTER       FLAGS  LIFETIME  PREFIXES               HEARD
prov0  fe80::1      O      1800s     2001:db8:10::/64 (LA)  1m30s ago
prov0  this server  M      0s        -                      1h0m0s ago, silent since

prov0: routers-disagree: about the M flag

LINK   OTHER SERVER  ADDRESS  KNOWN  NOTICED
prov0  00:03:00:01   -        no     1m0s ago
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if err := linksWrong(list); err == nil || err.Error() != "2 problems, see above" {
		t.Errorf("got %v", err)
	}
}
