package assembly_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stage6/stage6/internal/assembly"
	"github.com/stage6/stage6/internal/config"
)

func prefixes(texts ...string) (out []netip.Prefix) {
	for _, t := range texts {
		out = append(out, netip.MustParsePrefix(t))
	}
	return out
}

func TestLinksOfTheKernelAndTheConfigurationAreJoined(t *testing.T) {
	yes, no := true, false
	kernel := []assembly.Interface{
		{Index: 2, Name: "prov0", Prefixes: prefixes("2001:db8:10::/64")},
		{Index: 3, Name: "prov1"},
	}
	for name, c := range map[string]struct {
		configured []config.Link
		rapid      bool
		want       []string
	}{
		"the kernel's alone": {nil, false, []string{
			"prov0 on prov0 [2001:db8:10::/64] false",
			"prov1 on prov1 [] false",
		}},
		"one behind a relay is named after its prefix": {[]config.Link{{Prefixes: prefixes("2001:db8:20::/64", "2001:db8:21::/64")}}, false, []string{
			"prov0 on prov0 [2001:db8:10::/64] false",
			"prov1 on prov1 [] false",
			"2001:db8:20::/64 on  [2001:db8:20::/64 2001:db8:21::/64] false",
		}},
		"one that names an interface adds to it": {[]config.Link{{Name: "lab", Interface: "prov1", Prefixes: prefixes("2001:db8:30::/64")}}, false, []string{
			"prov0 on prov0 [2001:db8:10::/64] false",
			"lab on prov1 [2001:db8:30::/64] false",
		}},
		"one with a prefix of an interface is that interface's": {[]config.Link{{Name: "main", Prefixes: prefixes("2001:db8:11::/64", "2001:db8:10::/64")}}, false, []string{
			"main on prov0 [2001:db8:10::/64 2001:db8:11::/64] false",
			"prov1 on prov1 [] false",
		}},
		"one whose interface is not there is a link without clients": {[]config.Link{{Interface: "gone0"}}, false, []string{
			"prov0 on prov0 [2001:db8:10::/64] false",
			"prov1 on prov1 [] false",
			" on gone0 [] false",
		}},
		"rapid commit is that of the server unless the link says": {
			[]config.Link{{Interface: "prov1", RapidCommit: &no}, {Prefixes: prefixes("2001:db8:20::/64")}}, true, []string{
				"prov0 on prov0 [2001:db8:10::/64] true",
				"prov1 on prov1 [] false",
				"2001:db8:20::/64 on  [2001:db8:20::/64] true",
			}},
		"rapid commit on one link only": {[]config.Link{{Interface: "prov1", RapidCommit: &yes}}, false, []string{
			"prov0 on prov0 [2001:db8:10::/64] false",
			"prov1 on prov1 [] true",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			table := assembly.Links(kernel, c.configured, c.rapid)
			var got []string
			for _, l := range table.Links() {
				got = append(got, fmt.Sprintf("%s on %s %v %t", l.Name, l.Interface, l.Prefixes, l.RapidCommit))
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if l := table.ByInterface(2); l == nil || !strings.Contains(c.want[0], "on "+l.Interface+" ") {
				t.Errorf("the link of prov0 is %v", l)
			}
		})
	}
}
