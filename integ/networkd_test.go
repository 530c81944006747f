package integ

import (
	"path/filepath"
	"regexp"
	"strconv"

	"github.com/stage6/stage6/internal/netlab"
)

// networkd is systemd-networkd, 252.
//
// It Solicits with Rapid Commit, and starts anew each time: it remembers nothing
// but the DUID that it makes of the machine-id. Its timers have an accuracy of
// ten seconds: with a T2 close to T1 it Rebinds and never Renews. It tells its
// options in a file, the rest in its log, with lifetimes as they run down.
type networkd struct {
	*machine
	process *netlab.Process
}

func networkdProfile() profile {
	return profile{
		name: "systemd-networkd", program: networkdProgram,
		new:       func(m *machine) client { return newNetworkd(m) },
		address:   true,
		prefix:    true,
		ntp:       true,
		tells:     withoutTimes,
		keeps:     true,
		comesBack: []string{"SOLICIT"},
		needs:     "it drops root",
	}
}

// withoutTimes leaves what was granted, but not for how long.
func withoutTimes(g grant) grant {
	bare := func(all []granted) (found []granted) {
		for _, one := range all {
			found = append(found, granted{Prefix: one.Prefix})
		}
		return found
	}
	g.NA, g.PD = timers{}, timers{}
	g.Addresses, g.Prefixes = bare(g.Addresses), bare(g.Prefixes)
	return g
}

const networkdProgram = "/lib/systemd/systemd-networkd"

const networkdWan = `
[Match]
Name=` + wan + `
[Network]
DHCP=ipv6
IPv6AcceptRA=no
LinkLocalAddressing=ipv6
[DHCPv6]
WithoutRA=solicit
UseDomains=yes
`

const networkdLan = `
[Match]
Name=` + lan + `
[Network]
DHCPPrefixDelegation=yes
IPv6AcceptRA=no
IPv6SendRA=no
[DHCPPrefixDelegation]
UplinkInterface=` + wan + `
SubnetId=1
Announce=no
`

func newNetworkd(m *machine) *networkd {
	m.writeInside("/etc/systemd/network/10-wan.network", networkdWan)
	m.writeInside("/etc/systemd/network/10-lan.network", networkdLan)
	// Its unit file makes the directory; below it, it makes what it needs.
	_, err := m.Run(m.context(), "install", "-d", "-o", "systemd-network", "-g", "systemd-network", networkdState)
	check(m.t, err)
	return &networkd{machine: m}
}

const networkdState = "/run/systemd/netif"

func (c *networkd) start() grant {
	c.t.Helper()
	c.run()
	return c.grant(0)
}

// run starts it, and waits for nothing.
func (c *networkd) run() {
	c.t.Helper()
	c.process = c.spawn([]string{"SYSTEMD_LOG_LEVEL=debug"}, networkdProgram)
}

func (c *networkd) renewed() grant {
	c.t.Helper()
	return c.grant(c.process.Output.Len())
}

var (
	networkdBound   = regexp.MustCompile(`(?s)DHCPv6 client: Processed .*?DHCPv6 addresses and routes set.*?DHCP-PD addresses and routes set`)
	networkdAddress = regexp.MustCompile(wan + `: DHCPv6 address ([0-9a-f:]+)/128 `)
	networkdPrefix  = regexp.MustCompile(wan + `: DHCP: received delegated prefix ([0-9a-f:]+)/(\d+)`)
)

// grant waits until networkd has put everything where it belongs.
func (c *networkd) grant(mark int) grant {
	c.t.Helper()
	var log string
	check(c.t, c.process.Output.WaitFor(c.context(), mark, func(text string) bool {
		log = networkdBound.FindString(text)
		return log != ""
	}))
	var g grant
	if m := networkdAddress.FindStringSubmatch(log); m != nil {
		g.Addresses = []granted{{Prefix: prefix(c.t, m[1], "128")}}
	}
	if m := networkdPrefix.FindStringSubmatch(log); m != nil {
		g.Prefixes = []granted{{Prefix: prefix(c.t, m[1], m[2])}}
	}
	c.addOptions(&g)
	return g
}

func (c *networkd) addOptions(g *grant) {
	c.t.Helper()
	index, err := c.Index(wan)
	check(c.t, err)
	path := filepath.Join(c.Root(), networkdState, "links", strconv.Itoa(index))
	var state event
	check(c.t, netlab.WaitFile(c.context(), path, func(content []byte) bool {
		state = parseAssignments(string(content))
		return state["DNS"] != ""
	}))
	g.DNS, g.Search, g.NTP = words(state["DNS"]), words(state["DOMAINS"]), words(state["NTP"])
}

// release is not for this version: it ends without telling the server.
func (c *networkd) release() {
	c.t.Helper()
	check(c.t, c.process.Stop(c.context()))
}

func (c *networkd) crash() { c.process.Kill() }
