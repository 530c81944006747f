package wire

import (
	"encoding/binary"
	"net/netip"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/ident"
)

// Relay is one Relay-forward that a client's message is wrapped in (RFC 9915
// section 9.1). Absent options are nil.
type Relay struct {
	HopCount uint8
	LinkAddr netip.Addr
	PeerAddr netip.Addr
	Options  Options

	InterfaceID     []byte // option 18; echoed
	RemoteID        []byte // option 37, with the enterprise number; see Remote
	SubscriberID    []byte // option 38
	RSOO            []byte // option 66, itself options (RFC 6422)
	ClientLinkLayer []byte // option 79 as sent; see MAC
	RelayPort       uint16 // option 135; echoed (RFC 8357)
	HasInterfaceID  bool
	HasRelayPort    bool
}

// relayHeaderLen is the size of Relay-forward and Relay-reply before their
// options, in octets.
const relayHeaderLen = 34

// hardwareTypeLen is the size of what stands before the address in option 79, in
// octets. One without an address is kept for who explains, and skipped.
const hardwareTypeLen = 2

// Remote gives the enterprise number and the rest of the Remote-Id option, or
// nil when absent (RFC 4649 section 3).
func (r *Relay) Remote() (enterprise uint32, id []byte) {
	if len(r.RemoteID) <= 4 {
		return 0, nil
	}
	return binary.BigEndian.Uint32(r.RemoteID), r.RemoteID[4:]
}

// MAC gives the client's link-layer address from option 79 (RFC 6939 section
// 4). It is zero when the option is absent, malformed, or not an Ethernet
// machine's.
func (r *Relay) MAC() ident.MAC {
	const ethernet = 1
	a := r.ClientLinkLayer
	if len(a) != 8 || binary.BigEndian.Uint16(a) != ethernet {
		return ident.MAC{}
	}
	mac, _ := ident.MACFromBytes(a[2:])
	return mac
}

// decodeRelays takes the relay levels off a datagram and gives the client's
// message.
func (m *Message) decodeRelays(b []byte) ([]byte, Reason) {
	for len(b) > 0 && dhcpv6.MessageType(b[0]) == dhcpv6.MessageTypeRelayForward {
		if len(m.Relays) == MaxRelays {
			return nil, RelayDepth
		}
		if len(b) < relayHeaderLen {
			return nil, RelayTruncated
		}
		m.Relays = append(m.Relays, Relay{
			HopCount: b[1],
			LinkAddr: netip.AddrFrom16([16]byte(b[2:])),
			PeerAddr: netip.AddrFrom16([16]byte(b[18:])),
			Options:  Options(b[relayHeaderLen:]),
		})
		var reason Reason
		if b, reason = m.decodeRelayOptions(&m.Relays[len(m.Relays)-1]); reason != OK {
			return nil, reason
		}
	}
	return b, OK
}

// decodeRelayOptions gives the content of the Relay Message option.
func (m *Message) decodeRelayOptions(r *Relay) (inner []byte, reason Reason) {
	o := r.Options
	for {
		code, data, rest, ok := o.cut()
		if !ok {
			m.skipTail(rest)
			return inner, relayed(inner, rest)
		}
		if reason := m.count(); reason != OK {
			return nil, reason
		}
		if inner == nil && dhcpv6.OptionCode(code) == dhcpv6.OptionRelayMsg {
			inner = data
		} else if !r.decodeOption(dhcpv6.OptionCode(code), data) {
			m.skip(code)
		}
		o = rest
	}
}

// relayed says whether a level has a message in it, given what is left of its
// options.
func relayed(inner []byte, rest Options) Reason {
	switch {
	case inner != nil:
		return OK
	case dhcpv6.OptionCode(rest.cutCode()) == dhcpv6.OptionRelayMsg:
		return RelayTruncated
	}
	return NoRelayMessage
}

// decodeOption is false for a malformed option and for a second copy.
func (r *Relay) decodeOption(code dhcpv6.OptionCode, data []byte) bool {
	switch code {
	case dhcpv6.OptionRelayMsg:
		return false
	case dhcpv6.OptionInterfaceID:
		r.HasInterfaceID = true
		return setOnce(&r.InterfaceID, data)
	case dhcpv6.OptionRemoteID:
		return len(data) > 4 && setOnce(&r.RemoteID, data)
	case dhcpv6.OptionRelayAgentSubscriberID:
		return setOnce(&r.SubscriberID, data)
	case dhcpv6.OptionRSOO:
		return setOnce(&r.RSOO, data)
	case dhcpv6.OptionClientLinkLayerAddr:
		return setOnce(&r.ClientLinkLayer, data) && len(data) > hardwareTypeLen
	case dhcpv6.OptionRelayPort:
		return r.decodePort(data)
	}
	return true
}

func (r *Relay) decodePort(data []byte) bool {
	if len(data) != 2 || r.HasRelayPort {
		return false
	}
	r.RelayPort, r.HasRelayPort = binary.BigEndian.Uint16(data), true
	return true
}

// setOnce keeps the first value of an option.
func setOnce(to *[]byte, data []byte) bool {
	if *to != nil {
		return false
	}
	*to = data
	return true
}
