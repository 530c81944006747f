package front

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv6"
	"go.uber.org/goleak"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/bindings"
	"github.com/stage6/stage6/internal/committer"
	"github.com/stage6/stage6/internal/listen"
	"github.com/stage6/stage6/internal/memory"
	"github.com/stage6/stage6/internal/server"
	"github.com/stage6/stage6/lease"
	"github.com/stage6/stage6/link"
	"github.com/stage6/stage6/pipeline"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const serverDUID = "\x00\x02\x00\x00\x00\x09test"

// wireConn is a socket whose datagrams a test gives and takes.
type wireConn struct {
	in  chan []listen.Packet
	out chan []byte
}

func newConn() *wireConn {
	return &wireConn{in: make(chan []listen.Packet), out: make(chan []byte, 2000)}
}

func (c *wireConn) Read(batch []listen.Packet) (int, error) {
	packets, ok := <-c.in
	if !ok {
		return 0, net.ErrClosed
	}
	return copy(batch, packets), nil
}

// ReadNow finds nothing: what there is comes by Read.
func (*wireConn) ReadNow([]listen.Packet) (int, error) { return 0, nil }

func (*wireConn) Renew() {} // each packet has memory of its own

func (c *wireConn) Write(batch []listen.Outgoing) (int, error) {
	for _, o := range batch {
		c.out <- append([]byte(nil), o.Data...)
	}
	return len(batch), nil
}

// gatedStore is a store whose commits wait for the test.
type gatedStore struct {
	lease.Store
	results chan error // what each Commit gives
}

func (s *gatedStore) Commit(ctx context.Context, changes []lease.Change) error {
	if err := <-s.results; err != nil {
		return err
	}
	return s.Store.Commit(ctx, changes)
}

// rig is a front with one socket.
type rig struct {
	t      *testing.T
	front  *Front
	conn   *wireConn
	store  *gatedStore
	server *server.Server
	macs   chan ident.MAC // the frames of the datagrams
	hangUp func()         // ends the socket
	ended  chan error     // what came of serving it
}

// frames makes up addresses that tell what it was asked.
type frames struct{}

func (frames) MAC(index uint32, from netip.Addr, stamp int64) ident.MAC {
	return ident.MAC{2, 0, 0, byte(index), from.As16()[15], byte(stamp)}
}

// give leases 2001:db8::IAID to each identity association.
func give(_ context.Context, x *pipeline.Exchange) (pipeline.Action, error) {
	for _, ia := range x.IAs() {
		a := netip.MustParseAddr("2001:db8::").As16()
		a[15] = byte(ia.IA().ID)
		ia.Propose(pipeline.Grant{Prefix: netip.PrefixFrom(netip.AddrFrom16(a), 128)})
	}
	return pipeline.Continue, nil
}

// newRig makes a rig whose server runs steps before its own.
func newRig(t *testing.T, o committer.Options, steps ...*server.Step) *rig {
	t.Helper()
	store := &gatedStore{memory.New(), make(chan error, 100)}
	table := bindings.New(time.Now, bindings.Options{})
	l := &link.Link{Name: "l", Interface: "l", Prefixes: []netip.Prefix{netip.MustParsePrefix("2001:db8::/64")}}
	macs := make(chan ident.MAC, 2000)
	see := func(_ context.Context, x *pipeline.Exchange) (pipeline.Action, error) {
		macs <- x.FrameMAC()
		return pipeline.Continue, nil
	}
	g := server.NewGeneration(server.Settings{Preferred: time.Hour, Valid: time.Hour}, serverDUID, host.NewRegistry(),
		append(steps, &server.Step{Name: "see", Handler: pipeline.HandlerFunc(see)}, &server.Step{Name: "give", Handler: pipeline.HandlerFunc(give)}))
	srv := server.New(table, g, link.NewTable([]*link.Link{l}, map[uint32]*link.Link{1: l}))
	f := New(srv, frames{}, table, store, time.Now, o)
	conn := newConn()
	r := &rig{t, f, conn, store, srv, macs, sync.OnceFunc(func() { close(conn.in) }), make(chan error, 1)}

	ctx, cancel := context.WithCancel(context.Background())
	committed := make(chan error, 1)
	go func() { r.ended <- f.Serve(ctx, r.conn) }()
	go func() { committed <- f.Commit(ctx) }()
	t.Cleanup(func() {
		r.hangUp()
		close(store.results)
		if err := <-r.ended; err != nil {
			t.Error(err)
		}
		cancel()
		if err := <-committed; err != nil {
			t.Error(err)
		}
		for _, err := range table.Check() {
			t.Error(err)
		}
	})
	return r
}

