package integ

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stage6/stage6/internal/netlab"
	"github.com/stage6/stage6/internal/netlab/labtest"
	"github.com/stage6/stage6/internal/privilege"
)

// ourProtocol is what the routes of the server carry, staticProtocol what those
// of an administrator do.
const (
	ourProtocol    = 146
	staticProtocol = 4
)

// routeLab is a server that makes routes, and a client that wants prefixes.
type routeLab struct {
	*lab
	client *dhclient
}

// newRouteLab builds a topology, calls before, and starts the server. Leases
// last so many seconds.
func newRouteLab(t *testing.T, topo topology, valid int, before func(*lab)) *routeLab {
	t.Helper()
	labtest.Program(t, "dhclient")
	l := &lab{t: t, machine: newMachine(t, "client"), serverSide: labtest.Namespace(t, "server")}
	l.plan = topo.build(l)
	l.linkLocal(l.machine.Namespace, wan)
	before(l)
	return startRouteServer(l, valid, "kernel")
}

// startRouteServer starts a server that makes routes to a target.
func startRouteServer(l *lab, valid int, target string) *routeLab {
	l.t.Helper()
	l.server = startServer(l.t, l.serverSide, fmt.Sprintf(`
leases: $DIR/leases
api: unix:$DIR/api.sock
server6:
  listen: ['%s']
  links:
    - name: clients
      prefixes: [2001:db8:10::/64]
  plugins:
    - server_id: auto
    - lifetimes: {preferred: %ds, valid: %[2]ds}
    - route: %[3]s
    - prefix: {pool: '%[4]v', length: 56}
`, l.plan.listen, valid, target, delegated))
	return &routeLab{l, newDhclient(l.machine, dhclientPrefix)}
}

// bind gets the client its prefix.
func (l *routeLab) bind() netip.Prefix {
	l.t.Helper()
	got := l.client.start()
	if len(got.Prefixes) != 1 {
		l.t.Fatalf("prefixes %v, want one", got.Prefixes)
	}
	return got.Prefixes[0].Prefix
}

// want waits until the server has these routes and no others.
func (l *routeLab) want(want ...netlab.Route) {
	l.t.Helper()
	err := l.serverSide.WaitRoutes(labtest.Context(l.t), "srv0", func(got []netlab.Route) bool {
		return len(got) == len(want) && !slices.ContainsFunc(want, func(r netlab.Route) bool { return !slices.Contains(got, r) })
	})
	if err != nil {
		l.t.Fatalf("want %v: %v", want, err)
	}
}

// ip changes the routes of the server's machine.
func (l *lab) ip(args ...string) {
	l.t.Helper()
	_, err := l.serverSide.Run(labtest.Context(l.t), "ip", append([]string{"-6", "route"}, args...)...)
	check(l.t, err)
}

// TestARouteLivesAsLongAsItsLease goes through restarts, a kill, and routes that
// are lost or left over meanwhile. What is of others stays as it is.
func TestARouteLivesAsLongAsItsLease(t *testing.T) {
	t.Parallel()
	others := netlab.Route{Destination: netip.MustParsePrefix("2001:db8:f5::/48"), Via: netip.MustParseAddr("fe80::5"), Protocol: staticProtocol}
	stale := []string{"2001:db8:e0ff:ff00::/56", "via", "fe80::6", "dev", "srv0", "proto", fmt.Sprint(ourProtocol)}
	l := newRouteLab(t, topology{"directly", direct}, 3600, func(l *lab) {
		l.ip("add", others.Destination.String(), "via", others.Via.String(), "dev", "srv0", "proto", "static")
		l.ip(append([]string{"add"}, stale...)...)
	})
	l.want(others)
	if got, want := l.server.capabilities(), []privilege.Capability{privilege.NetBindService, privilege.NetAdmin}; !slices.Equal(got, want) {
		t.Errorf("the server may %v, want %v", got, want)
	}

	ours := netlab.Route{Destination: l.bind(), Via: l.linkLocal(l.machine.Namespace, wan), Protocol: ourProtocol}
	l.want(others, ours)
	shown, err := l.serverSide.Run(labtest.Context(t), l.server.binary, "leases", "show", "--config", l.server.config(), ours.Destination.String())
	check(t, err)
	if want := fmt.Sprintf("%v%%srv0", ours.Via); !strings.Contains(shown, want) {
		t.Errorf("the lease is shown as\n%s\nwithout its next hop %s", shown, want)
	}

	l.server.restart(asked)
	l.want(others, ours)

	l.server.stop(killed)
	l.want(others, ours)
	l.ip("del", ours.Destination.String(), "dev", "srv0")
	l.ip(append([]string{"add"}, stale...)...)
	l.server.start()
	l.want(others, ours)

	l.client.release()
	l.want(others)

	l.bind()
	l.want(others, ours)
	l.server.release(ours.Destination)
	l.want(others)
}

