package listen

import (
	"net"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/stage6/stage6/internal/netlab"
	"github.com/stage6/stage6/internal/netlab/labtest"
)

func TestEachInterfaceGivesItsOwn(t *testing.T) {
	l := machine(t)
	first, second := l.link("prov0"), l.link("prov1")
	l.listen(1, agentsAndServers, servers)
	l.client(first, 546).send(agentsAndServers, "first")
	l.client(second, 546).send(agentsAndServers, "second")
	l.client(first, 1024).send(servers, "site first")
	l.client(second, 1024).send(servers, "site second")
	// A copy at a socket of the other interface would come before these.
	ends := []string{"first", "second", "site first", "site second"}
	for name, ns := range map[string]*netlab.Namespace{"end first": first, "end second": second} {
		l.client(ns, 1025).send(agentsAndServers, name)
		l.client(ns, 1026).send(servers, "site "+name)
		ends = append(ends, name, "site "+name)
	}
	for name, arrivals := range l.until(ends...) {
		want := l.index("prov0")
		if strings.Contains(name, "second") {
			want = l.index("prov1")
		}
		if len(arrivals) != 1 || arrivals[0].Interface != want {
			t.Errorf("%q arrived %d times, at first by %d, want once by %d", name, len(arrivals), arrivals[0].Interface, want)
		}
	}
}

func TestAnInterfaceThatAppearsLaterIsListenedOn(t *testing.T) {
	for name, address := range map[string]string{
		"asked for by name": agentsAndServers + "%prov0",
		"asked for as any":  agentsAndServers,
		"of any address":    "::%prov0",
		"of a link address": "fe80::547%prov0",
	} {
		t.Run(name, func(t *testing.T) {
			l := machine(t)
			l.listen(1, address)
			ns := l.link("prov0")
			l.logged(0, "msg=listening")
			l.check(l.server.AddAddress("prov0", netip.MustParsePrefix("fe80::547/64")))
			to := agentsAndServers
			if !strings.Contains(address, agentsAndServers) {
				to = "fe80::547"
			}
			l.client(ns, 546).send(to, "hello")
			if p := l.next(); p.data != "hello" || p.Interface != l.index("prov0") || p.Dst.String() != to {
				t.Errorf("%q by %d to %v, want by %d to %v", p.data, p.Interface, p.Dst, l.index("prov0"), to)
			}
		})
	}
}

func TestAnInterfaceMayReturnWithAnotherIndex(t *testing.T) {
	l := machine(t)
	l.link("prov0")
	l.listen(1, agentsAndServers+"%prov0", "::")
	before := l.index("prov0")
	l.check(l.server.Remove("prov0"))
	l.logged(0, "no longer listening")
	l.logged(0, "the interface is not there")

	mark := l.log.Len()
	ns := l.link("prov0")
	l.logged(mark, "msg=listening")
	l.client(ns, 546).send(agentsAndServers, "again")
	if p := l.next(); p.Interface == before || p.Interface != l.index("prov0") {
		t.Errorf("by %d, was %d and is %d", p.Interface, before, l.index("prov0"))
	}
}

func TestAnInterfaceMayGoDownAndUp(t *testing.T) {
	l := machine(t)
	ns := l.link("prov0")
	l.listen(1, agentsAndServers)
	l.check(l.server.Down("prov0"))
	l.logged(0, "no longer listening")
	mark := l.log.Len()
	l.check(l.server.Up("prov0"))
	l.logged(mark, "msg=listening")
	l.carrier(ns)
	l.client(ns, 546).send(agentsAndServers, "again")
	l.until("again")
}

func TestAMissingInterfaceIsWarnedOfOnce(t *testing.T) {
	l := machine(t)
	l.listen(1, agentsAndServers+"%prov0", servers+"%prov0")
	l.link("other0") // a change that brings nothing
	l.link("prov0")
	l.logged(0, "msg=listening")
	if n := strings.Count(l.log.String(), "level=warning"); n != 1 {
		t.Errorf("%d warnings, want 1:\n%s", n, l.log)
	}
}

func TestAnEndedSubscriptionMeansThatChangesWereLost(t *testing.T) {
	ended := make(chan netlink.LinkUpdate)
	close(ended)
	w := &watcher{links: ended}
	if _, lost, _ := w.wait(labtest.Context(t), nil); !lost {
		t.Error("nothing lost, want lost")
	}
}

