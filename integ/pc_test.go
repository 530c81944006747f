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
	"testing"
	"time"

	"github.com/stage6/stage6/internal/netlab"
	"github.com/stage6/stage6/internal/netlab/labtest"
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

// pc is a network with a computer: OVMF firmware in QEMU on the link "prov0" of
// the server's machine, which sends router advertisements and serves HTTP, too.
type pc struct {
	t      *testing.T
	ctx    context.Context
	ns     *netlab.Namespace
	server *server
	wire   *wire
	dir    string         // what is served
	asked  *netlab.Output // what was asked for by HTTP, such as "GET /loaded", a line for each
	boots  int
}

// The flags of router advertisements: where addresses come from.
const (
	byDHCPv6        = "AdvManagedFlag on; AdvOtherConfigFlag on; prefix %v { AdvOnLink on; AdvAutonomous off; };"
	byAdvertisement = "AdvManagedFlag off; AdvOtherConfigFlag on; prefix %v { AdvOnLink on; AdvAutonomous on; };"
)

// newPC builds the network. own is the address of the server's machine.
func newPC(t *testing.T, own, flags string) *pc {
	t.Helper()
	for _, program := range []string{"qemu-system-x86_64", "radvd", "dnsmasq"} {
		labtest.Program(t, program)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*firmwarePatience)
	t.Cleanup(cancel)
	p := &pc{t: t, ctx: ctx, ns: exampleHost(t), dir: shortTempDir(t), asked: new(netlab.Output)}
	if out, err := p.ns.Run(ctx, "ip", "tuntap", "add", "tap0", "mode", "tap"); err != nil {
		labtest.Skip(t, "needs /dev/net/tun: "+out)
	}
	check(t, p.ns.Bridge("prov0", "tap0"))
	check(t, p.ns.Up("tap0"))
	address := netip.MustParsePrefix(own)
	check(t, p.ns.AddAddress("prov0", address))
	p.wire = newWire(t, p.ns, "prov0")
	p.advertise(fmt.Sprintf(flags, address.Masked()))
	p.serveHTTP()
	return p
}

// advertise sends router advertisements.
func (p *pc) advertise(settings string) {
	p.t.Helper()
	config := "interface prov0 { AdvSendAdvert on; MinRtrAdvInterval 3; MaxRtrAdvInterval 4; AdvDefaultLifetime 600; " + settings + " };\n"
	p.spawn("radvd", "-n", "-C", p.write("radvd.conf", config), "-m", "stderr", "-p", filepath.Join(p.dir, "radvd.pid"))
}

// write puts a file into the directory that is served.
func (p *pc) write(name, content string) string {
	p.t.Helper()
	path := filepath.Join(p.dir, name)
	check(p.t, os.MkdirAll(filepath.Dir(path), 0o755))
	check(p.t, os.WriteFile(path, []byte(content), 0o644))
	return path
}

// writeIPXE puts one of iPXE's programs into the directory.
func (p *pc) writeIPXE(name, program string) {
	p.t.Helper()
	content, err := os.ReadFile("/usr/lib/ipxe/" + program)
	if errors.Is(err, os.ErrNotExist) {
		labtest.Skip(p.t, "needs the package ipxe")
	}
	check(p.t, err)
	p.write(name, string(content))
}

// writeScript puts a script for iPXE into the directory. Run, it asks for
// "/loaded".
func (p *pc) writeScript(name, server string) {
	p.t.Helper()
	p.write(name, "#!ipxe\nimgfetch http://"+server+"/loaded || shell\nsleep 600\n")
	p.write("loaded", "")
}

func (p *pc) spawn(name string, args ...string) *netlab.Process {
	p.t.Helper()
	process, err := p.ns.Spawn(nil, name, args...)
	check(p.t, err)
	return process
}