func TestARouteEndsWithALeaseThatRunsOut(t *testing.T) {
	t.Parallel()
	l := newRouteLab(t, topology{"directly", direct}, 5, func(*lab) {})
	ours := netlab.Route{Destination: l.bind(), Via: l.linkLocal(l.machine.Namespace, wan), Protocol: ourProtocol}
	l.client.process.Kill()
	l.want(ours)
	l.want()
}

func TestARouteGoesByWayOfTheRelay(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		topology topology
		via      func(*routeLab) netip.Addr
	}{
		{topology{"through a relay", throughRelay}, relayAddress},
		{topology{"through two relays", throughTwoRelays}, relayAddress},
		{topology{"through an LDRA", throughLDRA}, func(l *routeLab) netip.Addr { return l.linkLocal(l.machine.Namespace, wan) }},
	} {
		t.Run(tc.topology.name, func(t *testing.T) {
			t.Parallel()
			l := newRouteLab(t, tc.topology, 3600, func(*lab) {})
			ours := netlab.Route{Destination: l.bind(), Via: tc.via(l), Protocol: ourProtocol}
			l.want(ours)
			l.server.restart(killed)
			l.want(ours)
			l.client.release()
			l.want()
		})
	}
}

func relayAddress(*routeLab) netip.Addr { return netip.MustParseAddr("2001:db8:ff::1") }

// TestACommandMakesRoutes goes through the life of a lease with two ends of the
// server, and a command that fails at first.
func TestACommandMakesRoutes(t *testing.T) {
	t.Parallel()
	labtest.Program(t, "dhclient")
	l := &lab{t: t, machine: newMachine(t, "client"), serverSide: labtest.Namespace(t, "server")}
	l.plan = direct(l)
	via := l.linkLocal(l.machine.Namespace, wan)
	script := l.machine.write("route", replaceDir("#!/bin/sh\necho \"$@\" >> $DIR/calls\n[ $(wc -l < $DIR/calls) -gt 1 ]\n", l.machine.dir))
	calls := filepath.Join(l.machine.dir, "calls")
	r := startRouteServer(l, 3600, "{exec: "+script+"}")
	if got, want := l.server.capabilities(), []privilege.Capability{privilege.NetBindService}; !slices.Equal(got, want) {
		t.Errorf("the server may %v, want %v", got, want)
	}

	args := fmt.Sprintf(" %v %v srv0\n", r.bind(), via)
	seen, last := "", ""
	// await waits until the command was called with a verb, at least so often, and with
	// nothing else. A call that took too long is made again, so that it may be more, and
	// more than was seen of the verb before, too.
	await := func(verb string, atLeast int) {
		t.Helper()
		call := verb + args
		check(t, netlab.WaitFile(labtest.Context(t), calls, func(got []byte) bool {
			more := strings.TrimPrefix(string(got), seen)
			for call != last && last != "" && strings.HasPrefix(more, last) {
				more = strings.TrimPrefix(more, last)
			}
			n := strings.Count(more, call)
			if n < atLeast || more != strings.Repeat(call, n) {
				return false
			}
			seen, last = string(got), call
			return true
		}))
	}
	await("add", 2) // leased, the second time with success
	l.server.restart(killed)
	await("add", 1) // started again
	r.client.release()
	await("del", 1) // released
	l.server.restart(asked)
	await("del", 1) // started again, with a lease that is remembered
}

func TestRoutesNeedACapability(t *testing.T) {
	t.Parallel()
	ns := labtest.Namespace(t, "server")
	binary, err := buildServer()
	check(t, err)
	m := &machine{Namespace: ns, t: t, dir: shortTempDir(t)}
	config := m.write("config.yml", `
leases: memory
server6:
  plugins:
    - server_id: LL 52:54:00:00:00:01
    - route: kernel
`)
	process, err := ns.Spawn(nil, labtest.Program(t, "setpriv"), "--bounding-set", "-net_admin", "--inh-caps", "-net_admin",
		binary, "serve", "--config", config, "--api", "unix:"+m.dir+"/api.sock")
	check(t, err)
	if err := process.Wait(labtest.Context(t)); err == nil {
		t.Error("the server ended well")
	}
	want := config + ":6:7: route: routes need CAP_NET_ADMIN: start the server as root, or give it that capability\n"
	if out := process.Output.String(); !strings.HasSuffix(out, want) {
		t.Errorf("the server says\n%s\nwant at its end\n%s", out, want)
	}
}
