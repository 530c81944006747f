package integ

import (
	"encoding/json"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stage6/stage6/internal/netlab"
	"github.com/stage6/stage6/internal/netlab/labtest"
)

// TestTheExamplesAreRight gives every configuration of the examples to stage6
// check, where it stands.
func TestTheExamplesAreRight(t *testing.T) {
	binary, err := buildServer()
	check(t, err)
	for _, path := range files(t, "../examples/*/*.yml") {
		text, err := os.ReadFile(path)
		check(t, err)
		if !strings.Contains(string(text), "server6:") {
			continue
		}
		if out, err := exec.Command(binary, "check", "--quiet", "--config", path).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", path, err, out)
		}
	}
}

// exampleHost makes the machine that examples are started on. They write where
// they say that they do.
func exampleHost(t *testing.T) *netlab.Namespace {
	t.Helper()
	ns := labtest.Namespace(t, "server")
	check(t, ns.Hide("/var/lib", "/run"))
	return ns
}

// startExample starts the server with a file of an example, as it is, but that
// the files it names are found.
func startExample(t *testing.T, ns *netlab.Namespace, name, file string) *server {
	t.Helper()
	folder, err := filepath.Abs(filepath.Join("../examples", name))
	check(t, err)
	text, err := os.ReadFile(filepath.Join(folder, file))
	check(t, err)
	beside := strings.NewReplacer("hosts: hosts.", "hosts: "+folder+"/hosts.", "boot: boot.", "boot: "+folder+"/boot.", "table: boot.", "table: "+folder+"/boot.")
	return startServer(t, ns, beside.Replace(string(text)))
}

// plug connects a machine to a link of the server's.
func plug(t *testing.T, m *machine, ns *netlab.Namespace, link string) {
	t.Helper()
	check(t, netlab.Cable(netlab.Port{Namespace: m.Namespace, Link: wan}, netlab.Port{Namespace: ns, Link: link}))
	for _, end := range []netlab.Port{{Namespace: m.Namespace, Link: wan}, {Namespace: ns, Link: link}} {
		_, err := end.LinkLocal(labtest.Context(t), end.Link)
		check(t, err)
	}
}

// TestAMachineOfACloudHasTheAddressOfItsMAC with two clients after each other,
// whose DUIDs differ, while the first one's lease lives.
func TestAMachineOfACloudHasTheAddressOfItsMAC(t *testing.T) {
	t.Parallel()
	m, ns := newMachine(t, "client"), exampleHost(t)
	plug(t, m, ns, "prov0")
	setMAC(t, m, "52:54:00:d6:c2:a9")
	startExample(t, ns, "mac-reservation", "config.yml")

	first := newDhclient(m, dhclientAddress)
	wantAddress(t, first.start(), "2001:db8::5054:ff:fed6:c2a9")
	first.crash()
	m.removeAddresses()
	wantAddress(t, newDhcpcd(m).start(), "2001:db8::5054:ff:fed6:c2a9")
}

// setMAC gives a machine the MAC that an example knows.
func setMAC(t *testing.T, m *machine, text string) {
	t.Helper()
	mac, err := net.ParseMAC(text)
	check(t, err)
	check(t, m.Down(wan))
	check(t, m.SetMAC(wan, mac))
	check(t, m.Up(wan))
	_, err = m.LinkLocal(labtest.Context(t), wan)
	check(t, err)
}

func wantAddress(t *testing.T, got grant, want string) {
	t.Helper()
	if len(got.Addresses) != 1 || got.Addresses[0].Prefix.Addr() != netip.MustParseAddr(want) {
		t.Errorf("addresses %v, want %s", got.Addresses, want)
	}
}

