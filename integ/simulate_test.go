package integ

import (
	"encoding/json"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stage6/stage6/internal/netlab"
	"github.com/stage6/stage6/internal/netlab/labtest"
)

// simulated is a server on a link, and somewhere to simulate machines.
type simulated struct {
	t       *testing.T
	machine *netlab.Namespace
	server  *server
}

// simulatedMAC is that of the link, and of the known host.
var simulatedMAC = []byte{0x52, 0x54, 0x00, 0xaa, 0xbb, 0x01}

const simulatedConfig = `
leases: $DIR/leases
api: unix:$DIR/api.sock
server6:
  listen: ['[ff02::1:2%srv0]', '[2001:db8:10::2]']
  relays: ['2001:db8:10::9/128']
  plugins:
    - server_id: auto
    - identify: [relay, eui64]
    - tag:
        ipxe: 'user_class == "iPXE"'
        http: 'vendor_class startsWith "HTTPClient"'
        pxe: 'vendor_class startsWith "PXEClient" and not tag.ipxe'
        early: 'tag.ipxe or tag.http or tag.pxe or user_class == "anaconda"'
    - hosts:
        web01: {mac: '52:54:00:aa:bb:01', address: '2001:db8:10::101', prefix: '2001:db8:f001::/56'}
      when: 'not tag.early'
    - pool: '2001:db8:10::d:0/112'
    - prefix: {pool: '2001:db8:e000::/40', length: 56}
    - nbp: 'tftp://[2001:db8:10::2]/snponly.efi'
      when: 'tag.pxe'
    - nbp: 'http://[2001:db8:10::2]/snponly.efi'
      when: 'tag.http'
    - nbp: 'http://[2001:db8:10::2]/boot.ipxe'
      when: 'tag.ipxe'
`

func newSimulated(t *testing.T) *simulated {
	t.Helper()
	return newSimulatedWith(t, simulatedConfig)
}

func newSimulatedWith(t *testing.T, config string) *simulated {
	t.Helper()
	s := &simulated{t: t, machine: labtest.Namespace(t, "machine")}
	station := labtest.Namespace(t, "server")
	check(t, netlab.Cable(netlab.Port{Namespace: s.machine, Link: "eth0"}, netlab.Port{Namespace: station, Link: "srv0"}))
	check(t, s.machine.Down("eth0"))
	check(t, s.machine.SetMAC("eth0", simulatedMAC))
	check(t, s.machine.Up("eth0"))
	check(t, s.machine.AddAddress("eth0", netip.MustParsePrefix("2001:db8:10::9/64")))
	check(t, station.AddAddress("srv0", netip.MustParsePrefix("2001:db8:10::2/64")))
	_, err := station.LinkLocal(labtest.Context(t), "srv0")
	check(t, err)
	s.server = startServer(t, station, config)
	return s
}

// run runs stage6 simulate and gives what it wrote and whether it succeeded.
func (s *simulated) run(args ...string) (string, bool) {
	s.t.Helper()
	p, err := s.machine.Spawn(nil, s.server.binary, append([]string{"simulate"}, args...)...)
	check(s.t, err)
	err = p.Wait(labtest.Context(s.t))
	return p.Output.String(), err == nil
}

func TestASimulatedMachineBootsOnALink(t *testing.T) {
	t.Parallel()
	s := newSimulated(t)
	story, ok := s.run("--interface", "eth0", "--profile", "uefi-pxe,ipxe,anaconda,networkd")
	if !ok {
		t.Fatalf("it did not boot:\n%s", story)
	}
	for _, want := range []string{
		"machine 52:54:00:aa:bb:01", "boot file tftp://[2001:db8:10::2]/snponly.efi", "gave back 2001:db8:10::d:",
		"boot file http://[2001:db8:10::2]/boot.ipxe", "got 2001:db8:10::101 for 24h and 2001:db8:f001::/56 for 24h", "\nbooted\n",
	} {
		if !strings.Contains(story, want) {
			t.Errorf("the story lacks %q:\n%s", want, story)
		}
	}
}

