package listen

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"testing"

	"github.com/sirupsen/logrus"
	"go.uber.org/goleak"
	"golang.org/x/sys/unix"

	"github.com/stage6/stage6/internal/netlab"
	"github.com/stage6/stage6/internal/netlab/labtest"
)

func TestMain(m *testing.M) { labtest.Main(m) }

const (
	agentsAndServers = "ff02::1:2"
	servers          = "ff05::1:3"
	serverAddress    = "2001:db8:10::2"
	clientAddress    = "2001:db8:10::1"
)

// arrival is a Packet that outlives the next Read, and where it came out.
type arrival struct {
	data string
	Packet
	conn *Conn
}

// lab is a server's sockets on a machine, and machines on its links.
type lab struct {
	t        *testing.T
	server   *netlab.Namespace
	set      *Set
	arrivals chan arrival
	log      *netlab.Output
	rights   []uint // the capabilities of the thread that opens sockets; nil for all
}

// machine makes the server's machine.
func machine(t *testing.T) *lab {
	t.Helper()
	return &lab{t: t, server: labtest.Namespace(t, "server"), arrivals: make(chan arrival, 10000), log: &netlab.Output{}}
}

// link gives the server an interface with a client at the other end, which has eth0.
func (l *lab) link(name string) *netlab.Namespace {
	l.t.Helper()
	client := labtest.Namespace(l.t, "client-"+name)
	l.check(netlab.Cable(netlab.Port{Namespace: l.server, Link: name}, netlab.Port{Namespace: client, Link: "eth0"}))
	return client
}

// addresses gives both ends of a link a global address.
func (l *lab) addresses(name string, client *netlab.Namespace) {
	l.t.Helper()
	l.check(l.server.AddAddress(name, netip.MustParsePrefix(serverAddress+"/64")))
	l.check(client.AddAddress("eth0", netip.MustParsePrefix(clientAddress+"/64")))
}

func (l *lab) check(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

// newSet makes the set; one socket for an address keeps datagrams in order.
func (l *lab) newSet(sockets int, addresses ...string) {
	log := logrus.New()
	log.SetOutput(l.log)
	l.set = New(parse(addresses), Options{Log: logrus.NewEntry(log), Serve: l.serve, Sockets: sockets})
}

// parse reads addresses such as ff02::1:2%eth0, for port 547.
func parse(texts []string) (out []Address) {
	for _, text := range texts {
		a := netip.MustParseAddr(text)
		out = append(out, Address{Addr: a.WithZone(""), Zone: a.Zone(), Port: 547})
	}
	return out
}

func (l *lab) serve(_ context.Context, c *Conn) error {
	batch := make([]Packet, 32)
	for {
		n, err := c.Read(batch)
		for _, p := range batch[:n] {
			l.arrivals <- arrival{string(p.Data), p, c}
		}
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// listen makes the set and starts it.
func (l *lab) listen(sockets int, addresses ...string) {
	l.t.Helper()
	l.newSet(sockets, addresses...)
	l.start()
}

// start runs the set for as long as the test, and waits until it is ready. In
// the end no goroutine may be left.
func (l *lab) start() {
	l.t.Helper()
	before := goleak.IgnoreCurrent()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- l.run(ctx) }()
	l.t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			l.t.Error(err)
		}
		l.check(l.set.Close())
		goleak.VerifyNone(l.t, before)
	})
	select {
	case <-l.set.Ready():
	case err := <-ended:
		ended <- err
		l.t.Fatalf("not ready: %v", err)
	case <-labtest.Context(l.t).Done():
		l.t.Fatalf("not ready, log:\n%s", l.log)
	}
}

// run runs the set on the server's machine.
func (l *lab) run(ctx context.Context) error {
	return l.server.Do(func() error {
		if l.rights != nil {
			// The thread is thrown away afterwards, and what it lost with it.
			if err := keepOnly(l.rights); err != nil {
				return err
			}
		}
		return l.set.Run(ctx)
	})
}

// keepOnly takes all capabilities but these from the calling thread.
func keepOnly(rights []uint) error {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	for _, r := range rights {
		data[r/32].Effective |= 1 << (r % 32)
		data[r/32].Permitted |= 1 << (r % 32)
	}
	return unix.Capset(&header, &data[0])
}