// TestAnOfficeRouterDelegatesAPrefixThatAnswers lets the client and the server
// be started again, and pings what is behind the client.
func TestAnOfficeRouterDelegatesAPrefixThatAnswers(t *testing.T) {
	t.Parallel()
	m, ns := newMachine(t, "client"), exampleHost(t)
	plug(t, m, ns, "prov0")
	check(t, ns.AddAddress("prov0", netip.MustParsePrefix("2001:db8:0:1::1/64")))
	check(t, m.AddAddress(wan, netip.MustParsePrefix("2001:db8:0:1::2/64")))
	s := startExample(t, ns, "prefix-router", "config.yml")

	c := newDhclient(m, dhclientPrefix)
	prefix := delegatedTo(t, c.start())
	c.crash()
	s.restart(asked)
	if again := delegatedTo(t, c.start()); again != prefix {
		t.Errorf("started again, the client has %v, before it had %v", again, prefix)
	}

	inside := netip.PrefixFrom(prefix.Addr(), 64)
	_, err := m.Run(labtest.Context(t), "ip", "-6", "route", "add", "local", inside.String(), "dev", "lo")
	check(t, err)
	if out, err := ns.Run(labtest.Context(t), labtest.Program(t, "ping"), "-6", "-c", "1", "-W", "5", inside.Addr().Next().String()); err != nil {
		t.Errorf("%v does not answer: %v\n%s", inside, err, out)
	}

	c.release()
	check(t, ns.WaitRoutes(labtest.Context(t), "prov0", func(routes []netlab.Route) bool { return !leadsTo(routes, prefix) }))
}

func delegatedTo(t *testing.T, got grant) netip.Prefix {
	t.Helper()
	if len(got.Prefixes) != 1 || got.Prefixes[0].Prefix.Bits() != 60 {
		t.Fatalf("prefixes %v, want a /60", got.Prefixes)
	}
	return got.Prefixes[0].Prefix
}

func leadsTo(routes []netlab.Route, prefix netip.Prefix) bool {
	for _, r := range routes {
		if r.Destination == prefix {
			return true
		}
	}
	return false
}

// TestAMachineIsKnownBehindARelayAgentThatTellsItsMAC has dnsmasq for the relay
// agent.
func TestAMachineIsKnownBehindARelayAgentThatTellsItsMAC(t *testing.T) {
	t.Parallel()
	m, ns, relay := newMachine(t, "client"), exampleHost(t), labtest.Namespace(t, "relay")
	plug(t, m, relay, "down")
	setMAC(t, m, "52:54:00:aa:bb:01")
	check(t, netlab.Cable(netlab.Port{Namespace: relay, Link: "up"}, netlab.Port{Namespace: ns, Link: "srv0"}))
	check(t, relay.AddAddress("down", netip.MustParsePrefix("2001:db8:10::1/64")))
	check(t, relay.AddAddress("up", netip.MustParsePrefix("2001:db8:1::1/64")))
	check(t, ns.AddAddress("srv0", netip.MustParsePrefix("2001:db8:1::547/64")))
	check(t, ns.AddRoute("srv0", netip.MustParsePrefix("2001:db8:10::/64"), netip.MustParseAddr("2001:db8:1::1")))
	for _, link := range []string{"up", "down"} {
		_, err := relay.LinkLocal(labtest.Context(t), link)
		check(t, err)
	}
	startExample(t, ns, "managed-by-relay", "config.yml")
	agent, err := relay.Spawn(nil, labtest.Program(t, "dnsmasq"), "--no-daemon", "--conf-file=/dev/null", "--user=root", "--log-facility=-", "--pid-file=",
		"--port=0", "--log-dhcp", "--dhcp-relay=2001:db8:10::1,2001:db8:1::547")
	check(t, err)
	check(t, agent.WaitOutput(labtest.Context(t), 0, "DHCP relay"))
	wantAddress(t, newDhclient(m, dhclientAddress).start(), "2001:db8:10::101")
}

// TestTheSystemWithTheUserClassHasTheAddressInDNS sends it as the page of the
// example says.
func TestTheSystemWithTheUserClassHasTheAddressInDNS(t *testing.T) {
	t.Parallel()
	m, ns := newMachine(t, "client"), exampleHost(t)
	plug(t, m, ns, "prov0")
	setMAC(t, m, "52:54:00:aa:bb:01")
	startExample(t, ns, "deploy-then-final", "config.yml")

	installer := newDhclient(m, dhclientAddress)
	got := installer.start()
	if len(got.Addresses) != 1 || !netip.MustParsePrefix("2001:db8:10::d:0/112").Contains(got.Addresses[0].Prefix.Addr()) {
		t.Errorf("the installer has %v, want an address that is lent", got.Addresses)
	}
	installer.crash()
	m.removeAddresses()
	check(t, os.Remove(filepath.Join(m.dir, "dhclient.leases"))) // with its DUID

	system := newDhclient(m, dhclientAddress)
	m.write("dhclient.conf", dhclientConfig+userClass(t))
	wantAddress(t, system.start(), "2001:db8:10::101")
}

