package integ

import (
	"bytes"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// importCase is a network of another server's, and what a real client gets there
// when this server runs what was imported.
type importCase struct {
	format, archive string // of the tests of the import
	link, address   string // of the server's machine
	mac             string // of the client's; empty: any
	mode            dhclientMode
	want            string // the address, or the prefix that it or what is delegated is in
	dns             string
}

func importCases() []importCase {
	return []importCase{
		{"dnsmasq", "deploy", "prov0", "2001:db8:10::2/64", "52:54:00:aa:bb:01", dhclientAddress, "2001:db8:10::d:0/112", "[2001:db8:10::53]"},
		{"dnsmasq", "block", "prov0", "2001:db8:10::100/64", "52:54:00:aa:bb:02", dhclientAddress, "2001:db8:10::9/128", "[2001:db8:10::53]"},
		{"dhcp6s", "home", "eth1", "2001:db8:12:1234::1/64", "", dhclientAddress, "2001:db8:12:1234::bead:0/112", "[2001:db8:d:407::1 2001:db8:d:407:0:baad:beef:cafe]"},
		{"wide", "stateless", "prov0", "", "", dhclientStateless, "", "[2001:db8:0:3401::6 2001:db8:10:2::2]"},
		{"cisco", "prefix-router", "prov0", "", "", dhclientPrefix, "2001:db8:100::/56", "[2001:db8:0:6::66 2001:db8:0:9::99]"},
		{"coredhcp", "example", "prov0", "2001:2::2/64", "00:11:22:33:44:55", dhclientAddress, "2001:2::1/128", "[2001:4860:4860::8888 2001:4860:4860::8844]"},
		{"csvhosts", "inventory", "prov0", "2001:db8:10::2/64", "52:54:00:aa:bb:03", dhclientAddress, "2001:db8:10::103/128", "[]"},
	}
}

// TestImportedConfigurationsServeRealClients imports with the program as people
// do, and runs what comes out as it is.
func TestImportedConfigurationsServeRealClients(t *testing.T) {
	for _, c := range importCases() {
		t.Run(c.format+" "+c.archive, func(t *testing.T) {
			t.Parallel()
			m, ns := newMachine(t, "client"), exampleHost(t)
			plug(t, m, ns, c.link)
			if c.mac != "" {
				setMAC(t, m, c.mac)
			}
			if c.address != "" {
				check(t, ns.AddAddress(c.link, netip.MustParsePrefix(c.address)))
			}
			startServer(t, ns, importArchive(t, c))
			c.compare(t, newDhclient(m, c.mode).start())
		})
	}
}

// importArchive imports what is in an archive, and gives the configuration.
func importArchive(t *testing.T, c importCase) string {
	t.Helper()
	binary, err := buildServer()
	check(t, err)
	archive, err := txtar.ParseFile(filepath.Join("../internal/migrate", c.format, "testdata", c.archive+".txtar"))
	check(t, err)
	dir := t.TempDir()
	for _, f := range archive.Files {
		check(t, os.WriteFile(filepath.Join(dir, f.Name), f.Data, 0o600))
	}
	var out, report bytes.Buffer
	command := exec.Command(binary, "import", filepath.Join(dir, archive.Files[0].Name))
	command.Stdout, command.Stderr = &out, &report
	if err := command.Run(); err != nil && command.ProcessState.ExitCode() != 3 {
		t.Fatalf("%v: %s", err, report.String())
	}
	return out.String()
}

func (c importCase) compare(t *testing.T, got grant) {
	t.Helper()
	if dns := fmt.Sprint(got.DNS); c.dns != dns {
		t.Errorf("DNS servers %s, want %s", dns, c.dns)
	}
	leases := append(got.Addresses, got.Prefixes...)
	if c.want == "" {
		if len(leases) != 0 {
			t.Errorf("got %v, want options only", leases)
		}
		return
	}
	if len(leases) != 1 || !netip.MustParsePrefix(c.want).Contains(leases[0].Prefix.Addr()) {
		t.Errorf("got %v, want one of %s", leases, c.want)
	}
}

// TestExportTellsWhatTheServerWasTold has the state and the pinned DUID of the
// running server in what is exported.
func TestExportTellsWhatTheServerWasTold(t *testing.T) {
	t.Parallel()
	ns := exampleHost(t)
	s := startServer(t, ns, `leases: memory
api: unix:$DIR/api.sock
server6:
  plugins:
    - server_id: LL 52:54:00:00:00:01
    - hosts:
        web01: {mac: '52:54:00:aa:bb:01', address: '2001:db8:10::101'}
`)
	run := func(args ...string) string {
		out, err := exec.Command(s.binary, append(args, "--api", "unix:"+s.dir+"/api.sock")...).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	run("installed", "web01", "--duid", "00:04:4c:4c:45:44")
	for format, wants := range map[string][]string{
		"csv":   {"52:54:00:aa:bb:01,,00:04:4c:4c:45:44,,2001:db8:10::101,,,installed,"},
		"hosts": {"state: installed", "duid: '00:04:4c:4c:45:44'"},
	} {
		got := run("export", "--format", format)
		for _, want := range wants {
			if !strings.Contains(got, want) {
				t.Errorf("%s: %q is not in:\n%s", format, want, got)
			}
		}
	}
}