// TestASimulatedInstallerSaysThatItIsDone where only the state of the host tells
// it from the system that comes up next.
func TestASimulatedInstallerSaysThatItIsDone(t *testing.T) {
	t.Parallel()
	s := newSimulatedWith(t, `
leases: $DIR/leases
api: ['unix:$DIR/api.sock', 'http://[2001:db8:10::2]:8067']
server6:
  listen: ['[ff02::1:2%srv0]']
  plugins:
    - server_id: auto
    - identify: frame
    - hosts:
        web01: {mac: '52:54:00:aa:bb:01', address: '2001:db8:10::101', state: deploy}
    - final: {}
    - deploy: '2001:db8:10::d:0/112'
    - boot:
        - {stage: loader, url: 'http://[2001:db8:10::2]/boot.ipxe?token=${token}'}
`)
	story, ok := s.run("--interface", "eth0", "--profile", "ipxe,live,networkd", "--report", "http://[2001:db8:10::2]:8067/")
	if !ok || !strings.Contains(story, "got 2001:db8:10::101 for 24h") {
		t.Errorf("got success %v and:\n%s", ok, story)
	}
	s.server.wantState("web01", "installed")
}

func TestTheBootOfASimulatedMachineIsToldInJSON(t *testing.T) {
	t.Parallel()
	s := newSimulated(t)
	out, ok := s.run("--interface", "eth0", "--profile", "ipxe,networkd", "--json", "--uuid", "4c4c4544-0042-4810-8051-b4c04f333331")
	if !ok {
		t.Fatalf("it did not boot:\n%s", out)
	}
	type exchange struct {
		Profile, DUID, Message, Answer string
		BootFile                       string `json:"boot_file"`
	}
	var got struct {
		MAC, UUID string
		Booted    bool
		Exchanges []exchange
	}
	check(t, json.Unmarshal([]byte(out), &got))
	if got.MAC != "52:54:00:aa:bb:01" || got.UUID != "4c4c4544-0042-4810-8051-b4c04f333331" || !got.Booted || len(got.Exchanges) != 4 {
		t.Fatalf("got %s", out)
	}
	want := exchange{"ipxe", "00:04:4c:4c:45:44:00:42:48:10:80:51:b4:c0:4f:33:33:31", "Request", "Reply", "http://[2001:db8:10::2]/boot.ipxe"}
	if diff := cmp.Diff(want, got.Exchanges[1]); diff != "" {
		t.Errorf("second exchange (-want +got):\n%s", diff)
	}
}

// Other people's server gives simulated machines what they need, too: the
// messages are not only such as ours likes.
func TestSimulatedMachinesBootAgainstDnsmasq(t *testing.T) {
	t.Parallel()
	dnsmasq := labtest.Program(t, "dnsmasq")
	machine, station := labtest.Namespace(t, "machine"), labtest.Namespace(t, "server")
	check(t, netlab.Cable(netlab.Port{Namespace: machine, Link: "eth0"}, netlab.Port{Namespace: station, Link: "srv0"}))
	check(t, station.AddAddress("srv0", netip.MustParsePrefix("2001:db8:10::2/64")))
	ctx := labtest.Context(t)
	for _, place := range []netlab.Port{{Namespace: machine, Link: "eth0"}, {Namespace: station, Link: "srv0"}} {
		_, err := place.LinkLocal(ctx, place.Link)
		check(t, err)
	}
	server, err := station.Spawn(nil, dnsmasq, "--no-daemon", "--conf-file=/dev/null", "--port=0", "--interface=srv0", "--user=root",
		"--dhcp-leasefile="+filepath.Join(shortTempDir(t), "leases"), "--dhcp-authoritative",
		"--dhcp-range=2001:db8:10::1000,2001:db8:10::ffff,64,1h", "--dhcp-option=option6:59,tftp://[2001:db8:10::2]/boot.efi")
	check(t, err)
	t.Cleanup(server.Kill)
	check(t, server.WaitOutput(ctx, 0, "IP range"))
	binary, err := buildServer()
	check(t, err)
	out, err := machine.Run(ctx, binary, "simulate", "--interface", "eth0", "--machines", "10", "--quiet",
		"--profile", "uefi-pxe+uefi-ip6,ipxe,debian-installer,dhclient")
	check(t, err)
	wantText(t, out, "10 machines started, 10 booted, 0 failed", "no address or prefix was given twice", "and broke rules 0 times")
	// Its Reply to a Solicit is its Advertise, with a preference, which is for those.
	out, err = machine.Run(ctx, binary, "simulate", "--interface", "eth0", "--profile", "networkmanager")
	if err == nil {
		t.Error("exit code 0, though an answer broke a rule")
	}
	wantText(t, out, "booted", "a preference is one octet, in an Advertise: it stands in a Reply (RFC 9915, 21.8)")
}