// message makes a client's message; one with an IAID asks for an address.
func message(kind dhcpv6.MessageType, xid byte, iaid byte) listen.Packet {
	m := &dhcpv6.Message{MessageType: kind, TransactionID: dhcpv6.TransactionID{0, 0, xid}}
	m.AddOption(dhcpv6.OptClientID(&dhcpv6.DUIDOpaque{Type: 0xfffe, Data: []byte{iaid}}))
	if iaid != 0 {
		m.AddOption(&dhcpv6.OptIANA{IaId: [4]byte{0, 0, 0, iaid}})
		id, err := dhcpv6.DUIDFromBytes([]byte(serverDUID))
		if err != nil {
			panic(err)
		}
		m.AddOption(dhcpv6.OptServerID(id))
	}
	return listen.Packet{
		Data: m.ToBytes(), Peer: netip.MustParseAddrPort("[fe80::1]:546"),
		Dst: netip.MustParseAddr("ff02::1:2"), Port: 547, Interface: 1,
	}
}

func request(xid, iaid byte) listen.Packet { return message(dhcpv6.MessageTypeRequest, xid, iaid) }

func ask(xid byte) listen.Packet { return message(dhcpv6.MessageTypeInformationRequest, xid, 0) }

// reply waits for a datagram and wants it to answer the transaction.
func (r *rig) reply(xid byte) {
	r.t.Helper()
	select {
	case data := <-r.conn.out:
		if data[0] != byte(dhcpv6.MessageTypeReply) || data[3] != xid {
			r.t.Fatalf("got %x, want a Reply to %d", data, xid)
		}
	case <-time.After(time.Minute):
		r.t.Fatalf("no reply to %d", xid)
	}
}

func (r *rig) silent() {
	r.t.Helper()
	select {
	case data := <-r.conn.out:
		r.t.Fatalf("got %x, want nothing", data)
	default:
	}
}

// counted waits until a counter has a value.
func (r *rig) counted(name string, want uint64) {
	r.t.Helper()
	value := func() uint64 { return r.server.Counters().Snapshot()[name] }
	r.await(func() bool { return value() == want }, func() string { return fmt.Sprintf("%s is %d, want %d", name, value(), want) })
}

// await waits until something holds that is made so by a goroutine which has nothing
// else to tell, or fails the test with what is so instead.
func (r *rig) await(holds func() bool, instead func() string) {
	r.t.Helper()
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	for end := time.After(time.Minute); !holds(); {
		select {
		case <-end:
			r.t.Fatal(instead())
		case <-look.C:
		}
	}
}

func TestAReplyThatGrantsLeavesWhenTheLeaseIsDurable(t *testing.T) {
	r := newRig(t, committer.Options{})
	r.conn.in <- []listen.Packet{request(1, 1)}
	r.conn.in <- []listen.Packet{ask(2)}
	r.reply(2) // needs no disk, so it overtakes
	r.silent()
	r.store.results <- nil
	r.reply(1)
}

func TestAFailedCommitDropsTheReplyAndLeavesNoLease(t *testing.T) {
	r := newRig(t, committer.Options{})
	r.store.results <- errors.New("disk full")
	r.conn.in <- []listen.Packet{request(1, 1)}
	r.counted("dropped_"+server.DropStoreFailed, 1)
	r.silent()
	r.store.results <- nil
	r.conn.in <- []listen.Packet{request(2, 1)}
	r.reply(2)
}

func TestWhatWaitsForTheDiskIsBounded(t *testing.T) {
	r := newRig(t, committer.Options{MaxWaiting: 2})
	r.conn.in <- []listen.Packet{request(1, 1), request(2, 2), request(3, 3)}
	r.counted("dropped_"+server.DropStoreQueueFull, 1)
	r.store.results <- nil
	r.store.results <- nil
	r.reply(1)
	r.reply(2)
}

func TestOversizeDatagramsAreCounted(t *testing.T) {
	r := newRig(t, committer.Options{})
	r.conn.in <- []listen.Packet{{Oversize: true}, ask(1)}
	r.reply(1)
	r.counted("dropped_"+server.DropOversize, 1)
}

func TestABatchIsAnsweredInOrder(t *testing.T) {
	r := newRig(t, committer.Options{})
	r.conn.in <- []listen.Packet{ask(1), ask(2), ask(3)}
	r.reply(1)
	r.reply(2)
	r.reply(3)
	r.counted("sent_reply", 3)
	r.counted("received_information-request", 3)
}

func TestWhatComesFromTheLinkHasItsFrame(t *testing.T) {
	r := newRig(t, committer.Options{})
	linkLocal, global := ask(1), ask(2)
	linkLocal.Stamp, global.Stamp = 7, 8
	global.Peer = netip.MustParseAddrPort("[2001:db8::1]:546")
	r.conn.in <- []listen.Packet{linkLocal, global}
	for _, want := range []ident.MAC{{2, 0, 0, 1, 1, 7}, {}} {
		if got := <-r.macs; got != want {
			t.Errorf("frame of %v, want %v", got, want)
		}
	}
}
