package neighbor

import (
	"context"
	"net"
	"net/netip"
	"testing"

	"github.com/vishvananda/netlink"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/netlab"
	"github.com/stage6/stage6/internal/netlab/labtest"
)

func TestMain(m *testing.M) { labtest.Main(m) }

// lab is a server's machine with a table, and clients on its links.
type lab struct {
	t      *testing.T
	ctx    context.Context
	server *netlab.Namespace
	table  *Table
	marks  int
}

func newLab(t *testing.T) *lab {
	t.Helper()
	l := &lab{t: t, ctx: labtest.Context(t), server: labtest.Namespace(t, "server")}
	l.check(l.server.Do(func() (err error) {
		l.table, err = Open(quietLog())
		return err
	}))
	t.Cleanup(func() { l.check(l.table.Close()) })
	return l
}

func (l *lab) check(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

// run runs the table until stop is called, or the test ends.
func (l *lab) run() (stop func()) {
	l.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- l.server.Do(func() error { return l.table.Run(ctx) }) }()
	stopped := false
	stop = func() {
		if !stopped {
			stopped = true
			cancel()
			l.check(<-ended)
		}
	}
	l.t.Cleanup(stop)
	return stop
}

// client makes a machine on a link of its own, and gives the server's index of it.
func (l *lab) client(name string) (ns *netlab.Namespace, index uint32) {
	l.t.Helper()
	ns = labtest.Namespace(l.t, name)
	l.check(netlab.Cable(netlab.Port{Namespace: l.server, Link: name}, netlab.Port{Namespace: ns, Link: "eth0"}))
	_, err := l.server.LinkLocal(l.ctx, name)
	l.check(err)
	i, err := l.server.Index(name)
	l.check(err)
	return ns, uint32(i)
}

// wait waits for a neighbour.
func (l *lab) wait(known <-chan struct{}) {
	l.t.Helper()
	select {
	case <-known:
	case <-l.ctx.Done():
		l.t.Fatal(context.Cause(l.ctx))
	}
}

// want wants to know a neighbour.
func (l *lab) want(index uint32, a netip.Addr, want ident.MAC) {
	l.t.Helper()
	if got := l.table.MAC(index, a); got != want {
		l.t.Errorf("%v is %v, want %v", a, got, want)
	}
}

// entry makes an entry of the kernel's table.
func (l *lab) entry(index uint32, a netip.Addr, mac ident.MAC, state int) {
	l.t.Helper()
	n := &netlink.Neigh{LinkIndex: int(index), Family: netlink.FAMILY_V6, State: state, IP: a.AsSlice(), HardwareAddr: net.HardwareAddr(mac[:])}
	l.check(l.server.Do(func() error { return netlink.NeighSet(n) }))
}

func (l *lab) remove(index uint32, a netip.Addr) {
	l.t.Helper()
	n := &netlink.Neigh{LinkIndex: int(index), Family: netlink.FAMILY_V6, IP: a.AsSlice()}
	l.check(l.server.Do(func() error { return netlink.NeighDel(n) }))
}

// settle waits until the table has all changes: until it has one more.
func (l *lab) settle(index uint32) {
	l.t.Helper()
	l.marks++
	mark := numbered(1<<20 + l.marks)
	known := l.table.Solicit(index, mark)
	l.entry(index, mark, annMAC, netlink.NUD_PERMANENT)
	l.wait(known)
}

func TestTheKernelAsksANewNeighbour(t *testing.T) {
	l := newLab(t)
	l.run()
	client, index := l.client("prov0") // the link appears while the table is followed
	a, err := client.LinkLocal(l.ctx, "eth0")
	l.check(err)
	mac, err := client.MAC("eth0")
	l.check(err)
	l.want(index, a, ident.MAC{})
	known := l.table.Solicit(index, a)
	if known == nil {
		t.Fatal("nobody is asked")
	}
	l.wait(known)
	l.want(index, a, ident.MAC(mac))
	if n := l.table.solicited.Load(); n != 1 {
		t.Errorf("%d were asked, want 1", n)
	}
}

func TestChangesOfTheKernelsTable(t *testing.T) {
	l := newLab(t)
	_, index := l.client("prov0")
	_, other := l.client("prov1")
	l.run()
	for _, step := range []struct {
		name string
		do   func()
		want ident.MAC
	}{
		{"a neighbour that is confirmed", func() { l.entry(index, ann, annMAC, netlink.NUD_REACHABLE) }, annMAC},
		{"the same address on another link", func() { l.entry(other, ann, bobMAC, netlink.NUD_REACHABLE) }, annMAC},
		{"another MAC", func() { l.entry(index, ann, bobMAC, netlink.NUD_STALE) }, bobMAC},
		{"one that does not answer any more", func() { l.entry(index, ann, bobMAC, netlink.NUD_FAILED) }, ident.MAC{}},
		{"one that is back", func() { l.entry(index, ann, annMAC, netlink.NUD_PROBE) }, annMAC},
		{"one that is removed", func() { l.remove(index, ann) }, ident.MAC{}},
		{"one that is configured", func() { l.entry(index, ann, annMAC, netlink.NUD_PERMANENT) }, annMAC},
		{"its link goes down", func() { l.check(l.server.Down("prov0")) }, ident.MAC{}},
	} {
		step.do()
		l.settle(other)
		if got := l.table.MAC(index, ann); got != step.want {
			t.Errorf("%s: the neighbour is %v, want %v", step.name, got, step.want)
		}
	}
}

func TestOnlyLinkLocalAddressesAreKept(t *testing.T) {
	l := newLab(t)
	_, index := l.client("prov0")
	l.run()
	l.settle(index)
	before := l.table.len()
	for _, a := range []string{"2001:db8::1", "ff02::1:2", "192.0.2.1"} {
		n := &netlink.Neigh{LinkIndex: int(index), State: netlink.NUD_PERMANENT, IP: netip.MustParseAddr(a).AsSlice(), HardwareAddr: net.HardwareAddr(annMAC[:])}
		l.check(l.server.Do(func() error { return netlink.NeighSet(n) }))
	}
	l.settle(index)
	if n := l.table.len(); n != before+1 {
		t.Errorf("%d neighbours are known, want %d", n, before+1)
	}
}

func TestWhatChangedWhileNobodyFollowed(t *testing.T) {
	l := newLab(t)
	_, index := l.client("prov0")
	l.entry(index, ann, annMAC, netlink.NUD_PERMANENT) // before the table
	stop := l.run()
	l.settle(index)
	l.want(index, ann, annMAC)
	stop()
	l.remove(index, ann)
	l.entry(index, bob, bobMAC, netlink.NUD_PERMANENT)
	l.want(index, ann, annMAC)
	l.run()
	l.settle(index)
	l.want(index, ann, ident.MAC{})
	l.want(index, bob, bobMAC)
}

func TestChangesThatTheKernelHadNoRoomFor(t *testing.T) {
	const many = 6000
	l := newLab(t)
	_, index := l.client("prov0")
	l.run()
	l.settle(index)
	l.table.mu.Lock() // keeps changes from being read
	for i := range many {
		l.entry(index, numbered(i), annMAC, netlink.NUD_PERMANENT)
	}
	l.table.mu.Unlock()
	l.settle(index)
	if l.table.resyncs.Load() == 0 {
		t.Error("no change was lost: the test needs more of them")
	}
	for i := range many {
		l.want(index, numbered(i), annMAC)
	}
}
