package integ

import (
	"fmt"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/stage6/stage6/internal/hostile"
	"github.com/stage6/stage6/internal/netlab"
	"github.com/stage6/stage6/internal/netlab/labtest"
)

// attacker sends whatever it likes, as a client and as the relay agent that the
// server trusts, and hears all answers.
type attacker struct {
	t     *testing.T
	ns    *netlab.Namespace
	conns map[netip.AddrPort]*net.UDPConn // by their own address
	group *net.UDPAddr
	local netip.Addr // the client's link-local address

	mu    sync.Mutex
	heard [][]byte
	more  chan struct{} // closed when there is another one
}

// attackerAddress is the client's address that is not link-local.
var attackerAddress = netip.MustParseAddr("2001:db8:10::7")

// newAttacker joins a namespace with the server's link.
func newAttacker(t *testing.T) (a *attacker, station *netlab.Namespace) {
	t.Helper()
	a = &attacker{t: t, ns: labtest.Namespace(t, "attacker"), conns: map[netip.AddrPort]*net.UDPConn{}, more: make(chan struct{})}
	station = labtest.Namespace(t, "server")
	check(t, netlab.Cable(netlab.Port{Namespace: a.ns, Link: wan}, netlab.Port{Namespace: station, Link: "srv0"}))
	for _, own := range []netip.Addr{attackerAddress, hostile.Relay} {
		check(t, a.ns.AddAddress(wan, netip.PrefixFrom(own, 64)))
	}
	check(t, station.AddAddress("srv0", netip.PrefixFrom(hostile.Server, 64)))
	_, err := station.LinkLocal(labtest.Context(t), "srv0")
	check(t, err)
	a.local, err = a.ns.LinkLocal(labtest.Context(t), wan)
	check(t, err)
	index, err := a.ns.Index(wan)
	check(t, err)
	a.group = &net.UDPAddr{IP: net.ParseIP("ff02::1:2"), Port: 547, Zone: fmt.Sprint(index)}
	for _, own := range []netip.Addr{a.local.WithZone(fmt.Sprint(index)), attackerAddress, hostile.Relay} {
		a.open(netip.AddrPortFrom(own, 546))
		a.open(netip.AddrPortFrom(own, 547))
	}
	return a, station
}

func (a *attacker) open(own netip.AddrPort) {
	a.t.Helper()
	check(a.t, a.ns.Do(func() error {
		conn, err := net.ListenUDP("udp6", net.UDPAddrFromAddrPort(own))
		if err != nil {
			return err
		}
		a.conns[netip.AddrPortFrom(own.Addr().WithZone(""), own.Port())] = conn
		a.t.Cleanup(func() { conn.Close() })
		return conn.SetReadBuffer(4 << 20)
	}))
	go a.hear(a.conns[netip.AddrPortFrom(own.Addr().WithZone(""), own.Port())])
}

func (a *attacker) hear(conn *net.UDPConn) {
	buffer := make([]byte, 1<<16)
	for {
		n, err := conn.Read(buffer)
		if err != nil {
			return // the test has ended
		}
		a.mu.Lock()
		a.heard = append(a.heard, append([]byte{}, buffer[:n]...))
		close(a.more)
		a.more = make(chan struct{})
		a.mu.Unlock()
	}
}

// answers gives what was heard from a mark on, and what tells that there is more.
func (a *attacker) answers(from int) ([][]byte, <-chan struct{}) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.heard[from:len(a.heard):len(a.heard)], a.more
}

func (a *attacker) mark() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.heard)
}

// await waits for an answer with a transaction id after a mark.
func (a *attacker) await(from int, xid [3]byte) {
	a.t.Helper()
	bound := time.After(labtest.Bound)
	for {
		heard, more := a.answers(from)
		for _, h := range heard {
			if got, ok := hostile.XID(h); ok && got == xid {
				return
			}
		}
		select {
		case <-more:
		case <-bound:
			a.t.Fatalf("no answer with the transaction id %x within %v", xid, labtest.Bound)
		}
	}
}

// send sends a datagram in one of the ways.
func (a *attacker) send(way hostile.Way, datagram []byte) {
	a.t.Helper()
	from, to := netip.AddrPortFrom(a.local, 546), a.group
	switch way {
	case hostile.Unicast:
		from, to = netip.AddrPortFrom(attackerAddress, 546), net.UDPAddrFromAddrPort(netip.AddrPortFrom(hostile.Server, 547))
	case hostile.Relayed:
		from, to = netip.AddrPortFrom(hostile.Relay, 547), net.UDPAddrFromAddrPort(netip.AddrPortFrom(hostile.Server, 547))
	}
	_, err := a.conns[from].WriteToUDP(datagram, to)
	check(a.t, err)
}

// good sends a message that is right, on the way that another one took, and waits for
// its answer. What came before on that way was read then.
func (a *attacker) good(way hostile.Way, number int) {
	a.t.Helper()
	xid := [3]byte{0xee, byte(number >> 8), byte(number)}
	m := []byte{11, xid[0], xid[1], xid[2], 0, 6, 0, 2, 0, 23}
	if way != hostile.Group {
		m, way = []byte(relayed(string(m))), hostile.Relayed
	}
	from := a.mark()
	a.send(way, m)
	a.await(from, xid)
}
