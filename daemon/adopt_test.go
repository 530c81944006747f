package daemon

import (
	"bytes"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/ident"
)

func TestAHostOfLeasesKeepsThemAndIsKnownAsTheEvidenceAllows(t *testing.T) {
	mac := ident.MAC{0x52, 0x54, 0, 0xaa, 0xbb, 7}
	leases := func(m ident.MAC) []api.Lease {
		return []api.Lease{
			{Prefix: netip.MustParsePrefix("2001:db8:10::d17/128"), DUID: "\x00\x03\x00\x01", MAC: m, Hostname: "db.example.net."},
			{Prefix: netip.MustParsePrefix("2001:db8:f000::/56"), DUID: "\x00\x03\x00\x01", MAC: m},
		}
	}
	keeps := func(f api.HostInterface) *api.HostSpec {
		f.Addresses, f.Prefixes = []string{"2001:db8:10::d17"}, []netip.Prefix{netip.MustParsePrefix("2001:db8:f000::/56")}
		return &api.HostSpec{Hostname: "db.example.net", Interfaces: []api.HostInterface{f}}
	}
	duid := []api.HostClient{{DUID: "\x00\x03\x00\x01"}}
	for name, c := range map[string]struct {
		mac      ident.MAC
		withDUID bool
		want     api.HostInterface
	}{
		"by its MAC":            {mac, false, api.HostInterface{MACs: []ident.MAC{mac}}},
		"by its DUID, too":      {mac, true, api.HostInterface{MACs: []ident.MAC{mac}, Clients: duid}},
		"by its DUID, if alone": {ident.MAC{}, false, api.HostInterface{Clients: duid}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(keeps(c.want), hostOf(leases(c.mac), c.withDUID), cmp.AllowUnexported(netip.Prefix{}), cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestTablesFitTheTerminal(t *testing.T) {
	rows := [][]string{{"NAME", "ADDRESS OR PREFIX", "X"}, {"web01", "2001:db8:10::101,2001:db8:10::102", "é"}, {"a-very-long-name-of-a-host", "-", "-"}}
	for width, want := range map[int]string{
		0: "NAME                        ADDRESS OR PREFIX                  X\n" +
			"web01                       2001:db8:10::101,2001:db8:10::102  é\n" +
			"a-very-long-name-of-a-host  -                                  -\n",
		40: "NAME                ADDRESS OR PREFIX  X\nweb01               2001:db8:10::101…  é\na-very-long-name-…  -                  -\n",
		5:  "NAME      ADDRESS…  X\nweb01     2001:db…  é\na-very-…  -         -\n",
	} {
		var b bytes.Buffer
		if err := printTable(&b, width, rows); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, b.String()); diff != "" {
			t.Errorf("width %d (-want +got)\n%s", width, diff)
		}
		for line := range strings.Lines(b.String()) {
			if n := len([]rune(strings.TrimSuffix(line, "\n"))); width == 40 && n > width {
				t.Errorf("%q has %d characters", line, n)
			}
		}
	}
}

func TestWhatTheServerIsNotThereToCompleteIsNotTold(t *testing.T) {
	for _, words := range [][]string{{"hosts", "show", "w"}, {"leases", "--link", "p"}, {"pools", "p"}, {"adopt", "2"}} {
		var stdout, stderr bytes.Buffer
		run(t.Context(), nil, append([]string{"__complete", "--api", "unix:" + t.TempDir() + "/none"}, words...), &stdout, &stderr)
		if stdout.String() != ":4\n" || strings.Contains(stderr.String(), "server") {
			t.Errorf("%q: %q, %q", words, stdout.String(), stderr.String())
		}
	}
}
