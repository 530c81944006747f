package integ

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/api"
	serverevent "github.com/stage6/stage6/event"
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/netlab"
	"github.com/stage6/stage6/internal/netlab/labtest"
	"github.com/stage6/stage6/internal/simulate"
)

// TestTheStory is what the server is for. A machine boots by HTTP, with two
// clients in its firmware, by iPXE and an installer, and is installed; it comes up
// with its own address and prefix. Then all that again: its system, which has
// another DUID now, comes up with the same. Nobody else gets it.
func TestTheStory(t *testing.T) {
	for _, a := range arrangements() {
		t.Run(a.name, func(t *testing.T) {
			t.Parallel()
			s := newStory(t, a)
			s.install()
			s.server.operate("installed", "web01")
			if s.blind {
				s.fails("networkd", "networkd: the Advertise: the server says NoAddrsAvail "+strconv.Quote(unknownMachine)+" in the IA_NA")
				s.server.operate("hosts", "pin", "web01", s.machine.DUID(s.system).String())
			}
			s.comeUp()
			s.server.operate("deploy", "web01")
			s.install()
			s.report()
			s.comeUp()
			s.wantLeases()
			s.wantOthersRefused()
			s.wantEvents()
		})
	}
}

// story is a network with two machines, of which the first one is told of.
type story struct {
	arrangement
	t        *testing.T
	machines [2]*netlab.Namespace
	station  *netlab.Namespace // the server's
	server   *server
	place    seat
	carrier  *simulate.Carrier
	machine  *simulate.Machine
	system   *simulate.Profile // that is installed

	heard    strings.Builder       // what programs got since the last boot
	clients  map[ident.DUID]string // names of the clients that the machine was
	programs map[string]int        // how many clients of that program it was
	last     *simulate.Client      // that started
}

// storyUUID is the first machine's as people read it.
const storyUUID = "4c4c4544-0042-3510-8052-b4c04f4a3132"

func newStory(t *testing.T, a arrangement) *story {
	t.Helper()
	s := &story{arrangement: a, t: t, station: labtest.Namespace(t, "server"), clients: map[ident.DUID]string{}, programs: map[string]int{}}
	for i := range s.machines {
		s.machines[i] = labtest.Namespace(t, fmt.Sprintf("web0%d", i+1))
	}
	s.place = a.build(s)
	for i, ns := range s.machines {
		check(t, ns.Down(wan))
		check(t, ns.SetMAC(wan, storyMAC(i)))
		check(t, ns.Up(wan))
		s.linkLocal(ns, wan)
	}
	s.server = startServer(t, s.station, a.config(s.place))
	uuid, err := simulate.ParseUUID(storyUUID)
	check(t, err)
	plan, err := simulate.ParsePlan("networkd")
	check(t, err)
	s.system = plan[0][0]
	s.machine = simulate.NewMachine(ident.MAC(storyMAC(0)), uuid, 1)
	check(t, s.machines[0].Do(func() error {
		s.carrier, err = simulate.DialLink(t.Context(), wan)
		return err
	}))
	t.Cleanup(func() { s.carrier.Close() })
	return s
}

// storyMAC is that of a machine's network card.
func storyMAC(i int) []byte { return []byte{0x52, 0x54, 0x00, 0xaa, 0xbb, byte(i + 1)} }

// config is the server's configuration.
func (a arrangement) config(place seat) string {
	return fmt.Sprintf(`
leases: $DIR/leases
api: ['unix:$DIR/api.sock', '%s']
server6:
  listen: ['%s']
%s  links:
    - name: prov
      prefixes: ['2001:db8:10::/64']
  plugins:
    - server_id: auto
    - identify: %s
    - stage: {installer: 'user_class == "anaconda"'}
    - hosts:
        web01:
          %s
          address: '2001:db8:10::101'
          prefix: '2001:db8:f001::/56'
          state: deploy
        web02:
          %s
          address: '2001:db8:10::102'
    - lifetimes: {preferred: 12h, valid: 24h}
    - deploy: '2001:db8:10::d:0/112'
      when: 'stage != "final"'
    - final: {unknown: refuse}
    - boot:
        - {stage: loader, when: 'state != "deploy"', local: true, script: 'http://[2001:db8:10::2]/exit.ipxe'}
        - {stage: loader, url: 'http://[2001:db8:10::2]/install.ipxe?host=${host}&token=${token}'}
        - {method: http, url: 'http://[2001:db8:10::2]/ipxe.efi'}
    - dns: '2001:db8:10::2'
`, place.api(), place.listen, place.trusting(), a.identify, a.hosts[0], a.hosts[1])
}

