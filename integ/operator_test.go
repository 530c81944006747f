package integ

import (
	"encoding/json"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stage6/stage6/internal/netlab"
	"github.com/stage6/stage6/internal/netlab/labtest"
)

// operatorConfig is that of a network in which most hosts are made by commands.
const operatorConfig = `
leases: $DIR/leases
api: unix:$DIR/api.sock
server6:
  listen: ['[ff02::1:2%srv0]', '[2001:db8:10::2]']
  relays: ['2001:db8:10::9/128']
  plugins:
    - server_id: LL 52:54:00:00:00:01
    - identify: [frame, relay]
    - hosts: $DIR/hosts.yml
    - stage: {}
    - final: {preferred: 200s, valid: 300s}
    - lifetimes: {preferred: 200s, valid: 300s, t1: 8s, t2: 100s}
    - deploy: '2001:db8:10::d:0/112'
    - prefix: {pool: '2001:db8:e000::/40', length: 56}
`

// day is a server, machines that are simulated through a relay agent, and whoever
// operates it all.
type day struct {
	*simulated
	hosts string // the file of hosts
}

func newDay(t *testing.T) *day {
	t.Helper()
	dir := shortTempDir(t)
	d := &day{hosts: filepath.Join(dir, "hosts.yml")}
	check(t, os.WriteFile(d.hosts, []byte("web01: {mac: '52:54:00:cc:00:01', address: '2001:db8:10::101'}\n"), 0o644))
	d.simulated = newSimulatedWith(t, strings.ReplaceAll(operatorConfig, "$DIR/hosts.yml", d.hosts))
	return d
}

// says runs a command, wants an exit code and texts in what it writes, and gives
// that.
func (d *day) says(code int, command string, want ...string) string {
	d.t.Helper()
	p, err := d.server.ns.Spawn(nil, d.server.binary, slices.Insert(strings.Fields(command), 1, "--config", d.server.config())...)
	check(d.t, err)
	got := exitCode(p.Wait(labtest.Context(d.t)))
	out := p.Output.String()
	if got != code {
		d.t.Errorf("stage6 %s: exit code %d, want %d:\n%s", command, got, code, out)
	}
	for _, text := range want {
		if !strings.Contains(out, text) {
			d.t.Errorf("stage6 %s: no %q in\n%s", command, text, out)
		}
	}
	return out
}

// boots lets a machine boot, and wants it to end with a system that has something.
func (d *day) boots(mac, profile, want string) {
	d.t.Helper()
	story, ok := d.run("--relay", "2001:db8:10::9", "--server", "2001:db8:10::2", "--mac", mac, "--profile", profile)
	if !ok || !strings.Contains(story, "got "+want) {
		d.t.Errorf("%s as %s: success %v, want %q in:\n%s", mac, profile, ok, want, story)
	}
}

// leasesOf gives what a query of the leases finds.
func (d *day) leasesOf(args ...string) (found []struct {
	Prefix netip.Prefix
	DUID   string
	Host   string
}) {
	d.t.Helper()
	check(d.t, json.Unmarshal([]byte(d.server.operate(append([]string{"leases", "--json"}, args...)...)), &found))
	return found
}