// userClass gives the lines for dhclient.conf.
func userClass(t *testing.T) string {
	t.Helper()
	page, err := os.ReadFile("../examples/deploy-then-final/README.md")
	check(t, err)
	_, text, ok := strings.Cut(string(page), "```conf\n")
	lines, _, closed := strings.Cut(text, "```")
	if !ok || !closed {
		t.Fatal("the page has no lines for dhclient.conf")
	}
	return lines
}

// TestTheNextBlockIsTold asks which block the next machine can have, on the
// server's machine, whose own address is in the first one after those of hosts.
func TestTheNextBlockIsTold(t *testing.T) {
	t.Parallel()
	m, ns := newMachine(t, "client"), exampleHost(t)
	plug(t, m, ns, "prov0")
	check(t, ns.AddAddress("prov0", netip.MustParsePrefix("2001:db8:10::11/64")))
	s := startExample(t, ns, "block-of-eight", "config.yml")
	for want, args := range map[string][]string{
		"2001:db8:10::18/125\n": {"next-free", "--length", "125"},
		"2001:db8:10::10\n":     {"next-free", "--link", "prov0"},
		`{"prefix":"2001:db8:10::12/128","within":"2001:db8:10::12/127","link":"prov0"}` + "\n": {"next-free", "--within", "2001:db8:10::12/127", "--json"},
	} {
		if got := s.operate(args...); got != want {
			t.Errorf("%v: got %s, want %s", args, got, want)
		}
	}
}

// containers starts that example, with its five containers on a bridge of the
// server's machine.
func containers(t *testing.T) ([]*machine, *server) {
	t.Helper()
	ns := exampleHost(t)
	var ports []string
	var machines []*machine
	for n := range 5 {
		m, port := newMachine(t, fmt.Sprintf("container-%d", n)), fmt.Sprintf("port%d", n)
		plug(t, m, ns, port)
		setMAC(t, m, fmt.Sprintf("52:54:00:c0:00:%02x", n))
		machines, ports = append(machines, m), append(ports, port)
	}
	check(t, ns.Bridge("prov0", ports...))
	_, err := ns.LinkLocal(labtest.Context(t), "prov0")
	check(t, err)
	return machines, startExample(t, ns, "containers-on-a-bridge", "config.yml")
}

func TestContainersOnABridgeHaveTheirOwnAddresses(t *testing.T) {
	t.Parallel()
	machines, _ := containers(t)
	for n, m := range machines {
		wantAddress(t, newDhclient(m, dhclientAddress).start(), fmt.Sprintf("2001:db8:10::c%x", n))
	}
}

// TestContainersWithTheDUIDsOfMachineIDsHaveTheirOwnAddresses has two containers
// with one machine-id, as where it is in their image, beside three that differ.
func TestContainersWithTheDUIDsOfMachineIDsHaveTheirOwnAddresses(t *testing.T) {
	t.Parallel()
	networkdProfile().wantPrivilege(t)
	machines, s := containers(t)
	for n, m := range machines {
		m.writeInside("/etc/machine-id", fmt.Sprintf("%032x\n", 0x5e6+min(n, 3)))
		c := newNetworkd(m)
		m.writeInside("/etc/systemd/network/10-wan.network", networkdWan+"UseDelegatedPrefix=no\n")
		c.run()
		check(t, m.WaitAddresses(labtest.Context(t), wan, hasAddress(fmt.Sprintf("2001:db8:10::c%x", n))))
	}
	var leases []struct{ DUID string }
	check(t, json.Unmarshal([]byte(s.operate("leases", "--json")), &leases))
	known := map[string]int{}
	for _, lease := range leases {
		known[lease.DUID]++
	}
	for duid := range known {
		if !strings.HasPrefix(duid, "00:02:00:00:ab:11:") {
			t.Errorf("%s is no DUID-EN of systemd's", duid)
		}
	}
	if len(leases) != 5 || len(known) != 4 {
		t.Errorf("%d leases of %d DUIDs, want 5 of 4: %v", len(leases), len(known), known)
	}
}