// api is where installers reach the server.
func (p seat) api() string { return fmt.Sprintf("http://[%s]:8067", p.server) }

func (p seat) trusting() string {
	if p.relays == nil {
		return ""
	}
	var quoted []string
	for _, addr := range p.relays {
		quoted = append(quoted, fmt.Sprintf("'%v/128'", addr))
	}
	return "  relays: [" + strings.Join(quoted, ", ") + "]\n"
}

// firmwareGot is what UEFI has to be given, whatever the machine is to do: for
// the client that boots, and for the one beside it.
const firmwareGot = `uefi-http Advertise: lent 1h0m0s/1h0m0s, boots http://[2001:db8:10::2]/ipxe.efi, class 343 HTTPClient, DNS 2001:db8:10::2
uefi-ip6 Advertise: lent 1h0m0s/1h0m0s, DNS 2001:db8:10::2
uefi-ip6 Reply: lent 1h0m0s/1h0m0s, DNS 2001:db8:10::2
uefi-http Reply: lent 1h0m0s/1h0m0s, boots http://[2001:db8:10::2]/ipxe.efi, class 343 HTTPClient, DNS 2001:db8:10::2
uefi-ip6 Release: lent 1h0m0s/1h0m0s
uefi-http Release: lent 1h0m0s/1h0m0s
`

const loaderGot = `ipxe Advertise: lent 1h0m0s/1h0m0s, boots http://[2001:db8:10::2]/install.ipxe?host=web01&token=TOKEN, DNS 2001:db8:10::2
ipxe Reply: lent 1h0m0s/1h0m0s, boots http://[2001:db8:10::2]/install.ipxe?host=web01&token=TOKEN, DNS 2001:db8:10::2
`

const installerGot = `live Advertise: lent 1h0m0s/1h0m0s, DNS 2001:db8:10::2
live Reply: lent 1h0m0s/1h0m0s, DNS 2001:db8:10::2
`

const systemGot = `ipxe Advertise: lent 1h0m0s/1h0m0s, boots http://[2001:db8:10::2]/exit.ipxe, DNS 2001:db8:10::2
ipxe Reply: lent 1h0m0s/1h0m0s, boots http://[2001:db8:10::2]/exit.ipxe, DNS 2001:db8:10::2
networkd Advertise: 2001:db8:10::101/128 12h0m0s/24h0m0s, 2001:db8:f001::/56 12h0m0s/24h0m0s, DNS 2001:db8:10::2
networkd Reply: 2001:db8:10::101/128 12h0m0s/24h0m0s, 2001:db8:f001::/56 12h0m0s/24h0m0s, DNS 2001:db8:10::2
`

// installer is the program that installs the machine. Where the server cannot
// know which machine that is on, it says what it is.
func (s *story) installer() string {
	if s.blind {
		return "anaconda"
	}
	return "live"
}

// install boots the machine until it is installed. The server is killed while it
// does.
func (s *story) install() {
	s.t.Helper()
	s.server.wantState("web01", "deploy")
	s.boots("uefi-http+uefi-ip6", firmwareGot)
	s.boots("ipxe", loaderGot)
	s.server.restart(killed)
	s.boots(s.installer(), strings.ReplaceAll(installerGot, "live", s.installer()))
}

// comeUp boots the machine that is installed. The server is asked to end while
// it does.
func (s *story) comeUp() {
	s.t.Helper()
	s.server.wantState("web01", "installed")
	s.boots("uefi-http+uefi-ip6", firmwareGot)
	s.server.restart(asked)
	s.boots("ipxe,networkd", systemGot)
}

