package server_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/bindings"
	"github.com/stage6/stage6/internal/exchange"
	"github.com/stage6/stage6/internal/history"
	"github.com/stage6/stage6/internal/server"
	"github.com/stage6/stage6/lease"
	"github.com/stage6/stage6/pipeline/pipelinetest/dhcptext"
)

// machineAt and addressAt stand in the messages of a fleet for the end of the
// machine's MAC, and for the end of its address.
const (
	machineAt = "a1b2c3"
	addressAt = "d4e5"
)

// What the messages of one machine have in common.
const (
	fleetClient  = "  client-id 00030001525400" + machineAt + "\n"
	fleetServer  = "  server-id 00030001525400000001\n"
	fleetWants   = "  ia-na 1 t1=0 t2=0\n"
	fleetHas     = fleetWants + "    address PREFIX::1:" + addressAt + " preferred=0 valid=0\n"
	fleetOptions = `  oro 23 24 56 59 60
  vendor-class 343 "PXEClient:Arch:00007:UNDI:003010"
  arch 7
  user-class "iPXE"
  elapsed 0
`
)

// fleetCase is what a machine of a fleet sends, and what comes of it.
type fleetCase struct {
	name, message string
	bound         bool // the machine has its address already
	answer        dhcpv6.MessageType
	commits       bool // leases change
}

// fleetCases are all messages that clients send.
func fleetCases() []fleetCase {
	const reply = dhcpv6.MessageTypeReply
	return []fleetCase{
		{name: "solicit", message: "solicit 0837ef\n" + fleetClient + fleetWants + fleetOptions, answer: dhcpv6.MessageTypeAdvertise},
		{name: "solicit-rapid", message: "solicit 0837ef\n" + fleetClient + "  rapid-commit\n" + fleetWants + fleetOptions, answer: reply, commits: true},
		{name: "request", message: "request 0837ef\n" + fleetClient + fleetServer + fleetHas + fleetOptions, answer: reply, commits: true},
		{name: "renew", message: "renew 0837ef\n" + fleetClient + fleetServer + fleetHas + fleetOptions, bound: true, answer: reply, commits: true},
		{name: "rebind", message: "rebind 0837ef\n" + fleetClient + fleetHas + fleetOptions, bound: true, answer: reply, commits: true},
		{name: "confirm", message: "confirm 0837ef\n" + fleetClient + fleetHas + "  elapsed 0\n", bound: true, answer: reply},
		{name: "release", message: "release 0837ef\n" + fleetClient + fleetServer + fleetHas + "  elapsed 0\n", bound: true, answer: reply, commits: true},
		{name: "decline", message: "decline 0837ef\n" + fleetClient + fleetServer + fleetHas + "  elapsed 0\n", bound: true, answer: reply, commits: true},
		{name: "information-request", message: "information-request 0837ef\n" + fleetClient + fleetOptions, answer: reply},
	}
}

// direct gives the message as the machine sends it on the link of prov0.
func (c *fleetCase) direct() string { return strings.ReplaceAll(c.message, "PREFIX", "2001:db8:10") }

// relayed gives the message as a relay forwards it that knows the machine's MAC.
func (c *fleetCase) relayed() string {
	head := "relay-forward hops=0 link=2001:db8:20::1 peer=fe80::5054:ff:fea1:b2c3\n  interface-id 65746830\n" +
		"  link-layer 0001525400" + machineAt + "\n  relay-message\n"
	body := strings.TrimSuffix(strings.ReplaceAll(c.message, "PREFIX", "2001:db8:20"), "\n")
	return head + "    " + strings.ReplaceAll(body, "\n", "\n    ") + "\n"
}

// fleet is machines that are known hosts, and their server. Each sends the same
// message, with its own DUID, MAC and address.
type fleet struct {
	tb     testing.TB
	size   int
	table  *bindings.Table
	worker *server.Worker
	peers  []netip.AddrPort // the machines' link-local addresses

	message             []byte
	machines, addresses []int // where in the message they stand
	arrival             exchange.Arrival
	isDirect            bool
	buf                 []byte

	changes []lease.Change
	had     []*lease.Binding // the machines' records where they are to be bound
}

// newFleet makes a fleet of at most 65535 machines without leases.
func newFleet(tb testing.TB, size int, h *history.Ring) *fleet {
	tb.Helper()
	f := &fleet{tb: tb, size: size, buf: make([]byte, 0, 4096)}
	folder := tb.TempDir()
	var b bytes.Buffer
	for i := range size {
		fmt.Fprintf(&b, "web%05d: {mac: '52:54:00:%02x:%02x:%02x', address: '::1:%x'}\n", i, i>>16, i>>8&0xff, i&0xff, i+1)
		peer := netip.MustParseAddr(fmt.Sprintf("fe80::5054:ff:fe%02x:%02x%02x%%prov0", i>>16, i>>8&0xff, i&0xff))
		f.peers = append(f.peers, netip.AddrPortFrom(peer, 546))
	}
	rapid := strings.Replace(provisioning, "server6:\n", "server6:\n  rapid_commit: true\n", 1)
	for name, data := range map[string][]byte{"config.yml": []byte(rapid), "hosts.yml": b.Bytes()} {
		if err := os.WriteFile(filepath.Join(folder, name), data, 0o600); err != nil {
			tb.Fatal(err)
		}
	}
	srv, table := assemble(tb, folder)
	srv.SetHistory(h)
	f.table, f.worker = table, srv.NewWorker()
	return f
}

