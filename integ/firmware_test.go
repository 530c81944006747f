package integ

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	serverevent "github.com/stage6/stage6/event"
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/api"
	"github.com/stage6/stage6/internal/netlab"
	"github.com/stage6/stage6/internal/netlab/labtest"
	"github.com/stage6/stage6/internal/simulate"
	"github.com/stage6/stage6/stage"
)

// firmwarePatience is how long one boot of real firmware may take: without
// hardware support it takes one to three minutes on an idle processor.
const firmwarePatience = 15 * time.Minute

// The machine, as its firmware and its network card know it.
const (
	pcUUID     = "4c4c4544-0042-3510-8052-b4c04f4a3132"
	rawDUID    = "00:04:44:45:4c:4c:42:00:10:35:80:52:b4:c0:4f:4a:31:32" // as the firmware has it
	peopleDUID = "00:04:4c:4c:45:44:00:42:35:10:80:52:b4:c0:4f:4a:31:32" // as iPXE has it
)

// pcMAC is that of the machine's network card.
var pcMAC = net.HardwareAddr{0x52, 0x54, 0x00, 0xaa, 0xbb, 0x01}

var (
	pcAddress = netip.MustParseAddr("2001:db8:10::101")
	pcDeploy  = netip.MustParsePrefix("2001:db8:10::d:0/112")
)

// pc is a network with a computer: OVMF firmware in QEMU, a router that sends
// advertisements, servers for TFTP and HTTP, and stage6.
type pc struct {
	t      *testing.T
	ctx    context.Context
	ns     *netlab.Namespace
	server *server
	dir    string
	asked  chan string // the paths that were asked for by HTTP
	boots  int
}

const pcConfig = `
leases: $DIR/leases
api: unix:$DIR/api.sock
server6:
  listen: ['[ff02::1:2%%br0]']
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
          - {method: %s, url: '%s://[2001:db8:10::2]/snponly.efi'}
          - {stage: loader, url: 'http://[2001:db8:10::2]/boot.ipxe'}
    - dns: '2001:db8:10::2'
`

// routerConfig is radvd's: addresses by DHCPv6, and nothing else.
const routerConfig = `interface br0 {
	AdvSendAdvert on; AdvManagedFlag on; AdvOtherConfigFlag on;
	MinRtrAdvInterval 3; MaxRtrAdvInterval 4; AdvDefaultLifetime 600;
	prefix 2001:db8:10::/64 { AdvOnLink on; AdvAutonomous off; };
};
`

// newPC builds the network for a way to boot: pxe by TFTP, or http.
func newPC(t *testing.T, method, scheme string) *pc {
	t.Helper()
	for _, program := range []string{"qemu-system-x86_64", "radvd", "dnsmasq"} {
		labtest.Program(t, program)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*firmwarePatience)
	t.Cleanup(cancel)
	p := &pc{t: t, ctx: ctx, ns: labtest.Namespace(t, "provisioning"), dir: shortTempDir(t), asked: make(chan string, 100)}
	if out, err := p.ns.Run(ctx, "ip", "tuntap", "add", "tap0", "mode", "tap"); err != nil {
		labtest.Skip(t, "needs /dev/net/tun: "+out)
	}
	check(t, p.ns.Bridge("br0", "tap0"))
	check(t, p.ns.Up("tap0"))
	check(t, p.ns.AddAddress("br0", netip.MustParsePrefix("2001:db8:10::2/64")))
	p.serveFiles()
	p.spawn("radvd", "-n", "-C", p.write("radvd.conf", routerConfig), "-m", "stderr", "-p", filepath.Join(p.dir, "radvd.pid"))
	p.spawn("dnsmasq", "-k", "--conf-file=/dev/null", "--port=0", "--enable-tftp", "--tftp-root="+p.dir, "--user=root", "--log-facility=-", "--pid-file=")
	p.server = startServer(t, p.ns, fmt.Sprintf(pcConfig, method, scheme))
	return p
}

// write puts a file into the directory that TFTP and HTTP serve.
func (p *pc) write(name, content string) string {
	p.t.Helper()
	path := filepath.Join(p.dir, name)
	check(p.t, os.WriteFile(path, []byte(content), 0o644))
	return path
}

func (p *pc) spawn(name string, args ...string) *netlab.Process {
	p.t.Helper()
	process, err := p.ns.Spawn(nil, name, args...)
	check(p.t, err)
	return process
}

