package front

import (
	"encoding/binary"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/bindings"
	"github.com/stage6/stage6/internal/committer"
	"github.com/stage6/stage6/internal/flood"
	"github.com/stage6/stage6/internal/listen"
	"github.com/stage6/stage6/internal/memory"
	"github.com/stage6/stage6/internal/server"
	"github.com/stage6/stage6/link"
)

// fullConn is a socket in which a flood is that never ends, and now and then something
// else. Its memory is used again for each read, as a real one's is.
type fullConn struct {
	wireConn
	flood  func(n int) listen.Packet
	n      int
	beside []listen.Packet // comes next
	ended  bool
	memory [2 * batchSize][]byte
}

func (c *fullConn) Read(batch []listen.Packet) (int, error) { return c.fill(batch, 0) }

func (c *fullConn) ReadNow(batch []listen.Packet) (int, error) { return c.fill(batch, batchSize) }

func (c *fullConn) fill(batch []listen.Packet, from int) (int, error) {
	if c.ended {
		return 0, net.ErrClosed
	}
	for i := range batch {
		if len(c.beside) > 0 {
			batch[i], c.beside = c.beside[0], c.beside[1:]
		} else {
			c.n++
			batch[i] = c.flood(c.n)
		}
		c.memory[from+i] = append(c.memory[from+i][:0], batch[i].Data...)
		batch[i].Data = c.memory[from+i]
	}
	return len(batch), nil
}

// stranger is a message of a client that is named by a number.
func stranger(address, client int) listen.Packet {
	m := &dhcpv6.Message{MessageType: dhcpv6.MessageTypeSolicit, TransactionID: dhcpv6.TransactionID{1, byte(client >> 8), byte(client)}}
	m.AddOption(dhcpv6.OptClientID(&dhcpv6.DUIDOpaque{Type: 0xfffe, Data: binary.BigEndian.AppendUint32(nil, uint32(client))}))
	a := netip.MustParseAddr("fe80::").As16()
	binary.BigEndian.PutUint32(a[12:], uint32(address))
	return listen.Packet{Data: m.ToBytes(), Peer: netip.AddrPortFrom(netip.AddrFrom16(a), 546), Dst: netip.MustParseAddr("ff02::1:2"), Port: 547, Interface: 1}
}

// newTurns makes a socket whose messages are served in turns.
func newTurns(t *testing.T, conn Conn) (*turns, *server.Server) {
	t.Helper()
	hosts := host.NewRegistry()
	if err := hosts.Replace("test", []host.Host{{Name: "web01", Interfaces: []host.Interface{{MACs: []ident.MAC{{2, 0, 0, 0, 0, 1}}}}}}); err != nil {
		t.Fatal(err)
	}
	table := bindings.New(time.Now, bindings.Options{})
	g := server.NewGeneration(server.Settings{Limits: flood.Limits{Waiting: 1024}}, serverDUID, hosts, nil)
	l := &link.Link{Name: "l"}
	srv := server.New(table, g, link.NewTable([]*link.Link{l}, map[uint32]*link.Link{1: l}))
	srv.SetGuard(server.NewGuard())
	f := New(srv, nil, table, memory.New(), time.Now, committer.Options{})
	return f.inTurns(conn).(*turns), srv
}

func TestUnderAFloodOthersHaveTheirTurn(t *testing.T) {
	known := stranger(0x77, 1_000_000)
	known.Peer = netip.MustParseAddrPort("[fe80::ff:fe00:1]:546") // formed from its MAC
	// Some may share the turn of who floods, by chance, until the next second.
	strangers := make([]listen.Packet, 0, 8)
	for i := range cap(strangers) {
		strangers = append(strangers, stranger(100+i, 1_000_000+i))
	}
	tests := map[string]struct {
		flood  func(n int) listen.Packet
		others []listen.Packet
		served int // of them, in the next two batches
		reason string
	}{
		"strangers, of one client":                   {func(int) listen.Packet { return stranger(1, 1) }, strangers, 4, server.DropSourceFlood},
		"strangers, of many DUIDs of one address":    {func(n int) listen.Packet { return stranger(1, n) }, strangers, 4, server.DropSourceFlood},
		"a known machine, of many made-up addresses": {func(n int) listen.Packet { return stranger(n, n) }, []listen.Packet{known}, 1, server.DropLinkFlood},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			conn := &fullConn{flood: tt.flood}
			c, srv := newTurns(t, conn)
			var batch [batchSize]listen.Packet
			for range 4 * patience {
				if n, err := c.Read(batch[:]); n != batchSize || err != nil {
					t.Fatalf("a read gives %d and %v", n, err)
				}
			}
			conn.beside = tt.others
			if served := servedNext(t, c, tt.others); served < tt.served {
				t.Errorf("%d of %d others are served next, want %d", served, len(tt.others), tt.served)
			}
			if n := srv.Counters().Snapshot()["dropped_"+tt.reason]; n == 0 {
				t.Errorf("nothing is counted as %s: %v", tt.reason, srv.Counters().Snapshot())
			}
			conn.ended = true
			for i := range 2000 {
				n, err := c.Read(batch[:])
				if err == net.ErrClosed {
					break
				}
				if n == 0 || i == 1999 {
					t.Fatalf("at the end a read gives %d and %v", n, err)
				}
			}
			if n := c.front.queues.Load(); n != 0 {
				t.Errorf("%d queues are left", n)
			}
		})
	}
}

// servedNext counts those of some messages that are in the next two batches.
func servedNext(t *testing.T, c *turns, messages []listen.Packet) (served int) {
	t.Helper()
	want := map[string]bool{}
	for _, m := range messages {
		want[string(m.Data)] = true
	}
	var batch [batchSize]listen.Packet
	for range 2 {
		n, err := c.Read(batch[:])
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range batch[:n] {
			if want[string(p.Data)] {
				served++
			}
		}
	}
	return served
}

func TestACrowdIsServedAsItComes(t *testing.T) {
	conn := &fullConn{flood: func(n int) listen.Packet { return stranger(n, n) }}
	c, _ := newTurns(t, conn)
	var batch [batchSize]listen.Packet
	for i := range patience - 1 {
		n, err := c.Read(batch[:])
		if n != batchSize || err != nil || c.queue != nil {
			t.Fatalf("read %d gives %d and %v, and others wait: %v", i, n, err, c.queue != nil)
		}
		for j := range n {
			if want := stranger(0, i*batchSize+j+1).Data; string(batch[j].Data) != string(want) {
				t.Fatalf("message %d of read %d is another one", j, i)
			}
		}
	}
}

func TestSoManySocketsHaveAQueue(t *testing.T) {
	conn := &fullConn{flood: func(n int) listen.Packet { return stranger(n, n) }}
	first, _ := newTurns(t, conn)
	var batch [batchSize]listen.Packet
	queues := 0
	for range 2 * maxQueues {
		c := &turns{Conn: conn, front: first.front, sorter: first.sorter}
		for range patience {
			if _, err := c.Read(batch[:]); err != nil {
				t.Fatal(err)
			}
		}
		if c.queue != nil {
			queues++
		}
	}
	if queues != maxQueues {
		t.Errorf("%d sockets have a queue, want %d", queues, maxQueues)
	}
}