func TestMistakesOfAnOperatorAreExplained(t *testing.T) {
	t.Parallel()
	d := newDay(t)
	d.says(0, "hosts add web07 --mac 52:54:00:cc:00:07 --address 2001:db8:10::107", "web07 is made, version 1, new, has 2001:db8:10::107")
	for command, want := range map[string]struct {
		code int
		text string
	}{
		"hosts add web08":                                                      {2, "nothing that it is recognised by"},
		"hosts add web08 --mac zz":                                             {2, `MAC "zz": want six octets`},
		"hosts add web_8! --mac 52:54:00:cc:00:08":                             {2, "want a name of letters"},
		"hosts add web08 --mac 52:54:00:cc:00:01":                              {5, `already that of host "web01" at ` + d.hosts + ":1:1"},
		"hosts add web07 --mac 52:54:00:cc:00:08":                              {5, "there already, with version"},
		"hosts add web08 --mac 52:54:00:cc:00:08 --address 192.0.2.1":          {2, "is not an IPv6 address"},
		"hosts add web08 --mac 52:54:00:cc:00:08 --option colour=red":          {2, `unknown option "colour"`},
		"hosts add web08 --mac 52:54:00:cc:00:08 --state asleep":               {2, "want new, deploy, installed or locked"},
		"hosts add web08 --mac 52:54:00:cc:00:08 --prefix 2001:db8:f001::1/56": {2, "write 2001:db8:f001::/56"},
		"hosts change web01 --tag x":                                           {5, "change it there"},
		"hosts change web99 --tag x":                                           {4, `host "web99" not found`},
		"hosts change web07 --tag x --version 99":                              {5, "by now: look at it"},
		"hosts delete web01":                                                   {5, "delete it there"},
		"hosts show web99":                                                     {4, "not found"},
		"hosts --state asleep":                                                 {2, "want new, deploy"},
		"deploy web07 web99":                                                   {4, "web07 is deploy"},
		"installed web07 --duid zz":                                            {2, "want octets in hexadecimal"},
		"adopt 2001:db8:10::1 --name x":                                        {4, "an active lease of 2001:db8:10::1 not found"},
		"adopt web07 --name x":                                                 {2, "want an address, a prefix with its length, or a DUID"},
		"adopt 2001:db8:10::1":                                                 {2, "name"},
		"next-free --link nowhere":                                             {4, "srv0"},
		"next-free --length 200":                                               {2, "want 1 to 128"},
		"pools nowhere":                                                        {4, "not found"},
		"leases --state asleep":                                                {2, "want active, expired, released, declined or all"},
		"leases release 2001:db8:10::1":                                        {4, "not found"},
		"explain web99":                                                        {4, "no MAC, DUID, UUID or address either"},
		"explain 52:54:00:cc:00:99":                                            {1, "tcpdump"},
		"explain --offline web07":                                              {2, "--try"},
		"explain --try nothing.pcap":                                           {2, "nothing.pcap: no such file"},
		"explain --try solicit colour=red":                                     {2, "want one of mac, duid"},
		"watch --kind birthday":                                                {2, "want one of seen, identified"},
		"token web99":                                                          {4, "not found"},
		"token verify nothing":                                                 {1, "not one of this server's"},
		"deplyo web07":                                                         {2, "did you mean deploy"},
		"hosts add web08 --mac 52:54:00:cc:00:08 --file " + d.server.config(): {2, "--file"},
		"status --api unix:" + d.server.dir + "/nobody.sock":                  {1, "is stage6 serve running"},
	} {
		d.says(want.code, command, want.text)
	}
	d.says(0, "hosts", "web01", "web07")
}

func TestAnOperatorsDay(t *testing.T) {
	t.Parallel()
	d := newDay(t)
	d.says(0, "check", "is right")
	d.says(0, "status", "ready     yes", "1 (1 new)", "pools     2, 0 nearly full")

	// A machine that nobody knows boots, and is made a host of by its address.
	d.boots("52:54:00:cc:00:05", "debian-installer", "2001:db8:10::d:")
	unknown := d.leasesOf("--mac", "52:54:00:cc:00:05")
	if len(unknown) != 1 || unknown[0].Host != "" {
		t.Fatalf("leases %+v, want one of nobody", unknown)
	}
	kept := unknown[0].Prefix.Addr().String()
	if out := d.says(0, "adopt "+kept+" --name web05 --tag rhel", "web05 is made", "has "+kept); strings.Contains(out, "warning") {
		t.Errorf("a host is told to wait for itself:\n%s", out)
	}
	d.says(5, "adopt "+kept+" --name again")
	d.boots("52:54:00:cc:00:05", "dhclient", kept) // with another DUID

	// By its DUID a client keeps its address and its prefix.
	d.boots("52:54:00:cc:00:06", "dhclient-both", "2001:db8:10::d:")
	both := d.leasesOf("--mac", "52:54:00:cc:00:06")
	if len(both) != 2 {
		t.Fatalf("leases %+v, want an address and a prefix", both)
	}
	d.says(0, "adopt "+both[0].DUID+" --name web06 --state installed", both[0].Prefix.Addr().String())
	d.boots("52:54:00:cc:00:06", "dhclient-both", both[0].Prefix.Addr().String())
	if now := d.leasesOf("--host", "web06"); len(now) != 2 || now[0].Prefix != both[0].Prefix || now[1].Prefix != both[1].Prefix {
		t.Errorf("web06 has %+v, had %+v", now, both)
	}

	d.says(0, "hosts add web08 --mac 52:54:00:cc:00:08 --address next-free --state deploy", "2001:db8:10::3")
	d.says(0, "next-free", "2001:db8:10::4")
	d.says(0, "hosts search RHEL", "web05")
	d.says(0, "hosts search 5254.00cc.0008", "web08")
	d.says(0, "lock web08", "web08 is locked")
	d.says(0, "unlock web08", "web08 is installed")
	d.says(0, "explain web05", "web05", "by final")
	d.says(0, "explain "+kept, "web05")
	d.says(0, "explain --try solicit mac=52:54:00:cc:00:01", "web01", "2001:db8:10::101", "only tried")
	d.says(0, "pools", "deploy", "prefix")
	d.says(0, "leases verify", "0 problems")
	d.says(0, "__complete hosts show web0", "web05", "web08")

	// A file takes over what was made by a command, and gives it back.
	d.writeHosts("file08: {mac: '52:54:00:cc:00:08'}\n")
	d.says(0, "reload", "serves")
	d.says(0, "hosts --source aside", "web08")
	d.says(0, "status", "1 set aside", "problem")
	d.server.wantTold("web08", "host", "host web08*", `host web08: host "web08": MAC 52:54:00:cc:00:08 is already that of host "file08"*`)
	d.writeHosts("")
	d.says(0, "reload", "serves")
	d.says(0, "status", "4 (")

	// What cannot be read changes nothing.
	d.writeHosts("web02: {mac: 'zz'}\n")
	d.says(2, "reload", "hosts.yml:2:14")
	d.says(0, "status", "ready     yes", "problem   the configuration cannot be used")
}

