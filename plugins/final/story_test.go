package final

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/pipeline/pipelinetest"
	"github.com/stage6/stage6/pipeline/pipelinetest/dhcptext"
)

const storyConfig = `
server6:
  plugins:
    - identify: frame
    - hosts:
        web01: {mac: '52:54:00:aa:bb:01', address: '2001:db8:10::101'}
        web02: {mac: '52:54:00:aa:bb:02', address: '2001:db8:10::102'}
    - final: {}
    - deploy:
        pool: '2001:db8:10::d:0/123'
        per_host: 4
        lifetime: 1h
`

// anyone is one DHCPv6 client of a machine.
type anyone struct {
	machine byte
	duid    int // of five, of which the first two are of early stages
	iaid    int // of two
	early   bool
}

func (c anyone) mac() ident.MAC { return ident.MAC{0x52, 0x54, 0, 0xaa, 0xbb, c.machine} }

// play is a server with two machines and what they do, at random.
type play struct {
	*testing.T
	server *pipelinetest.Server
	random *rand.Rand
	steps  []string
}

// send lets a client send a message and gives the address that it was granted.
func (p *play) send(c anyone, kind string, address netip.Addr) netip.Addr {
	p.Helper()
	lines := []string{
		fmt.Sprintf("%s 0000%02x", kind, c.duid),
		fmt.Sprintf("  client-id 000200000009%02x%02x", c.machine, c.duid),
	}
	if kind != "solicit" && kind != "rebind" {
		lines = append(lines, "  server-id 00030001020000000001")
	}
	lines = append(lines, fmt.Sprintf("  ia-na %d t1=0 t2=0", c.iaid))
	if address.IsValid() {
		lines = append(lines, fmt.Sprintf("    address %s preferred=0 valid=0", address))
	}
	if c.early {
		lines = append(lines, `  user-class "iPXE"`)
	}
	message, err := dhcptext.Parse(strings.Join(lines, "\n") + "\n")
	if err != nil {
		p.Fatal(err)
	}
	p.steps = append(p.steps, fmt.Sprintf("%s of %+v for %s", kind, c, address))
	r := p.server.Serve(pipelinetest.Datagram{
		From: netip.MustParseAddrPort("[fe80::1]:546"), To: netip.MustParseAddr("ff02::1:2"), Frame: c.mac(), Data: message,
	})
	return granted(dhcptext.Format(r.Data))
}

// granted finds the address with a lifetime in a reply's text.
func granted(text string) netip.Addr {
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) == 4 && fields[0] == "address" && fields[3] != "valid=0" {
			return netip.MustParseAddr(fields[1])
		}
	}
	return netip.Addr{}
}

// step does something at random.
func (p *play) step() {
	c := anyone{machine: byte(1 + p.random.IntN(2)), duid: p.random.IntN(5), iaid: 1 + p.random.IntN(2)}
	c.early = c.duid < 2
	own := netip.MustParseAddr(fmt.Sprintf("2001:db8:10::10%d", 1+p.random.IntN(2)))
	var got netip.Addr
	switch p.random.IntN(8) {
	case 0:
		p.server.Advance(time.Duration(p.random.IntN(40)) * time.Minute)
	case 1:
		p.server.Restart("")
	case 2:
		got = p.send(c, "renew", own)
	case 3:
		got = p.send(c, "rebind", own)
	case 4:
		p.send(c, "release", own)
	case 5:
		got = p.send(c, "solicit", own)
	default:
		got = p.send(c, "request", netip.Addr{})
		if c.early && !got.IsValid() {
			p.Fatalf("the deploy range is drained after\n%s", strings.Join(p.steps, "\n"))
		}
	}
	if other := netip.MustParseAddr(fmt.Sprintf("2001:db8:10::10%d", 3-c.machine)); got == other {
		p.Fatalf("%+v was given %s of another machine after\n%s", c, got, strings.Join(p.steps, "\n"))
	}
}

// install boots a machine anew, with DUIDs that it never had, and wants its
// system to get the machine's address.
func (p *play) install(machine byte) {
	p.Helper()
	p.server.Advance(time.Minute)
	if !p.send(anyone{machine, 0x80, 1, true}, "request", netip.Addr{}).IsValid() {
		p.Fatalf("the loader of machine %d gets no address after\n%s", machine, strings.Join(p.steps, "\n"))
	}
	p.server.Advance(time.Minute)
	want := netip.MustParseAddr(fmt.Sprintf("2001:db8:10::10%d", machine))
	system := anyone{machine, 0x81, 2, false}
	if got := p.send(system, "solicit", netip.Addr{}); got != want {
		p.Fatalf("the system of machine %d is offered %s, want %s, after\n%s", machine, got, want, strings.Join(p.steps, "\n"))
	}
	if got := p.send(system, "request", netip.Addr{}); got != want {
		p.Fatalf("the system of machine %d gets %s, want %s, after\n%s", machine, got, want, strings.Join(p.steps, "\n"))
	}
}

// TestAMachinesAddressIsItsOwnWhateverHappens lets two machines, each with five
// DUIDs and two IAIDs, do anything in any order, with restarts.
func TestAMachinesAddressIsItsOwnWhateverHappens(t *testing.T) {
	for seed := range uint64(20) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			ifaces := []pipelinetest.Interface{{Name: "prov0", Prefixes: []netip.Prefix{netip.MustParsePrefix("2001:db8:10::/64")}}}
			p := &play{T: t, server: pipelinetest.New(t, t.TempDir(), storyConfig, ifaces, plugins()), random: rand.New(rand.NewPCG(seed, 6))}
			for range 200 {
				p.step()
			}
			p.install(1)
			p.install(2)
		})
	}
}