// report has the installer say that it is done, from the address that it was
// given.
func (s *story) report() {
	s.t.Helper()
	ns, address := s.machines[0], netip.PrefixFrom(s.last.Leases()[0].Prefix.Addr(), 64)
	check(s.t, ns.AddAddress(wan, address))
	if s.place.connect != nil {
		s.place.connect(address.Addr())
	}
	check(s.t, simulate.Reporter{URL: s.place.api(), HTTP: ns.HTTP()}.Installed(labtest.Context(s.t), s.machine, s.system))
	_, err := ns.Run(labtest.Context(s.t), "ip", "-6", "address", "flush", "dev", wan, "scope", "global")
	check(s.t, err)
}

// boots lets programs of the machine run, and compares what they got.
func (s *story) boots(programs, want string) {
	s.t.Helper()
	if err := s.run(programs); err != nil {
		s.t.Errorf("%s: %v", programs, err)
	}
	if diff := cmp.Diff(want, s.heard.String()); diff != "" {
		s.t.Fatalf("%s: what the machine got (-want +got):\n%s", programs, diff)
	}
}

// fails lets a program of the machine run that gets nothing, for a reason.
func (s *story) fails(program, want string) {
	s.t.Helper()
	if got := fmt.Sprint(s.run(program)); got != want {
		s.t.Errorf("got %s\nwant %s", got, want)
	}
}

func (s *story) run(programs string) error {
	plan, err := simulate.ParsePlan(programs)
	check(s.t, err)
	s.heard.Reset()
	boot := simulate.Boot{Plan: plan, Carrier: s.carrier, Watch: s}
	err = boot.Run(labtest.Context(s.t), s.machine)
	if _, _, broken := s.carrier.Checked(); len(broken) > 0 {
		s.t.Fatalf("%s: an answer is wrong: %v", programs, broken)
	}
	return err
}

// Started gives a client that was not there before a name, such as that of the
// second system that the machine has.
func (s *story) Started(c *simulate.Client) {
	s.last = c
	if _, known := s.clients[c.DUID()]; known {
		return
	}
	program := c.Profile.Name
	s.programs[program]++
	s.clients[c.DUID()] = fmt.Sprintf("%s %d", program, s.programs[program])
}

// Exchanged writes down what a program got, or gave back.
func (s *story) Exchanged(e *simulate.Exchange) {
	what, got := e.Message(), []string{}
	if e.Answer != nil && e.Message() != "Release" {
		what = e.Answer.Name()
	}
	for _, l := range e.Given {
		got = append(got, fmt.Sprintf("%s %v/%v", shownLease(l.Prefix), l.Preferred, l.Valid))
	}
	if e.Err != nil {
		got = append(got, e.Err.Error())
	} else if e.Message() != "Release" {
		got = append(got, shownOptions(e.Answer)...)
	}
	fmt.Fprintf(&s.heard, "%s %s: %s\n", e.Client.Profile.Name, what, strings.Join(got, ", "))
}

// lendable is the range of the early stages.
var lendable = netip.MustParsePrefix("2001:db8:10::d:0/112")

func shownLease(p netip.Prefix) string {
	if lendable.Contains(p.Addr()) && p.IsSingleIP() {
		return "lent"
	}
	return p.String()
}

// aToken is another one at each installation.
var aToken = regexp.MustCompile(`token=[\w-]{32}`)

func shownOptions(a *simulate.Answer) (out []string) {
	if url := a.BootFile(); url != "" {
		out = append(out, "boots "+aToken.ReplaceAllString(url, "token=TOKEN"))
	}
	if data, ok := a.Option(dhcpv6.OptionVendorClass); ok {
		out = append(out, fmt.Sprintf("class %d %s", binary.BigEndian.Uint32(data), data[6:]))
	}
	if data, ok := a.Option(dhcpv6.OptionBootfileParam); ok {
		out = append(out, fmt.Sprintf("parameters %q", data))
	}
	for _, addr := range a.DNS() {
		out = append(out, "DNS "+addr.String())
	}
	return out
}

