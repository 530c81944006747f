package integ

import (
	"os"
	"path/filepath"
	"regexp"

	"github.com/stage6/stage6/internal/netlab"
)

// dibbler is Tomasz Mrugalski's client, 1.0.
//
// Restarted on its database it Confirms its address, and then renews it at once.
// With a prefix in the database it confuses itself: it gives one transaction ID to
// two messages, takes the answer to one for that to the other, and renews the
// prefix at a unicast address made of stray memory. So here it loses its database
// when it has a prefix, and keeps its DUID. Its hook hears of one exchange at a
// time.
type dibbler struct {
	*machine
	events  *events
	process *netlab.Process
	both    bool // address and prefix
}

func dibblerProfile(name string, both bool) profile {
	// It may be killed before it has written its database.
	back := []string{"CONFIRM", "SOLICIT"}
	if both {
		back = []string{"SOLICIT"}
	}
	return profile{
		name: name, program: "dibbler-client",
		new:       func(m *machine) client { return newDibbler(m, both) },
		address:   true,
		prefix:    both,
		ntp:       true,
		comesBack: back,
	}
}

const dibblerConfig = `
log-level 8
log-mode full
downlink-prefix-ifaces "none"
script "$DIR/dibbler.hook"
iface ` + wan + ` {
	ia
	$PD
	option dns-server
	option domain
	option ntp-server
}
`

func newDibbler(m *machine, both bool) *dibbler {
	c := &dibbler{machine: m, events: newEvents(m), both: both}
	pd := ""
	if both {
		pd = "pd"
	}
	check(m.t, m.Hide("/etc/dibbler"))
	m.writeInside("/etc/dibbler/client.conf", replaceDir(replace(dibblerConfig, "$PD", pd), m.dir))
	m.write("dibbler.hook", "#!/bin/sh\n"+recordEvent(c.events.path))
	return c
}

func (c *dibbler) start() grant {
	c.t.Helper()
	c.removeAddresses()
	c.events.skip()
	c.process = c.spawn(nil, "dibbler-client", "run")
	return c.grant(0)
}

func (c *dibbler) renewed() grant {
	c.t.Helper()
	c.events.skip()
	return c.grant(c.process.Output.Len())
}

// grant waits until the hook has told of everything.
func (c *dibbler) grant(mark int) grant {
	c.t.Helper()
	var g grant
	for g.Addresses == nil || c.both && g.Prefixes == nil {
		c.add(&g, c.events.await(1, isDibblerGrant)[0])
	}
	check(c.t, c.process.Output.WaitFor(c.context(), mark, func(log string) bool {
		return c.addTimers(&g, log)
	}))
	return g
}

// isDibblerGrant leaves the answer to a Confirm out, which says nothing of
// lifetimes.
func isDibblerGrant(e event) bool {
	return e["SRV_MESSAGE"] == "REPLY" && e["CLNT_MESSAGE"] != "CONFIRM"
}

// add takes what the hook tells first. When both IAs are renewed in one exchange,
// it tells everything twice, and the second time wrongly.
func (c *dibbler) add(g *grant, e event) {
	c.t.Helper()
	g.DNS, g.Search, g.NTP = words(e["SRV_OPTION23"]), words(e["SRV_OPTION24"]), words(e["SRV_OPTION31"])
	if addr := e["ADDR1"]; addr != "" {
		g.Addresses = []granted{{prefix(c.t, addr, "128"), seconds(c.t, e["ADDR1PREF"]), seconds(c.t, e["ADDR1VALID"])}}
	}
	if addr := e["PREFIX1"]; addr != "" {
		g.Prefixes = []granted{{prefix(c.t, addr, e["PREFIX1LEN"]), seconds(c.t, e["PREFIX1PREF"]), seconds(c.t, e["PREFIX1VALID"])}}
	}
}

var dibblerTimers = regexp.MustCompile(`RENEW\(IA_(NA|PD)\) will be sent \(T1\) after (\d+), REBIND \(T2\) after (\d+)`)

// addTimers says whether the log tells all.
func (c *dibbler) addTimers(g *grant, log string) bool {
	for _, m := range dibblerTimers.FindAllStringSubmatch(log, -1) {
		times := timers{seconds(c.t, m[2]), seconds(c.t, m[3])}
		if m[1] == "NA" {
			g.NA = times
		} else {
			g.PD = times
		}
	}
	return g.NA != timers{} && (!c.both || g.PD != timers{})
}

func (c *dibbler) release() {
	c.t.Helper()
	check(c.t, c.process.Stop(c.context()))
}

func (c *dibbler) crash() {
	c.process.Kill()
	if c.both {
		os.Remove(filepath.Join(c.Root(), "/var/lib/dibbler/client-AddrMgr.xml"))
	}
}
