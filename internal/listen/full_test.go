package listen

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/stage6/stage6/internal/netlab/labtest"
)

// TestNeighboursThatDoNotAnswerKeepNobodyWaiting sends to more addresses that
// nobody has than the socket's buffer has room for.
func TestNeighboursThatDoNotAnswerKeepNobodyWaiting(t *testing.T) {
	l := machine(t)
	l.link("prov0")
	_, err := l.server.LinkLocal(labtest.Context(t), "prov0")
	l.check(err)
	e := endpoint{addr: netip.MustParseAddr(agentsAndServers), port: 547, index: int(l.index("prov0")), name: "prov0"}
	var n counters
	conn := l.conn(l.server, e, &n)
	l.check(control(conn, func(fd int) error { return unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_SNDBUF, 1) }))
	sent, err := conn.Write(toNobody(100, uint32(e.index)))
	if sent == 0 || sent == 100 || !errors.Is(err, unix.EAGAIN) {
		t.Errorf("sent %d of 100, %v, want some and that there is no more room", sent, err)
	}
	if got := n.sendErrors.Load(); got != uint64(100-sent) {
		t.Errorf("%d counted as not sent, want %d", got, 100-sent)
	}
	if got := n.unsent[noRoom].Load(); got != uint64(100-sent) {
		t.Errorf("%d counted as without room, want %d", got, 100-sent)
	}
}

// toNobody is for as many link-local addresses.
func toNobody(count int, index uint32) (out []Outgoing) {
	for i := range count {
		a := netip.MustParseAddr("fe80::dead:0:0").As16()
		binary.BigEndian.PutUint32(a[12:], uint32(i))
		to := netip.AddrPortFrom(netip.AddrFrom16(a), 546)
		out = append(out, Outgoing{Data: []byte("reply"), To: to, Interface: index})
	}
	return out
}
