package integ

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/stage6/stage6/internal/netlab"
	"github.com/stage6/stage6/internal/netlab/labtest"
	"github.com/stage6/stage6/internal/testrelay"
)

// lab is a machine and a server, joined in some way.
type lab struct {
	t          *testing.T
	machine    *machine
	serverSide *netlab.Namespace
	plan       plan
	server     *server
	wire       *wire           // of the client
	uplink     *netlab.Capture // of the server
	agents     []*testrelay.Agent
}

// newLab builds a topology and starts the server.
func newLab(t *testing.T, topo topology) *lab {
	t.Helper()
	l := &lab{t: t, machine: newMachine(t, "client"), serverSide: labtest.Namespace(t, "server")}
	l.plan = topo.build(l)
	l.linkLocal(l.machine.Namespace, wan)
	l.wire = newWire(t, l.machine.Namespace, wan)
	var err error
	l.uplink, err = l.serverSide.Capture("srv0", netlab.BothWays)
	check(t, err)
	t.Cleanup(func() { l.uplink.Close() })
	l.server = startServer(t, l.serverSide, l.config())
	return l
}

// config is the server's configuration. The host is the machine; whether its MAC
// becomes known depends on the plan.
func (l *lab) config() string {
	mac, err := l.machine.MAC(wan)
	check(l.t, err)
	return fmt.Sprintf(`
leases: $DIR/leases
api: unix:$DIR/api.sock
server6:
  listen: ['%s']
%s  links:
    - name: clients
      prefixes: [2001:db8:10::/64]
      rapid_commit: %v
  sol_max_rt: 2h
  plugins:
    - server_id: auto
    - identify: %s
    - hosts:
        machine:
          mac: '%s'
          address: '2001:db8:10::101'
          prefix: '2001:db8:f001::/56'
    - lifetimes: {preferred: %v, valid: %v, t1: %v, t2: %v}
    - pool: '%v-%v'
    - prefix: {pool: '%v', length: 56}
    - dns: ['2001:db8:10::53', '2001:db8:10::54']
    - searchdomains: [example.net, prov.example.net]
    - ntp: ['2001:db8:10::123']
`, l.plan.listen, l.relays(), l.plan.rapid, l.plan.identify, mac, preferred, valid, renewAfter, rebindAfter,
		firstAddress, lastAddress, delegated)
}

var (
	firstAddress = netip.MustParseAddr("2001:db8:10::1000")
	lastAddress  = netip.MustParseAddr("2001:db8:10::1fff")
	delegated    = netip.MustParsePrefix("2001:db8:e000::/40")
)

func (l *lab) relays() string {
	if l.plan.trusted == nil {
		return ""
	}
	var prefixes []string
	for _, addr := range l.plan.trusted {
		prefixes = append(prefixes, fmt.Sprintf("'%v/128'", addr))
	}
	return "  relays: [" + strings.Join(prefixes, ", ") + "]\n"
}

func (l *lab) cable(a *netlab.Namespace, aLink string, b *netlab.Namespace, bLink string) {
	l.t.Helper()
	check(l.t, netlab.Cable(netlab.Port{Namespace: a, Link: aLink}, netlab.Port{Namespace: b, Link: bLink}))
}

func (l *lab) address(ns *netlab.Namespace, link, address string) {
	l.t.Helper()
	l.linkLocal(ns, link)
	check(l.t, ns.AddAddress(link, netip.MustParsePrefix(address)))
}

// linkLocal waits until a link can be used.
func (l *lab) linkLocal(ns *netlab.Namespace, link string) netip.Addr {
	l.t.Helper()
	addr, err := ns.LinkLocal(labtest.Context(l.t), link)
	check(l.t, err)
	return addr
}

// dhcrelay starts ISC's relay agent.
func (l *lab) dhcrelay(ns *netlab.Namespace, lower, upper string) {
	l.t.Helper()
	process, err := ns.Spawn(nil, labtest.Program(l.t, "dhcrelay"), "-6", "-d", "-I", "--no-pid", "-l", lower, "-u", upper)
	check(l.t, err)
	_, link, _ := strings.Cut(upper, "%")
	check(l.t, process.WaitOutput(labtest.Context(l.t), 0, "Sending on   Socket/"+link))
}

// agent starts a relay agent of ours.
func (l *lab) agent(config testrelay.Config) {
	l.t.Helper()
	l.linkLocal(config.Namespace, config.Down)
	l.linkLocal(config.Namespace, config.Up)
	agent, err := testrelay.Start(config)
	check(l.t, err)
	l.t.Cleanup(func() { agent.Close() })
	l.agents = append(l.agents, agent)
}