// hasAddress says whether an address is among those of a link.
func hasAddress(want string) func([]netlab.Address) bool {
	return func(all []netlab.Address) bool {
		return slices.ContainsFunc(all, func(a netlab.Address) bool { return a.Prefix.Addr() == netip.MustParseAddr(want) })
	}
}

// TestDNSServersWithoutAddresses asks with the option -S of dhclient, and with
// dhcp6c, which does not say what it wants.
func TestDNSServersWithoutAddresses(t *testing.T) {
	t.Parallel()
	m, ns := newMachine(t, "client"), exampleHost(t)
	plug(t, m, ns, "prov0")
	startExample(t, ns, "stateless-dns", "config.yml")
	first := newDhclient(m, dhclientStateless)
	got := first.start()
	if want := "[2001:db8:0:3401::6 2001:db8:10:2::2]"; fmt.Sprint(got.DNS) != want {
		t.Errorf("DNS servers %v, want %s", got.DNS, want)
	}
	first.crash() // its hook has been called, and it may have port 546 for some more time
	told, err := m.Run(labtest.Context(t), labtest.Program(t, "dhcp6c"), "-i", "-f", "-p", m.dir+"/dhcp6c.pid", wan)
	check(t, err)
	if want := "nameserver[0] 2001:db8:0:3401::6\nnameserver[1] 2001:db8:10:2::2"; !strings.Contains(told, want) {
		t.Errorf("dhcp6c has\n%s\nwant\n%s", told, want)
	}
}

// TestSeveralServersOnOneMachine has two of ours beside dnsmasq, which does
// DHCPv4 and DNS there.
func TestSeveralServersOnOneMachine(t *testing.T) {
	t.Parallel()
	ns := exampleHost(t)
	links := []struct{ name, file, pool string }{
		{"prov0", "config.yml", "2001:db8:10::1000/116"}, {"lab0", "lab0.yml", "2001:db8:20::1000/116"},
	}
	var machines []*machine
	for _, l := range links {
		m := newMachine(t, "client-"+l.name)
		plug(t, m, ns, l.name)
		machines = append(machines, m)
	}
	check(t, ns.AddAddress("prov0", netip.MustParsePrefix("192.0.2.1/24")))
	other, err := ns.Spawn(nil, labtest.Program(t, "dnsmasq"), "--no-daemon", "--conf-file=/dev/null", "--user=root", "--log-facility=-", "--pid-file=",
		"--bind-interfaces", "--interface=prov0", "--dhcp-range=192.0.2.10,192.0.2.20", "--dhcp-leasefile=/run/dnsmasq.leases")
	check(t, err)
	check(t, other.WaitOutput(labtest.Context(t), 0, "DHCP, IP range"))
	for _, l := range links {
		startExample(t, ns, "several-servers-one-host", l.file)
	}
	for i, l := range links {
		got := newDhclient(machines[i], dhclientAddress).start()
		if len(got.Addresses) != 1 || !netip.MustParsePrefix(l.pool).Contains(got.Addresses[0].Prefix.Addr()) {
			t.Errorf("on %s: addresses %v, want one of %s", l.name, got.Addresses, l.pool)
		}
	}
	select {
	case <-other.Done():
		t.Errorf("dnsmasq has ended:\n%s", other.Output)
	default:
	}
}

// command is a line by which a page of an example says to try it.
var command = regexp.MustCompile(`(?m)^examples/try .*$`)

// TestTheExamplesCanBeTried runs the commands in the pages of the examples.
func TestTheExamplesCanBeTried(t *testing.T) {
	t.Parallel()
	labtest.Namespace(t, "probe") // skips where there are none
	binary, err := buildServer()
	check(t, err)
	for _, page := range files(t, "../examples/*/README.md") {
		text, err := os.ReadFile(page)
		check(t, err)
		for _, line := range command.FindAllString(string(text), -1) {
			t.Run(line, func(t *testing.T) {
				cmd := exec.CommandContext(labtest.Context(t), "sh", "-c", line)
				cmd.Dir, cmd.Env = "..", append(os.Environ(), "STAGE6="+binary)
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Errorf("%v\n%s", err, out)
				}
			})
		}
	}
}
