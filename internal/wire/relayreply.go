package wire

import (
	"encoding/binary"

	"github.com/insomniacslk/dhcp/dhcpv6"
)

// AppendRelayHeaders appends a Relay-reply for each level that the message came
// through, outermost first, up to and with the header of the Relay Message
// option (RFC 9915 section 19.3). Hop count and addresses are those of the
// Relay-forward of that level; Interface-Id and Relay Source Port (RFC 8357
// section 5) are echoed. The reply to the client follows, then CloseRelays.
func (m *Message) AppendRelayHeaders(dst []byte) []byte {
	for i := range m.Relays {
		dst = m.Relays[i].appendHeader(dst)
	}
	return dst
}

func (r *Relay) appendHeader(dst []byte) []byte {
	dst = append(dst, byte(dhcpv6.MessageTypeRelayReply), r.HopCount)
	dst = appendAddr(dst, r.LinkAddr)
	dst = appendAddr(dst, r.PeerAddr)
	if r.HasInterfaceID {
		dst = AppendOption(dst, uint16(dhcpv6.OptionInterfaceID), r.InterfaceID)
	}
	if r.HasRelayPort {
		dst = append(dst, 0, byte(dhcpv6.OptionRelayPort), 0, 2)
		dst = binary.BigEndian.AppendUint16(dst, r.RelayPort)
	}
	dst, _ = BeginOption(dst, uint16(dhcpv6.OptionRelayMsg))
	return dst
}

// headerLen is the length of what appendHeader appends.
func (r *Relay) headerLen() int {
	n := relayHeaderLen + 4
	if r.HasInterfaceID {
		n += 4 + len(r.InterfaceID)
	}
	if r.HasRelayPort {
		n += 6
	}
	return n
}

// CloseRelays fills in the lengths of the Relay Message options of a reply that
// begins at start with AppendRelayHeaders. It is false if the reply is too long
// for a datagram.
func (m *Message) CloseRelays(dst []byte, start int) ([]byte, bool) {
	if len(dst)-start > maxDatagram {
		return dst, false
	}
	mark := start
	for i := range m.Relays {
		mark += m.Relays[i].headerLen()
		dst = EndOption(dst, mark)
	}
	return dst, true
}