// logged waits for words in the log, after its first from bytes.
func (l *lab) logged(from int, words string) {
	l.t.Helper()
	if err := l.log.Wait(labtest.Context(l.t), from, words); err != nil {
		l.t.Fatalf("no %q in the log: %v\n%s", words, err, l.log)
	}
}

// next waits for a datagram.
func (l *lab) next() arrival {
	l.t.Helper()
	select {
	case a := <-l.arrivals:
		return a
	case <-labtest.Context(l.t).Done():
		l.t.Fatalf("no datagram, log:\n%s", l.log)
		return arrival{}
	}
}

// until gives what arrives until each of the named datagrams has, by name.
func (l *lab) until(names ...string) map[string][]arrival {
	l.t.Helper()
	got := map[string][]arrival{}
	for missing := len(names); missing > 0; {
		a := l.next()
		got[a.data] = append(got[a.data], a)
		missing = 0
		for _, name := range names {
			if got[name] == nil {
				missing++
			}
		}
	}
	return got
}

// index gives an interface's index on the server's machine.
func (l *lab) index(name string) uint32 {
	l.t.Helper()
	index, err := l.server.Index(name)
	l.check(err)
	return uint32(index)
}

// carrier waits until a client's kernel knows that the other end of its link is
// up; until then it drops what it is given to send.
func (l *lab) carrier(ns *netlab.Namespace) {
	l.t.Helper()
	l.check(ns.Do(func() error {
		w, err := watch()
		if err != nil {
			return err
		}
		defer w.close()
		for ctx := labtest.Context(l.t); ; w.wait(ctx, nil) {
			i, err := net.InterfaceByName("eth0")
			if err != nil || ctx.Err() != nil {
				return errors.Join(err, ctx.Err())
			}
			if i.Flags&net.FlagRunning != 0 {
				return nil
			}
		}
	}))
}

// client is a socket of a client's, bound to its link-local address.
type client struct {
	*net.UDPConn
	t     *testing.T
	local netip.Addr
	zone  string // of eth0, as a number: names would be looked up in our own namespace
}

func (l *lab) client(ns *netlab.Namespace, port uint16) *client {
	l.t.Helper()
	addr, err := ns.LinkLocal(labtest.Context(l.t), "eth0")
	l.check(err)
	return l.clientAt(ns, addr, port)
}

func (l *lab) clientAt(ns *netlab.Namespace, addr netip.Addr, port uint16) *client {
	l.t.Helper()
	index, err := ns.Index("eth0")
	l.check(err)
	c := &client{t: l.t, local: addr.WithZone(""), zone: zoneText(index)}
	bound := netip.AddrPortFrom(c.zoned(addr), port)
	l.check(ns.Do(func() (err error) {
		c.UDPConn, err = net.ListenUDP("udp6", net.UDPAddrFromAddrPort(bound))
		return err
	}))
	l.t.Cleanup(func() { c.Close() })
	return c
}

func zoneText(index int) string { return strconv.Itoa(index) }

func (c *client) zoned(a netip.Addr) netip.Addr {
	if a.IsLinkLocalUnicast() || a.IsLinkLocalMulticast() {
		return a.WithZone(c.zone)
	}
	return a
}

// send sends to port 547 of an address.
func (c *client) send(to, data string) {
	c.t.Helper()
	addr := c.zoned(netip.MustParseAddr(to))
	if _, err := c.WriteToUDPAddrPort([]byte(data), netip.AddrPortFrom(addr, 547)); err != nil {
		c.t.Fatal(err)
	}
}

// receive waits for a datagram and gives its sender, too.
func (c *client) receive() (string, netip.AddrPort) {
	c.t.Helper()
	deadline, _ := labtest.Context(c.t).Deadline()
	if err := c.SetReadDeadline(deadline); err != nil {
		c.t.Fatal(err)
	}
	buf := make([]byte, 65536)
	n, from, err := c.ReadFromUDPAddrPort(buf)
	if err != nil {
		c.t.Fatal(err)
	}
	return string(buf[:n]), netip.AddrPortFrom(from.Addr().WithZone(""), from.Port())
}

func silent() *logrus.Entry {
	log := logrus.New()
	log.SetOutput(io.Discard)
	return logrus.NewEntry(log)
}

func contains(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q lacks %q", text, part)
		}
	}
}
