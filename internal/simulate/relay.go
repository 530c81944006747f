package simulate

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"github.com/insomniacslk/dhcp/dhcpv6"
	"github.com/insomniacslk/dhcp/iana"

	"github.com/stage6/stage6/internal/wire"
)

// Relay is what a relay agent writes into its Relay-forwards. ${mac} in the ids
// is the machine's MAC.
type Relay struct {
	LinkAddress netip.Addr // where the machines are
	ClientMAC   bool       // option 79 (RFC 6939)
	InterfaceID string     // option 18; "" for none
	RemoteID    *RemoteID  // option 37; nil for none
	OddPort     bool       // another port than 547, and option 135 (RFC 8357)

	port uint16 // that of the socket, with OddPort
}

// RemoteID is the data of a Remote-Id option (RFC 4649).
type RemoteID struct {
	Enterprise uint32
	ID         string
}

// ParseRemoteID reads ENTERPRISE:TEXT.
func ParseRemoteID(text string) (*RemoteID, error) {
	number, id, ok := strings.Cut(text, ":")
	enterprise, err := strconv.ParseUint(number, 10, 32)
	if err != nil || !ok || id == "" {
		return nil, fmt.Errorf("remote-id %q: want ENTERPRISE:TEXT, such as 9:port-7", text)
	}
	return &RemoteID{uint32(enterprise), id}, nil
}

// relayHeader is the length of the fixed part (RFC 9915 section 9).
const relayHeader = 34

// wrap makes the Relay-forward of a machine's message.
func (r *Relay) wrap(m *Machine, message []byte) []byte {
	f := &dhcpv6.RelayMessage{
		MessageType: dhcpv6.MessageTypeRelayForward,
		LinkAddr:    r.LinkAddress.AsSlice(),
		PeerAddr:    m.LinkLocal().AsSlice(),
	}
	if r.InterfaceID != "" {
		f.AddOption(dhcpv6.OptInterfaceID(r.interfaceID(m)))
	}
	if r.RemoteID != nil {
		f.AddOption(&dhcpv6.OptRemoteID{EnterpriseNumber: r.RemoteID.Enterprise, RemoteID: expand(r.RemoteID.ID, m)})
	}
	if r.ClientMAC {
		f.AddOption(dhcpv6.OptClientLinkLayerAddress(iana.HWTypeEthernet, net.HardwareAddr(m.MAC[:])))
	}
	if r.OddPort {
		f.AddOption(dhcpv6.OptRelayPort(r.port))
	}
	f.AddOption(&dhcpv6.OptionGeneric{OptionCode: dhcpv6.OptionRelayMsg, OptionData: message})
	return f.ToBytes()
}

// interfaceID is empty where there is none.
func (r *Relay) interfaceID(m *Machine) []byte { return expand(r.InterfaceID, m) }

func expand(text string, m *Machine) []byte {
	return []byte(strings.ReplaceAll(text, "${mac}", m.MAC.String()))
}

// envelope is a Relay-reply.
type envelope struct {
	hops        byte
	link, peer  [16]byte
	interfaceID []byte
	message     []byte
}

func parseEnvelope(datagram []byte) (e envelope, err error) {
	if len(datagram) < relayHeader || dhcpv6.MessageType(datagram[0]) != dhcpv6.MessageTypeRelayReply {
		return e, errors.New("not a Relay-reply")
	}
	e.hops, e.link, e.peer = datagram[1], [16]byte(datagram[2:]), [16]byte(datagram[18:])
	options := wire.Options(datagram[relayHeader:])
	e.interfaceID, _ = options.Get(uint16(dhcpv6.OptionInterfaceID))
	message, ok := options.Get(uint16(dhcpv6.OptionRelayMsg))
	if !ok {
		return e, errors.New("a Relay-reply without a message")
	}
	e.message = message
	return e, nil
}

// check says what would keep a relay agent from handing a Relay-reply to the
// client (RFC 9915 section 19.2).
func (r *Relay) check(e *envelope, in *inbox) error {
	switch {
	case e.peer != in.peer:
		return fmt.Errorf("the Relay-reply is for %s and not for the client, %s", netip.AddrFrom16(e.peer), netip.AddrFrom16(in.peer))
	case e.link != r.LinkAddress.As16():
		return fmt.Errorf("the Relay-reply has link-address %s, and the relay agent sent %s", netip.AddrFrom16(e.link), r.LinkAddress)
	case !bytes.Equal(e.interfaceID, in.interfaceID):
		return fmt.Errorf("the Relay-reply has interface-id %q, and the relay agent sent %q", e.interfaceID, in.interfaceID)
	case e.hops != 0:
		return fmt.Errorf("the Relay-reply has hop count %d, and the relay agent sent 0", e.hops)
	}
	return nil
}
