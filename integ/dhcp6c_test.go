package integ

import (
	"regexp"

	"github.com/stage6/stage6/internal/netlab"
)

// dhcp6c is the client of WIDE and KAME.
//
// It keeps nothing but its DUID, renews each IA by a message of its own, and
// takes a T2 of less than 30 seconds for a mistake. Its hook hears of options
// only; addresses and prefixes stand in its log.
type dhcp6c struct {
	*machine
	events  *events
	process *netlab.Process
}

func dhcp6cProfile() profile {
	return profile{
		name: "dhcp6c", program: "dhcp6c",
		new:       func(m *machine) client { return newDhcp6c(m) },
		address:   true,
		prefix:    true,
		ntp:       true,
		forever:   true,
		comesBack: []string{"SOLICIT"},
	}
}

const dhcp6cConfig = `
interface ` + wan + ` {
	send ia-na 1;
	send ia-pd 1;
	request domain-name-servers;
	request domain-name;
	request ntp-servers;
	script "$DIR/dhcp6c.hook";
};
id-assoc na 1 { };
id-assoc pd 1 {
	prefix-interface ` + lan + ` {
		sla-id 1;
		sla-len 8;
	};
};
`

func newDhcp6c(m *machine) *dhcp6c {
	c := &dhcp6c{machine: m, events: newEvents(m)}
	m.write("dhcp6c.conf", replaceDir(dhcp6cConfig, m.dir))
	m.write("dhcp6c.hook", "#!/bin/sh\n"+recordEvent(c.events.path))
	return c
}

func (c *dhcp6c) start() grant {
	c.t.Helper()
	c.removeAddresses()
	c.events.skip()
	c.process = c.spawn(nil, "dhcp6c", "-f", "-D", "-c", c.dir+"/dhcp6c.conf", "-p", c.dir+"/dhcp6c.pid", wan)
	return c.grant(0)
}

func (c *dhcp6c) renewed() grant {
	c.t.Helper()
	c.events.skip()
	return c.grant(c.process.Output.Len())
}

// grant waits until both IAs are in the log, and the hook has been called for the
// later one.
func (c *dhcp6c) grant(mark int) grant {
	c.t.Helper()
	var g grant
	err := c.process.Output.WaitFor(c.context(), mark, func(log string) bool {
		g = c.parse(log)
		return g.Addresses != nil && g.Prefixes != nil
	})
	check(c.t, err)
	e := c.events.await(1, func(event) bool { return true })[0]
	g.DNS = words(e["new_domain_name_servers"])
	g.Search = trimDots(words(e["new_domain_name"]))
	g.NTP = words(e["new_ntp_servers"])
	return g
}

var (
	dhcp6cLease = regexp.MustCompile(`(?:create|update) (?:a|an) (address|prefix) ([0-9a-f:]+)(?:/(\d+))? pltime=(\d+), vltime=(\d+)`)
	dhcp6cIA    = regexp.MustCompile(`IA_(NA|PD): ID=1, T1=(\d+), T2=(\d+)`)
)

func (c *dhcp6c) parse(log string) grant {
	var g grant
	for _, m := range dhcp6cIA.FindAllStringSubmatch(log, -1) {
		times := timers{seconds(c.t, m[2]), seconds(c.t, m[3])}
		if m[1] == "NA" {
			g.NA = times
		} else {
			g.PD = times
		}
	}
	for _, m := range dhcp6cLease.FindAllStringSubmatch(log, -1) {
		preferred, valid := seconds(c.t, m[4]), seconds(c.t, m[5])
		if m[1] == "address" {
			g.Addresses = []granted{{prefix(c.t, m[2], "128"), preferred, valid}}
		} else {
			g.Prefixes = []granted{{prefix(c.t, m[2], m[3]), preferred, valid}}
		}
	}
	return g
}

func (c *dhcp6c) release() {
	c.t.Helper()
	check(c.t, c.process.Stop(c.context()))
}

func (c *dhcp6c) crash() { c.process.Kill() }
