package integ

import (
	"cmp"
	"strconv"

	"github.com/stage6/stage6/internal/netlab"
)

// dhcpcd is Roy Marples's client, 9.4.
//
// It waits up to a second before its first Solicit. Its vendor class is in every
// message of some versions and missing from the Request of others. On SIGTERM it
// keeps its lease ("persistent"), and Confirms or Rebinds it at the next start.
// A hook call tells everything at once.
type dhcpcd struct {
	*machine
	events  *events
	process *netlab.Process
}

func dhcpcdProfile() profile {
	return profile{
		name: "dhcpcd", program: "dhcpcd",
		new:       func(m *machine) client { return newDhcpcd(m) },
		address:   true,
		prefix:    true,
		ntp:       true,
		comesBack: []string{"CONFIRM", "REBIND"},
		needs:     "it drops root",
	}
}

const dhcpcdConfig = `
duid
persistent
noipv4
noipv6rs
nodev
option dhcp6_name_servers, dhcp6_domain_search, dhcp6_ntp_server
allowinterfaces ` + wan + ` ` + lan + `
interface ` + wan + `
	ia_na 1
	ia_pd 2 ` + lan + `/0/64
`

func newDhcpcd(m *machine) *dhcpcd {
	c := &dhcpcd{machine: m, events: newEvents(m)}
	m.write("dhcpcd.conf", dhcpcdConfig)
	m.write("dhcpcd.hook", "#!/bin/sh\n"+recordEvent(c.events.path))
	return c
}

func (c *dhcpcd) args(more ...string) []string {
	return append([]string{"-6", "-f", c.dir + "/dhcpcd.conf", "-c", c.dir + "/dhcpcd.hook"}, append(more, wan)...)
}

func (c *dhcpcd) start() grant {
	c.t.Helper()
	c.events.skip()
	c.process = c.spawn(nil, "dhcpcd", c.args("-d", "-B")...)
	return c.grant()
}

func (c *dhcpcd) renewed() grant {
	c.t.Helper()
	c.events.skip()
	return c.grant()
}

func (c *dhcpcd) grant() grant {
	c.t.Helper()
	e := c.events.await(1, isDhcpcdGrant)[0]
	g := grant{
		DNS:    words(e["new_dhcp6_name_servers"]),
		Search: words(e["new_dhcp6_domain_search"]),
		NTP:    words(e["new_dhcp6_ntp_server_addr"]),
	}
	g.NA, g.Addresses = c.ia(e, "new_dhcp6_ia_na1", "ia_addr")
	g.PD, g.Prefixes = c.ia(e, "new_dhcp6_ia_pd1", "prefix")
	return g
}

// ia reads the variables of one identity association.
func (c *dhcpcd) ia(e event, name, what string) (times timers, all []granted) {
	c.t.Helper()
	for i := 1; e[name+"_"+what+strconv.Itoa(i)] != ""; i++ {
		lease := name + "_" + what + strconv.Itoa(i)
		all = append(all, granted{
			prefix(c.t, e[lease], cmp.Or(e[lease+"_length"], "128")), seconds(c.t, e[lease+"_pltime"]), seconds(c.t, e[lease+"_vltime"]),
		})
	}
	return timers{seconds(c.t, e[name+"_t1"]), seconds(c.t, e[name+"_t2"])}, all
}

func isDhcpcdGrant(e event) bool {
	switch e["reason"] {
	case "BOUND6", "RENEW6", "REBIND6", "REBOOT6":
		return true
	}
	return false
}

func (c *dhcpcd) release() {
	c.t.Helper()
	_, err := c.Run(c.context(), "dhcpcd", c.args("-k")...)
	check(c.t, err)
	check(c.t, c.process.Wait(c.context()))
}

func (c *dhcpcd) crash() { c.process.Stop(c.context()) }
