package integ

import (
	"errors"
	"fmt"
	"net/netip"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stage6/stage6/api"
	serverevent "github.com/stage6/stage6/event"
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/netlab"
	"github.com/stage6/stage6/internal/netlab/labtest"
	"github.com/stage6/stage6/internal/simulate"
	"github.com/stage6/stage6/stage"
)

var (
	pcAddress = netip.MustParseAddr("2001:db8:10::101")
	pcDeploy  = netip.MustParsePrefix("2001:db8:10::d:0/112")
)

const pcConfig = `
leases: $DIR/leases
api: unix:$DIR/api.sock
server6:
  listen: ['[ff02::1:2%prov0]']
  plugins:
    - server_id: auto
    - identify: frame
    - hosts:
        web01: {mac: '52:54:00:aa:bb:01', address: '2001:db8:10::101', state: deploy}
    - final: {}
    - deploy: '2001:db8:10::d:0/112'
    - boot:
        preference: 255
        table:
          - {method: pxe, url: 'tftp://[2001:db8:10::2]/snponly.efi'}
          - {stage: loader, url: 'http://[2001:db8:10::2]/boot.ipxe'}
    - dns: '2001:db8:10::2'
`

// wantLent wants that firmware and iPXE were lent addresses, known as the host,
// and that the machine's own was left alone. socket is that of the server's API.
func (p *pc) wantLent(socket, host string) {
	p.t.Helper()
	client, err := api.NewClient("unix:" + socket)
	check(p.t, err)
	page, err := client.Leases(p.ctx, api.LeaseQuery{State: "all"})
	check(p.t, err)
	seen := map[stage.Stage]bool{}
	for _, l := range page.Leases {
		if l.Stage == stage.Final {
			continue
		}
		seen[l.Stage] = true
		if l.Host != host || !pcDeploy.Contains(l.Prefix.Addr()) {
			p.t.Errorf("at stage %s host %q was given %s, want %q and one of %s", l.Stage, l.Host, l.Prefix, host, pcDeploy)
		}
		want := map[stage.Stage]string{stage.Firmware: rawDUID, stage.Loader: peopleDUID}[l.Stage]
		if l.DUID.String() != want {
			p.t.Errorf("DUID %s is at stage %s, where it should be %s", l.DUID, l.Stage, want)
		}
	}
	if !seen[stage.Firmware] || !seen[stage.Loader] {
		p.t.Errorf("got the stages %v, want firmware and loader", seen)
	}
}

// aDUID is one in parentheses, as events have it.
var aDUID = regexp.MustCompile(`\([0-9a-f:]+\)`)

// wantEvents compares what the server tells of how the machine went on, and of
// what went from one of its clients to another.
func (p *pc) wantEvents(want ...string) {
	p.t.Helper()
	got := p.server.happened("web01", serverevent.StageChanged, serverevent.Moved)
	for i := range got {
		got[i] = aDUID.ReplaceAllString(got[i], "(DUID)")
	}
	if diff := cmp.Diff(want, got); diff != "" {
		p.t.Errorf("events (-want +got):\n%s", diff)
	}
}

// system lets the machine's installed system come up, with a DUID that follows
// from seed, and wants it to get the machine's address.
func (p *pc) system(seed uint64) {
	p.t.Helper()
	m := labtest.Namespace(p.t, fmt.Sprintf("system-%d", seed))
	port := fmt.Sprintf("system%d", seed)
	check(p.t, netlab.Cable(netlab.Port{Namespace: m, Link: "eth0"}, netlab.Port{Namespace: p.ns, Link: port}))
	// It is the same machine: before the next boot it has to be off.
	defer func() { check(p.t, p.ns.Remove(port)) }()
	check(p.t, errors.Join(m.Down("eth0"), m.SetMAC("eth0", pcMAC), m.Up("eth0")))
	_, err := p.ns.Run(p.ctx, "ip", "link", "set", port, "master", "prov0")
	check(p.t, err)
	_, err = m.LinkLocal(p.ctx, "eth0")
	check(p.t, err)
	var carrier *simulate.Carrier
	check(p.t, m.Do(func() error {
		carrier, err = simulate.DialLink(p.ctx, "eth0")
		return err
	}))
	defer carrier.Close()
	uuid, err := simulate.ParseUUID(pcUUID)
	check(p.t, err)
	plan, err := simulate.ParsePlan("dhclient")
	check(p.t, err)
	given := &givenTo{}
	boot := &simulate.Boot{Plan: plan, Carrier: carrier, Watch: given}
	check(p.t, boot.Run(p.ctx, simulate.NewMachine(ident.MAC(pcMAC), uuid, seed)))
	if given.last != pcAddress {
		p.t.Errorf("the installed system got %s, want %s", given.last, pcAddress)
	}
}

// givenTo notes the address that was given last.
type givenTo struct{ last netip.Addr }

func (g *givenTo) Started(*simulate.Client) {}

func (g *givenTo) Exchanged(e *simulate.Exchange) {
	if len(e.Given) > 0 {
		g.last = e.Given[0].Prefix.Addr()
	}
}

func TestFirmwareBootsByPXEAndTheSystemKeepsTheAddress(t *testing.T) {
	t.Parallel()
	p := newPC(t, "2001:db8:10::2/64", byDHCPv6)
	p.writeIPXE("snponly.efi", "snponly.efi")
	p.writeScript("boot.ipxe", "[2001:db8:10::2]")
	p.serveTFTP()
	p.server = startServer(t, p.ns, pcConfig)
	for install := range uint64(2) {
		p.server.operate("deploy", "web01")
		p.boot(p.scriptRuns(), withoutPXEv4...)
		p.wantLent(filepath.Join(p.server.dir, "api.sock"), "web01")
		p.server.operate("installed", "web01")
		p.system(1 + install)
	}
	p.wantEvents(
		"stage web01 firmware on prov0", "stage web01 firmware -> loader on prov0", "stage web01 loader -> final on prov0",
		"stage web01 final -> firmware on prov0", "stage web01 firmware -> loader on prov0", "stage web01 loader -> final on prov0",
		"moved web01 2001:db8:10::101 from web01 (DUID) final on prov0 by final",
	)
}