// serveFiles serves iPXE and its script by HTTP, and tells what is asked for.
func (p *pc) serveFiles() {
	p.t.Helper()
	loader, err := os.ReadFile("/usr/lib/ipxe/snponly.efi")
	if errors.Is(err, os.ErrNotExist) {
		labtest.Skip(p.t, "needs the package ipxe")
	}
	check(p.t, err)
	p.write("snponly.efi", string(loader))
	p.write("boot.ipxe", "#!ipxe\nimgfetch http://[2001:db8:10::2]/loaded || shell\nsleep 600\n")
	p.write("loaded", "")
	var l net.Listener
	check(p.t, p.ns.Do(func() error {
		l, err = net.Listen("tcp6", "[::]:80")
		return err
	}))
	files := http.FileServer(http.Dir(p.dir))
	web := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case p.asked <- r.Method + " " + r.URL.Path:
		default: // nobody reads any more
		}
		files.ServeHTTP(w, r)
	})}
	go func() { _ = web.Serve(l) }()
	p.t.Cleanup(func() { _ = web.Close() })
}

// boot switches the machine on, waits until iPXE has loaded its script, and
// switches it off. The console is shown when that fails.
func (p *pc) boot() (asked []string) {
	p.t.Helper()
	p.boots++
	console := filepath.Join(p.dir, fmt.Sprintf("console-%d", p.boots))
	variables, err := os.ReadFile("/usr/share/OVMF/OVMF_VARS.fd")
	check(p.t, err)
	machine := p.spawn("qemu-system-x86_64",
		"-machine", "q35", "-accel", "tcg", "-m", "512", "-nodefaults", "-display", "none", "-serial", "file:"+console,
		"-drive", "if=pflash,format=raw,readonly=on,file=/usr/share/OVMF/OVMF_CODE.fd",
		"-drive", "if=pflash,format=raw,file="+p.write("variables", string(variables)),
		"-netdev", "tap,id=n0,ifname=tap0,script=no,downscript=no",
		"-device", "virtio-net-pci,netdev=n0,romfile=,mac="+pcMAC.String(), "-uuid", pcUUID)
	defer machine.Kill()
	ctx, cancel := context.WithTimeout(p.ctx, firmwarePatience)
	defer cancel()
	for {
		select {
		case path := <-p.asked:
			if asked = append(asked, path); path == "GET /loaded" {
				return asked
			}
		case <-machine.Done():
			p.t.Fatalf("QEMU ended: %s", machine.Output)
		case <-ctx.Done():
			p.t.Fatalf("the firmware did not come to its script; it asked for %q by HTTP, and its console says\n%s", asked, tail(console))
		}
	}
}

// tail gives the end of a console.
func tail(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-4000):])
}

// lookAtEarlyStages wants that firmware and iPXE were lent addresses, known as
// the machine, and that its own was left alone.
func (p *pc) lookAtEarlyStages() {
	p.t.Helper()
	client, err := api.NewClient("unix:" + filepath.Join(p.server.dir, "api.sock"))
	check(p.t, err)
	page, err := client.Leases(p.ctx, api.Query{State: "all"})
	check(p.t, err)
	seen := map[stage.Stage]bool{}
	for _, l := range page.Leases {
		if l.Stage == stage.Final {
			continue
		}
		seen[l.Stage] = true
		if l.Host != "web01" || !pcDeploy.Contains(l.Prefix.Addr()) {
			p.t.Errorf("at stage %s host %q was given %s, want web01 and one of %s", l.Stage, l.Host, l.Prefix, pcDeploy)
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
	_, err := p.ns.Run(p.ctx, "ip", "link", "set", port, "master", "br0")
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
	p := newPC(t, "pxe", "tftp")
	for install := range uint64(2) {
		p.server.operate("deploy", "web01")
		p.boot()
		p.lookAtEarlyStages()
		p.server.operate("installed", "web01")
		p.system(1 + install)
	}
	p.wantEvents(
		"stage web01 firmware on br0", "stage web01 firmware -> loader on br0", "stage web01 loader -> final on br0",
		"stage web01 final -> firmware on br0", "stage web01 firmware -> loader on br0", "stage web01 loader -> final on br0",
		"moved web01 2001:db8:10::101 from web01 (DUID) final on br0 by final",
	)
}

func TestFirmwareBootsByHTTP(t *testing.T) {
	t.Parallel()
	p := newPC(t, "http", "http")
	asked := strings.Join(p.boot(), ", ")
	if want := "HEAD /snponly.efi, GET /snponly.efi, GET /boot.ipxe, GET /loaded"; asked != want {
		t.Errorf("the machine asked for %s, want %s", asked, want)
	}
	p.lookAtEarlyStages()
	p.wantEvents("stage web01 firmware on br0", "stage web01 firmware -> loader on br0")
}