// sends has the machines send a message.
func (f *fleet) sends(text string) {
	f.tb.Helper()
	message, err := dhcptext.Parse(text)
	if err != nil {
		f.tb.Fatal(err)
	}
	f.message = message
	f.machines, f.addresses = find(message, 0xa1, 0xb2, 0xc3), find(message, 0xd4, 0xe5)
	f.isDirect = !strings.HasPrefix(text, "relay-forward")
	f.arrival = arrival()
	if !f.isDirect {
		f.arrival.Peer, f.arrival.Dst = netip.MustParseAddrPort("[2001:db8:20::1]:547"), netip.MustParseAddr("2001:db8:10::2")
	}
}

// find gives where octets stand in a message.
func find(message []byte, octets ...byte) (at []int) {
	for i := range message {
		if bytes.HasPrefix(message[i:], octets) {
			at = append(at, i)
		}
	}
	return at
}

// serve serves the message of a machine.
func (f *fleet) serve(i int) (server.Reply, string) {
	for _, at := range f.machines {
		f.message[at], f.message[at+1], f.message[at+2] = byte(i>>16), byte(i>>8), byte(i)
	}
	for _, at := range f.addresses {
		binary.BigEndian.PutUint16(f.message[at:], uint16(i+1))
	}
	if f.isDirect {
		f.arrival.Peer = f.peers[i]
	}
	return f.worker.Serve(context.Background(), f.buf, f.message, f.arrival)
}

// commit makes everything that waits durable, at once.
func (f *fleet) commit() {
	changes, ticket := f.table.Take(f.changes[:0], 1<<20)
	f.table.Committed(ticket)
	f.changes = changes
}

// key gives that of a machine's binding.
func key(i int) lease.Key {
	duid := []byte{0, 3, 0, 1, 0x52, 0x54, 0, byte(i >> 16), byte(i >> 8), byte(i)}
	return lease.Key{DUID: ident.DUID(duid), IA: ident.IA{Type: ident.NA, ID: 1}}
}

// prepare has no machine have a lease, or each have its address.
func (f *fleet) prepare(c *fleetCase, text string) {
	f.tb.Helper()
	f.clear()
	if c.bound {
		request := fleetCase{message: "request 0837ef\n" + fleetClient + fleetServer + fleetWants + fleetOptions}
		if strings.HasPrefix(text, "relay-forward") {
			f.sends(request.relayed())
		} else {
			f.sends(request.direct())
		}
		for i := range f.size {
			f.mustServe(i)
			f.had = append(f.had, f.table.Get([]byte(key(i).DUID), key(i).IA))
		}
	}
	f.sends(text)
	for i := range f.size { // once, so that all memory that this needs is there
		f.mustServe(i)
	}
	f.restore()
}

// restore undoes what the messages changed.
func (f *fleet) restore() {
	had := f.had
	f.clear()
	for i, b := range had {
		f.put(i, b)
	}
	f.had = had
}

// clear has the server forget all machines.
func (f *fleet) clear() {
	f.had = nil
	for i := range f.size {
		if f.table.Get([]byte(key(i).DUID), key(i).IA) != nil {
			f.put(i, &lease.Binding{Key: key(i), Updated: start.AddDate(-1, 0, 0)})
		}
	}
	for more := true; more; f.commit() {
		_, more = f.table.Expire(nil)
	}
	f.commit()
	if n := f.table.Len(); n != 0 {
		f.tb.Fatalf("%d machines are not forgotten", n)
	}
}

func (f *fleet) put(i int, b *lease.Binding) {
	if _, err := f.table.Apply(f.table.Epoch(), []*lease.Binding{b}); err != nil {
		f.tb.Fatal(err)
	}
	f.commitEach(i)
}

// commitEach commits after every 64 machines.
func (f *fleet) commitEach(i int) {
	if i%64 == 63 || i == f.size-1 {
		f.commit()
	}
}

// mustServe serves the message of a machine, which must be answered.
func (f *fleet) mustServe(i int) server.Reply {
	r, drop := f.serve(i)
	if drop != "" {
		f.tb.Fatalf("machine %d: dropped: %s", i, drop)
	}
	f.commitEach(i)
	return r
}

// run serves the messages of all machines again and again.
func (f *fleet) run(b *testing.B) {
	i := 0
	b.ReportAllocs()
	for b.Loop() {
		if i == f.size {
			b.StopTimer()
			f.restore()
			i = 0
			b.StartTimer()
		}
		f.mustServe(i)
		i++
	}
	f.commit()
}
