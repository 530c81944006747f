package integ

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/stage6/stage6/internal/netlab/labtest"
)

// TestTheExampleOfCoreDHCPServesALink starts CoreDHCP's example configuration
// without its part for IPv4, on a link with the address of its lease file.
func TestTheExampleOfCoreDHCPServesALink(t *testing.T) {
	t.Parallel()
	labtest.Program(t, "dhclient")
	m, ns := newMachine(t, "client"), labtest.Namespace(t, "server")
	check(t, ns.Hide("/var/lib", "/run"))
	plug(t, m, ns, "prov0")
	setMAC(t, m, "00:11:22:33:44:55")
	check(t, ns.AddAddress("prov0", netip.MustParsePrefix("2001:2::ffff/64")))
	startServer(t, ns, exampleOfCoreDHCP(t))

	c := newDhclient(m, dhclientBoth)
	got := c.start()
	wantAddress(t, got, "2001:2::1")
	if len(got.Prefixes) != 1 || !netip.MustParsePrefix("2001:db8::/48").Overlaps(got.Prefixes[0].Prefix) {
		t.Errorf("prefixes %v, want one of 2001:db8::/48", got.Prefixes)
	}
	c.release()
}

// exampleOfCoreDHCP gives the part for IPv6 of CoreDHCP's example, with its
// lease file in a folder of its own.
func exampleOfCoreDHCP(t *testing.T) string {
	archive, err := txtar.ParseFile("../cmd/stage6/testdata/script/coredhcp.txtar")
	check(t, err)
	files := map[string]string{}
	for _, f := range archive.Files {
		files[f.Name] = string(f.Data)
	}
	leases := filepath.Join(shortTempDir(t), "leases.txt")
	check(t, os.WriteFile(leases, []byte(files["leases.txt"]), 0o644))
	config, _, cut := strings.Cut(files["config.yml"], "\nserver4:")
	if !cut || !strings.Contains(config, `"leases.txt"`) {
		t.Fatalf("the example is another one:\n%s", files["config.yml"])
	}
	return strings.Replace(config, `"leases.txt"`, `"`+leases+`"`, 1)
}
