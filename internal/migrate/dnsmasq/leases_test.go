package dnsmasq

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/migrate"
	"github.com/stage6/stage6/internal/migrate/migratetest"
)

const leaseText = `1893456000 52:54:00:aa:bb:09 192.0.2.9 printer 01:52:54:00:aa:bb:09
duid 00:01:00:01:2a:0b:0c:0d:52:54:00:00:00:01
1893456000 11189249 2001:db8:10::d:7 web01 00:01:00:01:36:eb:4c:b3:52:54:00:aa:bb:01
0 7 2001:db8:10::d:8 * 00:04:4c:4c:45:44
1893456000 T8 2001:db8:10::d:9 * 00:04:4c:4c:45:44
1893456000 9 2001:db8:10::d:zz * 00:04:4c:4c:45:44
nothing
1893456001 11189250 2001:db8:10::d:7 web02 00:01:00:01:36:eb:4c:b3:52:54:00:aa:bb:02
`

// readInto reads a lease file, and adds a line for each lease and for the server.
func readInto(t *testing.T, text string, report *migrate.Report, lines *[]string) error {
	t.Helper()
	name := filepath.Join(t.TempDir(), "dnsmasq.leases")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return readLeases(t.Context(), []string{name}, &migrate.LeaseSink{
		Report: report,
		Lease: func(l migrate.Lease) error {
			until := "for ever"
			if !l.Until.IsZero() {
				until = l.Until.Format(time.RFC3339)
			}
			*lines = append(*lines, fmt.Sprintf("%s %s %s %q %s line %d", l.Prefix, l.Key, l.State, l.Hostname, until, l.Origin.Line))
			return nil
		},
		ServerID: func(d ident.DUID, o migrate.Origin) {
			*lines = append(*lines, fmt.Sprintf("server %s line %d", d, o.Line))
		},
	})
}

func TestLeasesAreRead(t *testing.T) {
	report := &migrate.Report{}
	var got []string
	if err := readInto(t, leaseText, report, &got); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"server 00:01:00:01:2a:0b:0c:0d:52:54:00:00:00:01 line 2",
		`2001:db8:10::d:7/128 00:01:00:01:36:eb:4c:b3:52:54:00:aa:bb:02/IA_NA:00aabc02 active "web02" 2030-01-01T00:00:01Z line 8`,
		`2001:db8:10::d:8/128 00:04:4c:4c:45:44/IA_NA:00000007 active "" for ever line 4`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	var told []string
	for _, e := range report.Entries() {
		told = append(told, fmt.Sprintf("%d %s", e.Line, e.Reason))
	}
	want = []string{
		"1 leases of DHCPv4, in this and other lines: 1", "5 a temporary address is not kept: the client asks for another one",
		`6 "2001:db8:10::d:zz" is no IPv6 address`, "7 is no lease: want the time, the IAID, the address, the name and the DUID",
	}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Error(diff)
	}
}

func TestAFileOfLeasesIsRecognised(t *testing.T) {
	for text, want := range map[string]bool{
		leaseText: true, "\nduid 00:04:4c:4c:45:44\n": true, "dhcp-range=::,static\n": true, "duid of nobody\n": false, "": false,
	} {
		if got := detect("leases", []byte(text)) > 50; got != want {
			t.Errorf("%q: got %v", text, got)
		}
	}
}

func FuzzLeases(f *testing.F) {
	f.Add(leaseText)
	f.Add(strings.Repeat("x", 2*maxLine))
	f.Fuzz(func(t *testing.T, text string) {
		var got []string
		_ = readInto(t, text, &migrate.Report{}, &got) // that it ends is enough
	})
}

func TestHostsAreTheSameAfterExportAndImport(t *testing.T) {
	migratetest.RoundTrip(t, Format(), migratetest.Hosts(holds))
}
