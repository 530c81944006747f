package wire

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"strings"

	"github.com/insomniacslk/dhcp/dhcpv6"
)

var (
	testXID      = [3]byte{0xa, 0xb, 0xc}
	testClientID = []byte{0, 3, 0, 1, 0x52, 0x54, 0, 0xaa, 0xbb, 1}
)

// message makes a message of the options, each given by AppendOption.
func message(t dhcpv6.MessageType, options ...[]byte) []byte {
	return append(AppendHeader(nil, t, testXID), bytes.Join(options, nil)...)
}

// solicit makes a Solicit with a client id and the options.
func solicit(options ...[]byte) []byte {
	return message(dhcpv6.MessageTypeSolicit, append([][]byte{option(1, testClientID...)}, options...)...)
}

func option(code uint16, data ...byte) []byte { return AppendOption(nil, code, data) }

// text makes an option of the pieces, one after the other.
func text(code uint16, pieces ...string) []byte {
	return option(code, []byte(strings.Join(pieces, ""))...)
}

// counted gives s after its length in two octets.
func counted(s string) string {
	return string(binary.BigEndian.AppendUint16(nil, uint16(len(s)))) + s
}

// ia makes an IA_NA (3) or IA_PD (25) with T1 1, T2 2 and the options.
func ia(code uint16, iaid uint32, options ...[]byte) []byte {
	data := binary.BigEndian.AppendUint32(nil, iaid)
	data = append(data, 0, 0, 0, 1, 0, 0, 0, 2)
	return AppendOption(nil, code, append(data, bytes.Join(options, nil)...))
}

// relay wraps a message into a Relay-forward with the options.
func relay(hops uint8, link, peer string, inner []byte, options ...[]byte) []byte {
	b := []byte{byte(dhcpv6.MessageTypeRelayForward), hops}
	b = appendAddr(b, netip.MustParseAddr(link))
	b = appendAddr(b, netip.MustParseAddr(peer))
	b = append(b, bytes.Join(options, nil)...)
	return AppendOption(b, uint16(dhcpv6.OptionRelayMsg), inner)
}

func repeat(n int, b []byte) []byte { return bytes.Repeat(b, n) }
