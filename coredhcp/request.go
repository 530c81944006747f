package coredhcp

import (
	"bytes"
	"encoding/binary"
	"net"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/internal/exchange"
	"github.com/stage6/stage6/internal/wire"
)

// request gives the message as the library has it: with the relay agents around
// it, and without. Options that the library refuses, or that would cost it much,
// are left out. Nothing of it is the exchange's.
func request(s *exchange.State) (outer dhcpv6.DHCPv6, inner *dhcpv6.Message) {
	inner = &dhcpv6.Message{MessageType: s.Msg.Type, TransactionID: s.Msg.XID}
	inner.Options.Options = clientOptions(&s.Msg)
	outer = inner
	for i := len(s.Msg.Relays) - 1; i >= 0; i-- {
		outer = relayed(&s.Msg.Relays[i], outer)
	}
	return outer, inner
}

// relayed wraps a message as a relay agent did.
func relayed(r *wire.Relay, inner dhcpv6.DHCPv6) *dhcpv6.RelayMessage {
	out := &dhcpv6.RelayMessage{
		MessageType: dhcpv6.MessageTypeRelayForward, HopCount: r.HopCount,
		LinkAddr: net.IP(r.LinkAddr.AsSlice()), PeerAddr: net.IP(r.PeerAddr.AsSlice()),
	}
	seen := false
	for code, data := range r.Options.All() {
		if dhcpv6.OptionCode(code) != dhcpv6.OptionRelayMsg {
			if o, ok := parse(dhcpv6.OptionCode(code), data); ok {
				out.AddOption(o)
			}
		} else if !seen {
			seen = true
			out.AddOption(dhcpv6.OptRelayMessage(inner))
		}
	}
	return out
}

// clientOptions gives the options of the client's message.
func clientOptions(m *wire.Message) (out dhcpv6.Options) {
	requested := false
	for code, data := range m.Options.All() {
		switch code := dhcpv6.OptionCode(code); code {
		case dhcpv6.OptionClientID:
			out.Add(dhcpv6.OptClientID(duid(data)))
		case dhcpv6.OptionORO:
			if !requested {
				requested = true
				out.Add(dhcpv6.OptRequestedOption(codes(m.RequestedCodes())...))
			}
		case dhcpv6.OptionRelayMsg:
		default:
			if o, ok := parse(code, data); ok {
				out.Add(o)
			}
		}
	}
	return out
}

func codes(in []uint16) (out []dhcpv6.OptionCode) {
	for _, c := range in {
		out = append(out, dhcpv6.OptionCode(c))
	}
	return out
}

// duid gives a DUID as the library has it, in the form that says least where it
// would not give back the same octets.
func duid(data []byte) dhcpv6.DUID {
	data = bytes.Clone(data)
	d, err := dhcpv6.DUIDFromBytes(data)
	if err == nil && bytes.Equal(d.ToBytes(), data) || len(data) < 2 {
		return d
	}
	return &dhcpv6.DUIDOpaque{Type: dhcpv6.DUIDType(binary.BigEndian.Uint16(data)), Data: data[2:]}
}

// parse reads one option, or says that a plugin is not to see it.
func parse(code dhcpv6.OptionCode, data []byte) (dhcpv6.Option, bool) {
	data, ok := bounded(code, data)
	if !ok {
		return nil, false
	}
	o, err := dhcpv6.ParseOption(code, data)
	return o, err == nil
}

// bounded gives a copy of an option's data with which the library has no more
// work than its length asks for: options inside options stand only where they
// belong, names are not compressed (RFC 9915 section 10).
func bounded(code dhcpv6.OptionCode, data []byte) ([]byte, bool) {
	switch code {
	case dhcpv6.OptionRelayMsg, dhcpv6.OptionDHCPv4Msg, dhcpv6.Option4RD:
		return nil, false // nothing that is sent to a server, and messages in messages
	case dhcpv6.OptionIANA, dhcpv6.OptionIAPD:
		return children(data, 12)
	case dhcpv6.OptionIATA:
		return children(data, 4)
	case dhcpv6.OptionIAAddr:
		return children(data, 24)
	case dhcpv6.OptionIAPrefix:
		return children(data, 25)
	case dhcpv6.OptionDomainSearchList:
		return bytes.Clone(data), plainNames(data)
	case dhcpv6.OptionFQDN:
		return bytes.Clone(data), len(data) > 0 && plainNames(data[1:])
	case dhcpv6.OptionNTPServer:
		return bytes.Clone(data), plainServers(data)
	}
	return bytes.Clone(data), true
}

// children gives the data of an option with fixed octets before others in it,
// without those that do not belong there.
func children(data []byte, fixed int) ([]byte, bool) {
	if len(data) < fixed {
		return nil, false
	}
	out := bytes.Clone(data[:fixed])
	for code, inner := range wire.Options(data[fixed:]).All() {
		switch code := dhcpv6.OptionCode(code); {
		case code == dhcpv6.OptionStatusCode:
			out = wire.AppendOption(out, uint16(code), inner)
		case holds(fixed, code):
			if kept, ok := children(inner, sizeOf(code)); ok {
				out = wire.AppendOption(out, uint16(code), kept)
			}
		case holdsPlain(fixed, code):
			out = wire.AppendOption(out, uint16(code), inner)
		}
	}
	return out, true
}

// holds says whether an option with so many fixed octets is one that has
// addresses or prefixes of a code in it.
func holds(fixed int, code dhcpv6.OptionCode) bool {
	return (fixed == 12 || fixed == 4) && (code == dhcpv6.OptionIAAddr || code == dhcpv6.OptionIAPrefix)
}

// holdsPlain says whether it has options of a code in it that hold no others:
// the excluded prefix of a delegated one (RFC 6603).
func holdsPlain(fixed int, code dhcpv6.OptionCode) bool {
	return fixed == 25 && code == dhcpv6.OptionPDExclude
}

// sizeOf gives the octets of an address or prefix before options.
func sizeOf(code dhcpv6.OptionCode) int {
	if code == dhcpv6.OptionIAPrefix {
		return 25
	}
	return 24
}

// plainNames says whether names are whole or the last one partial, and none is
// compressed or longer than a name may be.
func plainNames(data []byte) bool {
	const maxLabel, maxName = 63, 255
	name := 0
	for len(data) > 0 {
		n := int(data[0])
		if name += n + 1; n > maxLabel || n >= len(data) || name > maxName {
			return false
		}
		if n == 0 {
			name = 0
		}
		data = data[n+1:]
	}
	return true
}

// plainServers is plainNames for the names of time servers (RFC 5908 section 4).
func plainServers(data []byte) bool {
	const name = 3
	for code, server := range wire.Options(data).All() {
		if code == name && !plainNames(server) {
			return false
		}
	}
	return true
}
