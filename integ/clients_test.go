package integ

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"net/netip"
	"time"

	"github.com/stage6/stage6/internal/netlab"
	"github.com/stage6/stage6/internal/netlab/labtest"
)

// TestClients lets every client live through what clients live through, in every
// place in which it may stand.
func TestClients(t *testing.T) {
	for _, topo := range topologies() {
		for _, p := range profiles() {
			t.Run(topo.name+"/"+p.name, func(t *testing.T) {
				t.Parallel()
				p.wantPrivilege(t)
				labtest.Program(t, p.program)
				newLab(t, topo).live(p)
			})
		}
	}
}

// live is a client's life: it gets what it asks for and renews it; then client
// and server come to their ends in turn, and nothing changes until the client
// gives everything back.
func (l *lab) live(p profile) {
	l.t.Helper()
	c := p.new(l.machine)
	mine := l.bind(p, c)
	if !p.stateless() {
		l.renew(p, c, mine)
	}
	c.crash()
	l.comeBack(p, c, mine)
	l.server.restart(killed)
	if !p.stateless() {
		l.renew(p, c, mine)
	}
	c.crash()
	l.server.restart(asked)
	l.comeBack(p, c, mine)
	l.release(p, c)
	l.wire.wantLawful()
	l.wantLevels()
}

// bind lets the client get its first leases, and looks at them.
func (l *lab) bind(p profile, c client) grant {
	l.t.Helper()
	mark := l.wire.mark()
	said := c.start()
	got := l.wire.grant(l.context(), mark, p)
	want := l.expected(p, got)
	wantGrant(l.t, "the server gave at first", want, got)
	l.wantSaid(p, "the client has at first", want, said)
	l.wantListed(p, want)
	return want
}

// renew lets the client extend its leases, and wants the same.
func (l *lab) renew(p profile, c client, want grant) {
	l.t.Helper()
	mark := l.wire.mark()
	said := c.renewed()
	wantGrant(l.t, "the server gave on renewal", want, l.wire.grant(l.context(), mark, p))
	l.wantSaid(p, "the client has after renewal", want, said)
}

// comeBack starts the client on the state of its earlier run, and wants the same.
func (l *lab) comeBack(p profile, c client, want grant) {
	l.t.Helper()
	mark := l.wire.mark()
	said := c.start()
	first := l.wire.firstFromClient(l.context(), mark).MessageType.String()
	if !slices.Contains(p.comesBack, first) {
		l.t.Errorf("the client came back with %v, want one of %v", first, p.comesBack)
	}
	l.wantSaid(p, "the client has when it is back", want, said)
	l.wantListed(p, want)
}

// release lets the client give everything back, or the operator take it, and
// looks whether nothing is left of it, on either side.
func (l *lab) release(p profile, c client) {
	l.t.Helper()
	if p.stateless() {
		c.crash()
		return
	}
	mark := l.wire.mark()
	c.release()
	if p.keeps {
		for _, lease := range l.server.leases() {
			l.server.release(lease)
		}
	} else {
		l.wire.released(l.context(), mark, p)
		l.machine.awaitNoAddress()
	}
	l.wantListed(p, grant{})
}

// expected is the whole of what the server should give, where got tells which
// address or prefix it took out of a pool.
func (l *lab) expected(p profile, got grant) grant {
	l.t.Helper()
	want := grant{
		DNS:    []string{"2001:db8:10::53", "2001:db8:10::54"},
		Search: []string{"example.net", "prov.example.net"},
	}
	if p.ntp {
		want.NTP = []string{"2001:db8:10::123"}
	}
	if p.address {
		want.NA = timers{renewAfter, rebindAfter}
		want.Addresses = []granted{{l.expectedAddress(got), preferred, valid}}
	}
	if p.prefix {
		want.PD = timers{renewAfter, rebindAfter}
		want.Prefixes = []granted{{l.expectedPrefix(got), preferred, valid}}
	}
	return want
}

func (l *lab) expectedAddress(got grant) netip.Prefix {
	l.t.Helper()
	if l.plan.known {
		return netip.MustParsePrefix("2001:db8:10::101/128")
	}
	address := got.Addresses[0].Prefix
	if addr := address.Addr(); addr.Less(firstAddress) || lastAddress.Less(addr) {
		l.t.Errorf("address %v, want one of %v-%v", addr, firstAddress, lastAddress)
	}
	return address
}

func (l *lab) expectedPrefix(got grant) netip.Prefix {
	l.t.Helper()
	if l.plan.known {
		return netip.MustParsePrefix("2001:db8:f001::/56")
	}
	prefix := got.Prefixes[0].Prefix
	if !delegated.Contains(prefix.Addr()) || prefix.Bits() != 56 || prefix != prefix.Masked() {
		l.t.Errorf("prefix %v, want a /56 of %v", prefix, delegated)
	}
	return prefix
}

func wantGrant(t *testing.T, what string, want, got grant) {
	t.Helper()
	equal := cmp.Options{cmpopts.EquateEmpty(), cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })}
	if diff := cmp.Diff(want, got, equal); diff != "" {
		t.Errorf("what %s (-want +got):\n%s", what, diff)
	}
}

// wantSaid compares what the client says it has, and what the kernel says the
// client has put on its link.
func (l *lab) wantSaid(p profile, what string, want, said grant) {
	l.t.Helper()
	told := want
	if p.tells != nil {
		told = p.tells(want)
	}
	wantGrant(l.t, what, told, said)
	check(l.t, l.machine.WaitAddresses(l.context(), wan, func(addresses []netlab.Address) bool {
		return p.configured(global(addresses), want.Addresses)
	}))
}

// configured says whether a link has the addresses that were granted, no others,
// and not for longer than granted.
func (p profile) configured(has []netlab.Address, want []granted) bool {
	if len(has) != len(want) {
		return false
	}
	for i, address := range has {
		if address.Prefix.Addr() != want[i].Prefix.Addr() {
			return false
		}
		if p.forever && address.Valid != netlab.Infinity {
			return false
		}
		if !p.forever && (!remains(address.Valid, want[i].Valid) || !remains(address.Preferred, want[i].Preferred)) {
			return false
		}
	}
	return true
}

// remains says whether a lifetime was granted lately.
func remains(left, granted time.Duration) bool {
	return left <= granted && left > granted-renewAfter-20*time.Second
}

// wantListed compares the active leases of which the server tells.
func (l *lab) wantListed(p profile, want grant) {
	l.t.Helper()
	var prefixes []netip.Prefix
	for _, lease := range slices.Concat(want.Addresses, want.Prefixes) {
		prefixes = append(prefixes, lease.Prefix)
	}
	got := l.server.leases()
	byAddress := cmpopts.SortSlices(func(a, b netip.Prefix) bool { return a.Addr().Less(b.Addr()) })
	equal := cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })
	if diff := cmp.Diff(prefixes, got, equal, byAddress, cmpopts.EquateEmpty()); diff != "" {
		l.t.Errorf("leases that the server lists (-want +got):\n%s", diff)
	}
}

func (l *lab) context() context.Context { return labtest.Context(l.t) }

// wantPrivilege skips what a user namespace of one user cannot do.
func (p profile) wantPrivilege(t *testing.T) {
	t.Helper()
	if p.needs == "" {
		return
	}
	users, err := os.ReadFile("/proc/self/uid_map")
	check(t, err)
	if fields := strings.Fields(string(users)); len(fields) == 3 && fields[2] == "1" {
		labtest.Skip(t, p.program+" needs a real root: "+p.needs)
	}
}
