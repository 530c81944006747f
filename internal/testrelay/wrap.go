package testrelay

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"

	"github.com/insomniacslk/dhcp/dhcpv6"
	"github.com/insomniacslk/dhcp/iana"

	"github.com/stage6/stage6/internal/netlab"
)

// hopLimit is HOP_COUNT_LIMIT (RFC 9915 section 7.6).
const hopLimit = 8

// wrap puts a message that came up into a Relay-forward (RFC 9915 section 19.1).
func (c Config) wrap(packet netlab.Packet) (*dhcpv6.RelayMessage, error) {
	inner, err := dhcpv6.FromBytes(packet.Payload)
	if err != nil {
		return nil, err
	}
	hops, err := hopCount(inner)
	if err != nil {
		return nil, err
	}
	outer := &dhcpv6.RelayMessage{
		MessageType: dhcpv6.MessageTypeRelayForward,
		HopCount:    hops,
		LinkAddr:    c.linkAddress().AsSlice(),
		PeerAddr:    packet.Source.Addr().AsSlice(),
	}
	for _, option := range c.options(packet, inner) {
		outer.Options.Add(option)
	}
	outer.Options.Add(dhcpv6.OptRelayMessage(inner))
	return outer, nil
}

func (c Config) linkAddress() netip.Addr {
	if c.LinkAddress.IsValid() {
		return c.LinkAddress
	}
	return netip.IPv6Unspecified()
}

func hopCount(inner dhcpv6.DHCPv6) (uint8, error) {
	relayed, ok := inner.(*dhcpv6.RelayMessage)
	if !ok {
		return 0, nil
	}
	if relayed.HopCount >= hopLimit {
		return 0, fmt.Errorf("hop count %d, the limit is %d", relayed.HopCount, hopLimit)
	}
	return relayed.HopCount + 1, nil
}

func (c Config) options(packet netlab.Packet, inner dhcpv6.DHCPv6) dhcpv6.Options {
	var options dhcpv6.Options
	if c.InterfaceID != nil {
		options.Add(dhcpv6.OptInterfaceID(c.InterfaceID))
	}
	if c.RemoteID != nil {
		options.Add(c.RemoteID)
	}
	if c.SubscriberID != nil {
		options.Add(generic(dhcpv6.OptionRelayAgentSubscriberID, c.SubscriberID))
	}
	if c.ClientMAC && !inner.IsRelay() {
		options.Add(dhcpv6.OptClientLinkLayerAddress(iana.HWTypeEthernet, packet.MAC))
	}
	if c.Supplied != nil {
		options.Add(generic(dhcpv6.OptionRSOO, c.Supplied.ToBytes()))
	}
	if odd := oddPort(packet, inner); c.OddPort || odd != 0 {
		options.Add(dhcpv6.OptRelayPort(odd))
	}
	return options
}

// oddPort is the Downstream Source Port of option 135: zero when the message came
// from a client or from the usual port (RFC 8357 section 4.2).
func oddPort(packet netlab.Packet, inner dhcpv6.DHCPv6) uint16 {
	if !inner.IsRelay() || packet.Source.Port() == dhcpv6.DefaultServerPort {
		return 0
	}
	return packet.Source.Port()
}

func generic(code dhcpv6.OptionCode, data []byte) dhcpv6.Option {
	return &dhcpv6.OptionGeneric{OptionCode: code, OptionData: data}
}

// peer is a message's key: of which transaction, from or to whom.
func keyOf(message *dhcpv6.RelayMessage) (key, error) {
	innermost, err := message.GetInnerMessage()
	if err != nil {
		return key{}, err
	}
	return key{innermost.TransactionID, address(message.PeerAddr)}, nil
}

func address(ip net.IP) netip.Addr {
	addr, _ := netip.AddrFromSlice(ip)
	return addr
}

// port reads option 135 of a level; false when it has none.
func port(message *dhcpv6.RelayMessage) (uint16, bool) {
	option := message.Options.RelayPort()
	if option == nil {
		return 0, false
	}
	return binary.BigEndian.Uint16(option.ToBytes()), true
}