func TestInterfacesAreFoundAfterChangesWereLost(t *testing.T) {
	l := machine(t)
	deaf := &watcher{make(chan netlink.LinkUpdate), make(chan netlink.AddrUpdate), make(chan struct{})}
	watchers := []func() (*watcher, error){watch, func() (*watcher, error) { return deaf, nil }}
	l.newSet(1, agentsAndServers)
	l.set.watch = func() (*watcher, error) {
		next := watchers[len(watchers)-1]
		watchers = watchers[:len(watchers)-1]
		return next()
	}
	l.start()
	l.link("prov0")
	close(deaf.links)
	close(deaf.addrs)
	l.logged(0, "changes of interfaces were lost")
	l.logged(0, "msg=listening")
	mark := l.log.Len()
	l.link("prov1")
	l.logged(mark, "interface=prov1")
}

func TestOnlyAnInterfaceThatIsGoneIsRemoved(t *testing.T) {
	update := func(kind uint16, family uint8) netlink.LinkUpdate {
		u := netlink.LinkUpdate{Header: unix.NlMsghdr{Type: kind}}
		u.Family, u.Index = family, 7
		return u
	}
	for name, test := range map[string]struct {
		update netlink.LinkUpdate
		want   []int
	}{
		"a change":                  {update(unix.RTM_NEWLINK, unix.AF_UNSPEC), nil},
		"a removal":                 {update(unix.RTM_DELLINK, unix.AF_UNSPEC), []int{7}},
		"a removal out of a bridge": {update(unix.RTM_DELLINK, unix.AF_BRIDGE), nil},
	} {
		t.Run(name, func(t *testing.T) {
			links := make(chan netlink.LinkUpdate, 1)
			links <- test.update
			removed, lost, _ := (&watcher{links: links}).wait(labtest.Context(t), nil)
			if diff := cmp.Diff(test.want, removed); diff != "" || lost {
				t.Errorf("lost %v, removed (-want +got):\n%s", lost, diff)
			}
		})
	}
}

func TestEndpoints(t *testing.T) {
	const ordinary = net.FlagUp | net.FlagMulticast
	interfaces := []net.Interface{
		{Index: 1, Name: "lo", MTU: 65536, Flags: net.FlagUp | net.FlagLoopback},
		{Index: 2, Name: "prov0", MTU: 1500, Flags: ordinary},
		{Index: 3, Name: "down0", MTU: 1500, Flags: net.FlagMulticast},
		{Index: 4, Name: "tun0", MTU: 1500, Flags: net.FlagUp},
		{Index: 5, Name: "small0", MTU: 1279, Flags: ordinary},
		{Index: 6, Name: "prov1", MTU: 1280, Flags: ordinary},
	}
	for name, test := range map[string]struct {
		address string
		want    []string
	}{
		"a group is on all ordinary interfaces":        {agentsAndServers, []string{"[ff02::1:2%prov0]:547", "[ff02::1:2%prov1]:547"}},
		"a group with a zone is on that interface":     {"ff02::1:2%prov0", []string{"[ff02::1:2%prov0]:547"}},
		"the loopback must be asked for":               {"ff02::1:2%lo", []string{"[ff02::1:2%lo]:547"}},
		"a tunnel must be asked for":                   {"ff02::1:2%tun0", []string{"[ff02::1:2%tun0]:547"}},
		"an interface that is down waits":              {"ff02::1:2%down0", nil},
		"an interface with too small an MTU waits":     {"ff02::1:2%small0", nil},
		"an interface that is not there waits":         {"ff02::1:2%absent0", nil},
		"a unicast address needs no interface":         {"2001:db8::1", []string{"[2001:db8::1]:547"}},
		"any address needs no interface":               {"::", []string{"[::]:547"}},
		"any address of an interface is bound to it":   {"::%prov1", []string{"[::%prov1]:547"}},
		"a link-local address waits for its interface": {"fe80::1%absent0", nil},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, e := range endpoints(parse([]string{test.address})[0], interfaces) {
				got = append(got, e.String())
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("endpoints (-want +got):\n%s", diff)
			}
		})
	}
}