// serveHTTP serves the directory, and notes what is asked for.
func (p *pc) serveHTTP() {
	p.t.Helper()
	var l net.Listener
	check(p.t, p.ns.Do(func() (err error) {
		l, err = net.Listen("tcp6", "[::]:80")
		return err
	}))
	files := http.FileServer(http.Dir(p.dir))
	web := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(p.asked, r.Method, r.URL.RequestURI())
		files.ServeHTTP(w, r)
	})}
	go func() { _ = web.Serve(l) }()
	p.t.Cleanup(func() { _ = web.Close() })
}

// serveTFTP serves the directory.
func (p *pc) serveTFTP() {
	p.t.Helper()
	p.dnsmasq("--port=0", "--enable-tftp", "--tftp-root="+p.dir)
}

// serveName answers for a name in the DNS.
func (p *pc) serveName(name, address string) {
	p.t.Helper()
	p.dnsmasq("--no-resolv", "--no-hosts", "--host-record="+name+","+address)
}

func (p *pc) dnsmasq(settings ...string) {
	p.t.Helper()
	p.spawn("dnsmasq", append([]string{"-k", "--conf-file=/dev/null", "--user=root", "--log-facility=-", "--pid-file="}, settings...)...)
}

// What else the machine is switched on with. OVMF tries PXE before HTTP, each of
// them over IPv4 before IPv6; what is left out is not waited for.
var (
	withoutPXEv4 = []string{"-fw_cfg", "name=opt/org.tianocore/IPv4PXESupport,string=n"}
	withoutPXE   = append([]string{"-fw_cfg", "name=opt/org.tianocore/IPv6PXESupport,string=n"}, withoutPXEv4...)
)

// boot switches the machine on, waits until arrived returns, and switches it
// off. The context that it waits with ends when QEMU does.
func (p *pc) boot(arrived func(context.Context), with ...string) {
	p.t.Helper()
	machine := p.switchOn(with...)
	defer machine.Kill()
	ctx, cancel := context.WithTimeoutCause(p.ctx, firmwarePatience, errors.New("the machine did not come so far"))
	defer cancel()
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	go func() {
		<-machine.Done()
		end(fmt.Errorf("QEMU ended: %s", machine.Output))
	}()
	arrived(ctx)
}

// switchOn starts QEMU. When the test fails, the console is shown.
func (p *pc) switchOn(with ...string) *netlab.Process {
	p.t.Helper()
	p.boots++
	console := filepath.Join(p.dir, fmt.Sprintf("console-%d", p.boots))
	p.t.Cleanup(func() {
		if p.t.Failed() {
			p.t.Logf("asked for by HTTP:\n%sconsole:\n%s", p.asked, tail(console))
		}
	})
	variables, err := os.ReadFile("/usr/share/OVMF/OVMF_VARS.fd")
	check(p.t, err)
	return p.spawn("qemu-system-x86_64", append([]string{
		"-machine", "q35", "-accel", "tcg", "-m", "512", "-nodefaults", "-display", "none", "-serial", "file:" + console,
		"-drive", "if=pflash,format=raw,readonly=on,file=/usr/share/OVMF/OVMF_CODE.fd",
		"-drive", "if=pflash,format=raw,file=" + p.write("variables", string(variables)),
		"-netdev", "tap,id=n0,ifname=tap0,script=no,downscript=no",
		"-device", "virtio-net-pci,netdev=n0,romfile=,mac=" + pcMAC.String(), "-uuid", pcUUID}, with...)...)
}

// tail gives the end of a console.
func tail(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-4000):])
}

// scriptRuns gives what waits until iPXE asks for "/loaded" from now on.
func (p *pc) scriptRuns() func(context.Context) {
	mark := p.asked.Len()
	return func(ctx context.Context) { check(p.t, p.asked.Wait(ctx, mark, "GET /loaded\n")) }
}

// wantAsked compares what was asked for by HTTP.
func (p *pc) wantAsked(want string) {
	p.t.Helper()
	if got := p.asked.String(); got != want {
		p.t.Errorf("the machine asked for\n%swant\n%s", got, want)
	}
}