// writeHosts gives the file of hosts another one beside web01; nothing for none.
func (d *day) writeHosts(more string) {
	d.t.Helper()
	check(d.t, os.WriteFile(d.hosts, []byte("web01: {mac: '52:54:00:cc:00:01', address: '2001:db8:10::101'}\n"+more), 0o644))
}

// TestWhatIsMadeByCommandsSurvives a backup into another directory, too.
func TestWhatIsMadeByCommandsSurvives(t *testing.T) {
	t.Parallel()
	d := newDay(t)
	d.says(0, "hosts add web07 --mac 52:54:00:cc:00:07 --address 2001:db8:10::107 --tag rhel --state installed")
	d.boots("52:54:00:cc:00:07", "dhclient", "2001:db8:10::107")
	hosts, leases := d.server.operate("hosts", "--json"), d.server.leases()
	copied := filepath.Join(d.server.dir, "copy")
	d.says(0, "backup "+copied)
	d.server.stop(killed)
	d.says(1, "restore "+copied, "move the old one away first")
	check(t, os.RemoveAll(filepath.Join(d.server.dir, "leases")))
	d.says(0, "restore "+copied)
	d.server.start()
	if diff := cmp.Diff(hosts, d.server.operate("hosts", "--json")); diff != "" {
		t.Errorf("hosts (-before +after)\n%s", diff)
	}
	if now := d.server.leases(); !slices.Equal(leases, now) {
		t.Errorf("leases %v, were %v", now, leases)
	}
}

// TestAClientFollowsItsHost with a real client that renews: to another address when
// that of the host is changed, and to the pool when the host is deleted.
func TestAClientFollowsItsHost(t *testing.T) {
	t.Parallel()
	m, ns := newMachine(t, "client"), labtest.Namespace(t, "server")
	plug(t, m, ns, "srv0")
	check(t, ns.AddAddress("srv0", netip.MustParsePrefix("2001:db8:10::2/64")))
	setMAC(t, m, "52:54:00:cc:00:07")
	d := &day{simulated: &simulated{t: t, machine: m.Namespace}}
	d.hosts = filepath.Join(shortTempDir(t), "hosts.yml")
	d.writeHosts("")
	d.server = startServer(t, ns, strings.ReplaceAll(operatorConfig, "$DIR/hosts.yml", d.hosts))
	d.says(0, "hosts add web07 --mac 52:54:00:cc:00:07 --address 2001:db8:10::107")
	c := dhcpcdProfile().new(m)
	c.start()
	d.awaitOnly(m, "2001:db8:10::107/128")

	d.says(0, "hosts change web07 --address 2001:db8:10::117", "has 2001:db8:10::117")
	d.awaitOnly(m, "2001:db8:10::117/128")
	if has := d.leasesOf("--host", "web07"); len(has) != 2 || has[0].Prefix.Addr().String() != "2001:db8:10::117" {
		t.Errorf("leases %+v, want the new address and the delegated prefix", has)
	}
	d.says(5, "hosts delete web07", "release them, or delete it with force")
	d.says(0, "hosts delete web07 --force", "web07 is deleted")
	d.awaitOnly(m, "2001:db8:10::d:0/112")
	d.says(0, "hosts add web17 --mac 52:54:00:cc:00:17 --address 2001:db8:10::117", "web17 is made")
	c.crash()
}

// awaitOnly waits until the machine has one global address, which lies in a prefix,
// and none that is not to be used any more.
func (d *day) awaitOnly(m *machine, within string) {
	d.t.Helper()
	p := netip.MustParsePrefix(within)
	err := m.WaitAddresses(m.context(), wan, func(addresses []netlab.Address) bool {
		all := global(addresses)
		return len(all) == 1 && p.Contains(all[0].Prefix.Addr())
	})
	if err != nil {
		d.t.Fatalf("an address in %s: %v\n%s", within, err, d.server.operate("explain", "52:54:00:cc:00:07"))
	}
}