// wantLeases compares the leases of which the server tells, in any state, after
// two installations.
func (s *story) wantLeases() {
	s.t.Helper()
	var found []api.Lease
	check(s.t, json.Unmarshal([]byte(s.server.operate("leases", "--state", "all", "--json")), &found))
	counts, known := map[string]int{}, "web01"
	if s.blind {
		known = ""
	}
	for _, l := range found {
		counts[fmt.Sprintf("%s: %s of %s, %s at %s, %d/%d",
			shownLease(l.Prefix), s.clients[l.DUID], l.Host, l.State, l.Stage, l.Preferred, l.Valid)]++
	}
	want := map[string]int{
		// Every boot made two clients of firmware, which gave their addresses back.
		"lent: uefi-http 1 of web01, released at firmware, 3600/3600":                         8,
		"lent: ipxe 1 of web01, active at loader, 3600/3600":                                  1,
		"2001:db8:10::101/128: networkd 2 of web01, active at final, 43200/86400":             1,
		"2001:db8:f001::/56: networkd 2 of web01, active at final, 43200/86400":               1,
		fmt.Sprintf("lent: %s 1 of %s, active at installer, 3600/3600", s.installer(), known): 1,
		fmt.Sprintf("lent: %s 2 of %s, active at installer, 3600/3600", s.installer(), known): 1,
	}
	if diff := cmp.Diff(want, counts); diff != "" {
		s.t.Errorf("leases that the server lists (-want +got):\n%s", diff)
	}
}

// unknownMachine is what somebody is told who is nobody to the server, behind a
// relay agent that tells nothing.
const unknownMachine = "the machine is not known: the relay agent 2001:db8:ff::1 sent no option 79, and no host has its DUID"

// storyAddress is that of the machine.
var storyAddress = netip.MustParseAddr("2001:db8:10::101")

// wantOthersRefused lets the other machine ask for the first one's address: as
// itself, and with the DUID and IAID of the system that has it. Where nothing but
// its DUID tells which machine a system is on, it would be that system.
func (s *story) wantOthersRefused() {
	s.t.Helper()
	other := newIntruder(s.t, s.machines[1])
	other.duid, other.iaid = "\x00\x02\x00\x00\x00\x09other", [4]byte{1}
	s.clients[other.duid] = "other"
	if s.blind {
		s.wantTold(other.asksFor(storyAddress), "NoAddrsAvail: "+unknownMachine, "NoAddrsAvail: "+unknownMachine, "NoBinding: "+unknownMachine)
	} else {
		s.wantTold(other.asksFor(storyAddress), "2001:db8:10::102 for 24h0m0s", "2001:db8:10::102 for 24h0m0s",
			"2001:db8:10::102 for 24h0m0s, 2001:db8:10::101 for 0s")
		other.duid, other.iaid = s.last.DUID(), s.last.Associations[0].ID
		s.wantTold(other.asksFor(storyAddress), "NoAddrsAvail: another machine has leases under this DUID and IAID",
			"NoAddrsAvail: another machine has leases under this DUID and IAID", "NoBinding: another machine has leases under this DUID and IAID")
	}
	check(s.t, s.server.process.WaitOutput(labtest.Context(s.t), 0, "owner=web01"))
}

// wantEvents compares what the server tells of the address and the prefix since it
// was started: that the second system took over from the first, and that the other machine did
// not.
func (s *story) wantEvents() {
	s.t.Helper()
	want := []string{
		"moved web01 2001:db8:10::101 from web01 (networkd 1) final on prov by final",
		"moved web01 2001:db8:f001::/56 from web01 (networkd 1) final on prov by final",
		"denied web02 2001:db8:10::101 of web01 (networkd 2) final on prov by final: asks for what is reserved for another machine",
		"denied web02 2001:db8:10::101 of web01 (networkd 2) on prov by identify: uses the DUID and IAID of another machine",
	}
	if s.blind {
		want = append(want[:2],
			"denied other 2001:db8:10::101 of web01 (networkd 2) final on prov by final: asks for what is reserved for another machine",
			"denied other final on prov by final: "+unknownMachine)
	}
	got := s.server.happened("", serverevent.Moved, serverevent.Denied)
	for i := range got {
		for duid, name := range s.clients {
			got[i] = strings.ReplaceAll(got[i], duid.String(), name)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		s.t.Errorf("events since the server was started (-want +got):\n%s", diff)
	}
}

func (s *story) wantTold(got []string, want ...string) {
	s.t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		s.t.Errorf("what another machine is told that asks for the address (-want +got):\n%s", diff)
	}
}
