package simulate

import (
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv6"
	"github.com/insomniacslk/dhcp/iana"
	"go.uber.org/goleak"

	"github.com/stage6/stage6/ident"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fakeSocket answers each datagram with those that a function makes of it.
type fakeSocket struct {
	answer  func(datagram []byte) [][]byte
	replies chan []byte
	closed  sync.Once

	mu   sync.Mutex
	sent []sending
}

// sending is a datagram and when it was sent.
type sending struct {
	at       time.Time
	datagram []byte
}

func newFakeSocket(answer func([]byte) [][]byte) *fakeSocket {
	return &fakeSocket{answer: answer, replies: make(chan []byte, 1000)}
}

func (s *fakeSocket) Send(datagram []byte) error {
	s.mu.Lock()
	s.sent = append(s.sent, sending{time.Now(), datagram})
	s.mu.Unlock()
	for _, reply := range s.answer(datagram) {
		s.replies <- reply
	}
	return nil
}

func (s *fakeSocket) Read(buffer []byte) (int, error) {
	reply, ok := <-s.replies
	if !ok {
		return 0, net.ErrClosed
	}
	return copy(buffer, reply), nil
}

func (s *fakeSocket) Close() error {
	s.closed.Do(func() { close(s.replies) })
	return nil
}

// times gives when datagrams were sent, from the first.
func (s *fakeSocket) times() (out []time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, one := range s.sent {
		out = append(out, one.at.Sub(s.sent[0].at))
	}
	return out
}

// carrierOver gives a carrier that ends with the test.
func carrierOver(t *testing.T, s *fakeSocket, relay *Relay) *Carrier {
	t.Helper()
	c := newCarrier(s, relay)
	t.Cleanup(func() { c.Close() })
	return c
}

func silent([]byte) [][]byte { return nil }

var fakeServer = &dhcpv6.DUIDLL{HWType: iana.HWTypeEthernet, LinkLayerAddr: net.HardwareAddr{2, 0, 0, 0, 0, 0x51}}

// lend answers as a server does that gives an address to every IA_NA, and lets a
// test change what it says.
func lend(address netip.Addr, change func(*dhcpv6.Message)) func([]byte) [][]byte {
	return func(datagram []byte) [][]byte {
		sent, err := dhcpv6.MessageFromBytes(datagram)
		if err != nil {
			panic(err)
		}
		reply := lendTo(sent, address)
		if change != nil {
			change(reply)
		}
		return [][]byte{reply.ToBytes()}
	}
}

func lendTo(sent *dhcpv6.Message, address netip.Addr) *dhcpv6.Message {
	reply := &dhcpv6.Message{MessageType: dhcpv6.MessageTypeReply, TransactionID: sent.TransactionID}
	if sent.MessageType == solicit {
		reply.MessageType = dhcpv6.MessageTypeAdvertise
	}
	reply.AddOption(dhcpv6.OptClientID(sent.Options.ClientID()))
	reply.AddOption(dhcpv6.OptServerID(fakeServer))
	if sent.MessageType == release {
		return reply
	}
	for _, ia := range sent.Options.IANA() {
		given := &dhcpv6.OptIANA{IaId: ia.IaId, T1: 1800 * time.Second, T2: 2880 * time.Second}
		given.Options.Add(&dhcpv6.OptIAAddress{
			IPv6Addr: address.AsSlice(), PreferredLifetime: 3600 * time.Second, ValidLifetime: 7200 * time.Second,
		})
		reply.AddOption(given)
	}
	return reply
}

// everyBoot adds what all firmware and iPXE want.
func everyBoot(url string) func(*dhcpv6.Message) {
	return func(m *dhcpv6.Message) { m.AddOption(dhcpv6.OptBootFileURL(url)) }
}

var (
	testMAC     = ident.MAC{0x52, 0x54, 0x00, 0xaa, 0xbb, 0x01}
	testAddress = netip.MustParseAddr("2001:db8::101")
)

func mustPlan(t *testing.T, text string) Plan {
	t.Helper()
	plan, err := ParsePlan(text)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}