func wantText(t *testing.T, out string, texts ...string) {
	t.Helper()
	for _, want := range texts {
		if !strings.Contains(out, want) {
			t.Errorf("it does not say %q:\n%s", want, out)
		}
	}
}

// TestMachinesBootOverABadNetwork and every answer is right, also those that are
// late or come twice.
func TestMachinesBootOverABadNetwork(t *testing.T) {
	t.Parallel()
	s := newSimulated(t)
	out, ok := s.run("--relay", "2001:db8:10::1", "--server", "2001:db8:10::2", "--machines", "50", "--at-once", "50", "--tries", "8", "--quiet", "--json",
		"--mac", "52:54:00:00:00:01", "--loss", "5%", "--duplicate", "5%", "--reorder", "5%", "--delay", "50ms", "--seed", "1")
	if !ok {
		t.Fatalf("they did not boot:\n%s", out)
	}
	var report struct {
		Booted, Twice     int
		Checked, Breaches uint64
		Network           struct{ Lost, Duplicated, Reordered uint64 }
	}
	check(t, json.Unmarshal([]byte(out), &report))
	if report.Booted != 50 || report.Twice != 0 || report.Checked < 450 || report.Breaches != 0 || report.Network.Lost == 0 || report.Network.Duplicated == 0 || report.Network.Reordered == 0 {
		t.Errorf("got %s", out)
	}
}

func TestSimulatedMachinesBootThroughARelayAgent(t *testing.T) {
	t.Parallel()
	s := newSimulated(t)
	for name, args := range map[string][]string{
		"of port 547":    nil,
		"of another one": {"--odd-port", "--interface-id", "port ${mac}", "--remote-id", "9:rack"},
	} {
		out, ok := s.run(append(args, "--relay", "2001:db8:10::1", "--server", "2001:db8:10::2", "--machines", "50", "--quiet", "--json",
			"--mac", "52:54:00:00:00:01", "--profile", "uefi-http+uefi-ip6,ipxe,networkd")...)
		if !ok {
			t.Fatalf("relay agent %s: they did not boot:\n%s", name, out)
		}
		var report struct {
			Booted, Failed int
			Exchanges      int
			Twice          int
			Messages       []struct{ Profile, Message string }
		}
		check(t, json.Unmarshal([]byte(out), &report))
		if report.Booted != 50 || report.Failed != 0 || report.Twice != 0 || report.Exchanges != 500 {
			t.Errorf("relay agent %s: got %s", name, out)
		}
	}
}

func TestASimulatedMachineSaysWhyItDoesNotBoot(t *testing.T) {
	t.Parallel()
	s := newSimulated(t)
	story, ok := s.run("--relay", "2001:db8:10::1", "--server", "2001:db8:10::77", "--odd-port", "--profile", "dhclient", "--tries", "2", "--wait", "10ms")
	if ok || !strings.Contains(story, "not booted: dhclient: no answer") || !strings.Contains(story, "2 tries") {
		t.Errorf("got success %v and:\n%s", ok, story)
	}
}

func TestASimulationThatIsInterruptedTellsHowFarItCame(t *testing.T) {
	t.Parallel()
	s := newSimulated(t)
	p, err := s.machine.Spawn(nil, s.server.binary, "simulate", "--relay", "2001:db8:10::1", "--server", "2001:db8:10::2",
		"--odd-port", "--profile", "dhclient", "--machines", "100000", "--rate", "20/s")
	check(t, err)
	ctx := labtest.Context(t)
	check(t, p.WaitOutput(ctx, 0, "machines started"))
	check(t, p.Signal(os.Interrupt))
	if err := p.Wait(ctx); err == nil {
		t.Error("exit code 0, though not all had booted")
	}
	for _, want := range []string{"STAGE", "no address or prefix was given twice", "interrupted when "} {
		if !strings.Contains(p.Output.String(), want) {
			t.Errorf("it does not say %q:\n%s", want, p.Output)
		}
	}
}
