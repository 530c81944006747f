package hostile

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"strings"

	"github.com/insomniacslk/dhcp/dhcpv6"
)

// clientID is the DUID of who sends the cases.
const clientID = "\x00\x03\x00\x01\x02\x00\x00\x00\x00\x09"

// Codes of options (RFC 9915 section 21).
const (
	codeClientID    = uint16(dhcpv6.OptionClientID)
	codeServerID    = uint16(dhcpv6.OptionServerID)
	codeNA          = uint16(dhcpv6.OptionIANA)
	codeTA          = uint16(dhcpv6.OptionIATA)
	codeAddress     = uint16(dhcpv6.OptionIAAddr)
	codeORO         = uint16(dhcpv6.OptionORO)
	codeElapsed     = uint16(dhcpv6.OptionElapsedTime)
	codeRelayed     = uint16(dhcpv6.OptionRelayMsg)
	codeRapid       = uint16(dhcpv6.OptionRapidCommit)
	codeUserClass   = uint16(dhcpv6.OptionUserClass)
	codeVendorClass = uint16(dhcpv6.OptionVendorClass)
	codeVendorOpts  = uint16(dhcpv6.OptionVendorOpts)
	codeInterfaceID = uint16(dhcpv6.OptionInterfaceID)
	codeSearch      = uint16(dhcpv6.OptionDomainSearchList)
	codePD          = uint16(dhcpv6.OptionIAPD)
	codePrefix      = uint16(dhcpv6.OptionIAPrefix)
	codeRemoteID    = uint16(dhcpv6.OptionRemoteID)
	codeFQDN        = uint16(dhcpv6.OptionFQDN)
	codeNTP         = uint16(dhcpv6.OptionNTPServer)
	codeArch        = uint16(dhcpv6.OptionClientArchType)
	codeLinkLayer   = uint16(dhcpv6.OptionClientLinkLayerAddr)
)

// message makes a client's message, whose transaction id follows from its name so
// that no two of a case are taken for the same.
func message(t dhcpv6.MessageType, xid int, options ...[]byte) []byte {
	return append([]byte{byte(t), byte(xid >> 16), byte(xid >> 8), byte(xid)}, bytes.Join(options, nil)...)
}

// solicit makes a Solicit of the usual client.
func solicit(options ...[]byte) []byte {
	return message(dhcpv6.MessageTypeSolicit, 0x010203, append([][]byte{text(codeClientID, clientID)}, options...)...)
}

// wants is what a client asks for that wants an address and names.
func wants() []byte {
	return bytes.Join([][]byte{na(1), option(codeORO, 0, 23, 0, 24, 0, 39, 0, 56)}, nil)
}

// option makes an option of octets, of which there may be too many for it.
func option(code uint16, data ...byte) []byte {
	b := binary.BigEndian.AppendUint16(nil, code)
	return append(binary.BigEndian.AppendUint16(b, uint16(len(data))), data...)
}

// text makes an option of the pieces, one after the other.
func text(code uint16, pieces ...string) []byte {
	return option(code, []byte(strings.Join(pieces, ""))...)
}

// counted gives s behind its length in two octets.
func counted(s string) string { return string(binary.BigEndian.AppendUint16(nil, uint16(len(s)))) + s }

// na makes an IA_NA with T1 and T2 0.
func na(iaid int, options ...[]byte) []byte { return ia(codeNA, iaid, options...) }

// pd makes an IA_PD with T1 and T2 0.
func pd(iaid int, options ...[]byte) []byte { return ia(codePD, iaid, options...) }

func ia(code uint16, iaid int, options ...[]byte) []byte {
	data := binary.BigEndian.AppendUint32(nil, uint32(iaid))
	return option(code, append(append(data, make([]byte, 8)...), bytes.Join(options, nil)...)...)
}

// address makes an IA Address option.
func address(a netip.Addr, preferred, valid uint32) []byte {
	data := binary.BigEndian.AppendUint32(a.AsSlice(), preferred)
	return option(codeAddress, binary.BigEndian.AppendUint32(data, valid)...)
}

// prefix makes an IA Prefix option of a length that need not be one.
func prefix(a netip.Addr, bits byte, preferred, valid uint32) []byte {
	data := binary.BigEndian.AppendUint32(nil, preferred)
	data = append(binary.BigEndian.AppendUint32(data, valid), bits)
	return option(codePrefix, append(data, a.AsSlice()...)...)
}

// relayed wraps a message into a Relay-forward of a link and a peer.
func relayed(hops byte, link, peer netip.Addr, inner []byte, options ...[]byte) []byte {
	b := append([]byte{byte(dhcpv6.MessageTypeRelayForward), hops}, link.AsSlice()...)
	b = append(append(b, peer.AsSlice()...), bytes.Join(options, nil)...)
	return append(b, option(codeRelayed, inner...)...)
}

// byRelay wraps a message as the relay agent does.
func byRelay(inner []byte, options ...[]byte) []byte {
	return relayed(0, Relay, linkLocal, inner, options...)
}

var linkLocal = netip.MustParseAddr("fe80::9")

func repeat(n int, b []byte) []byte { return bytes.Repeat(b, n) }

// clientTypes are the messages that clients send.
func clientTypes() []dhcpv6.MessageType { return []dhcpv6.MessageType{1, 3, 4, 5, 6, 8, 9, 11} }

// one makes a case of one datagram.
func one(name, drop string, datagram []byte, skipped ...uint16) Case {
	return Case{Name: name, Datagrams: [][]byte{datagram}, Drop: drop, Skipped: skipped}
}

// both makes a case of a client's message that comes directly, and one of the same
// through the relay agent.
func both(name, drop string, m []byte, skipped ...uint16) []Case {
	through := one(name+", relayed", drop, byRelay(m), skipped...)
	through.Way = Relayed
	return []Case{one(name, drop, m, skipped...), through}
}
