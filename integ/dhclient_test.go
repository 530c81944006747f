package integ

import (
	"strings"

	"github.com/stage6/stage6/internal/netlab"
)

// dhclient is ISC's client, 4.4.
//
// It hears only of hook calls that are one per address or prefix: "both" makes
// two. Restarted on a lease file, it sends Confirm for addresses, and Rebind when
// it has a prefix; a server that stays silent to the Confirm costs ten seconds,
// after which it believes in its lease. It takes a Reply only with its client id
// and a server id, and uses T1 and T2 from the IA. It has no way to be told to
// renew: T1 must come.
type dhclient struct {
	*machine
	mode    dhclientMode
	events  *events
	process *netlab.Process
}

// dhclientMode is which of dhclient's modes is meant, with the number of its
// hook calls when all is bound.
type dhclientMode struct {
	flags           []string
	address, prefix bool
}

var (
	dhclientAddress   = dhclientMode{flags: []string{"-6"}, address: true}
	dhclientPrefix    = dhclientMode{flags: []string{"-6", "-P"}, prefix: true}
	dhclientBoth      = dhclientMode{flags: []string{"-6", "-N", "-P"}, address: true, prefix: true}
	dhclientStateless = dhclientMode{flags: []string{"-6", "-S"}}
)

func dhclientProfile(name string, mode dhclientMode) profile {
	back := []string{"CONFIRM"}
	switch {
	case mode.prefix:
		back = []string{"REBIND"}
	case !mode.address:
		back = []string{"INFORMATION-REQUEST"}
	}
	return profile{
		name: name, program: "dhclient",
		new:       func(m *machine) client { return newDhclient(m, mode) },
		address:   mode.address,
		prefix:    mode.prefix,
		ntp:       true,
		comesBack: back,
	}
}

const dhclientConfig = `
option dhcp6.ntp code 56 = string;
request;
also request dhcp6.name-servers, dhcp6.domain-search, dhcp6.ntp;
`

// dhclientHook does what Debian's script does, without touching resolv.conf.
const dhclientHook = `#!/bin/sh
PATH=/usr/sbin:/usr/bin:/sbin:/bin
address="$new_ip6_address/$new_ip6_prefixlen"
case $reason in
BOUND6|RENEW6|REBIND6)
	[ -z "$new_ip6_address" ] || ip -6 address replace "$address" dev $interface \
		valid_lft $new_max_life preferred_lft $new_preferred_life nodad
	;;
EXPIRE6|RELEASE6|STOP6)
	[ -z "$old_ip6_address" ] || ip -6 address del "$old_ip6_address/$old_ip6_prefixlen" dev $interface
	;;
esac
`

func newDhclient(m *machine, mode dhclientMode) *dhclient {
	c := &dhclient{machine: m, mode: mode, events: newEvents(m)}
	m.write("dhclient.conf", dhclientConfig)
	m.write("dhclient.hook", dhclientHook+recordEvent(c.events.path))
	return c
}

func (c *dhclient) args(more ...string) []string {
	args := append([]string{}, c.mode.flags...)
	args = append(args, "-cf", c.dir+"/dhclient.conf", "-sf", c.dir+"/dhclient.hook",
		"-lf", c.dir+"/dhclient.leases", "-pf", c.dir+"/dhclient.pid")
	return append(append(args, more...), wan)
}

func (c *dhclient) start() grant {
	c.t.Helper()
	c.events.skip()
	c.process = c.spawn(nil, "dhclient", c.args("-d")...)
	return c.grant()
}

func (c *dhclient) renewed() grant {
	c.t.Helper()
	c.events.skip()
	return c.grant()
}

// grant waits for the hook calls of one exchange.
func (c *dhclient) grant() grant {
	c.t.Helper()
	var g grant
	for _, e := range c.events.await(c.calls(), isDhclientGrant) {
		g.DNS = words(e["new_dhcp6_name_servers"])
		g.Search = trimDots(words(e["new_dhcp6_domain_search"]))
		g.NTP = ntpFromHex(c.t, e["new_dhcp6_ntp"])
		c.add(&g, e)
	}
	return g
}

func (c *dhclient) calls() int {
	if c.mode.address && c.mode.prefix {
		return 2
	}
	return 1
}

func isDhclientGrant(e event) bool {
	switch e["reason"] {
	case "BOUND6", "RENEW6", "REBIND6":
		return true
	}
	return false
}

func (c *dhclient) add(g *grant, e event) {
	c.t.Helper()
	if e["new_iaid"] == "" {
		return // stateless
	}
	times := timers{seconds(c.t, e["new_renew"]), seconds(c.t, e["new_rebind"])}
	got := granted{Preferred: seconds(c.t, e["new_preferred_life"]), Valid: seconds(c.t, e["new_max_life"])}
	if address := e["new_ip6_address"]; address != "" {
		got.Prefix = prefix(c.t, address, "128")
		g.NA, g.Addresses = times, append(g.Addresses, got)
		return
	}
	addr, bits, _ := strings.Cut(e["new_ip6_prefix"], "/")
	got.Prefix = prefix(c.t, addr, bits)
	g.PD, g.Prefixes = times, append(g.Prefixes, got)
}

func (c *dhclient) release() {
	c.t.Helper()
	_, err := c.Run(c.context(), "dhclient", c.args("-r")...)
	check(c.t, err)
	c.process.Kill()
}

func (c *dhclient) crash() { c.process.Kill() }
