package validate

import (
	"encoding/binary"
	"net/netip"
	"slices"
)

// opt writes an option; its data is of octets, text, numbers and other options, one
// after the other.
func opt(code uint16, parts ...any) []byte {
	data := octets(parts...)
	out := binary.BigEndian.AppendUint16(nil, code)
	out = binary.BigEndian.AppendUint16(out, uint16(len(data)))
	return append(out, data...)
}

// octets joins what an option has: a uint8, uint16 or uint32 as such, text, addresses,
// and what was written before.
func octets(parts ...any) (out []byte) {
	for _, part := range parts {
		switch p := part.(type) {
		case []byte:
			out = append(out, p...)
		case string:
			out = append(out, p...)
		case uint8:
			out = append(out, p)
		case uint16:
			out = binary.BigEndian.AppendUint16(out, p)
		case uint32:
			out = binary.BigEndian.AppendUint32(out, p)
		case netip.Addr:
			a := p.As16()
			out = append(out, a[:]...)
		default:
			panic("not something that an option has")
		}
	}
	return out
}

// msg writes a message with a transaction ID of these tests.
func msg(kind byte, options ...[]byte) []byte {
	return append([]byte{kind, 1, 2, 3}, slices.Concat(options...)...)
}

// relayed writes a relay message.
func relayed(kind, hops byte, link, peer string, options ...[]byte) []byte {
	return octets(kind, hops, netip.MustParseAddr(link), netip.MustParseAddr(peer), slices.Concat(options...))
}

// na and pd write IAs, with T1 and T2 of 1800 and 2880 seconds.
func na(id uint32, options ...[]byte) []byte { return ia(iaNA, id, 1800, 2880, options...) }

func pd(id uint32, options ...[]byte) []byte { return ia(iaPD, id, 1800, 2880, options...) }

func ia(code uint16, id, t1, t2 uint32, options ...[]byte) []byte {
	return opt(code, id, t1, t2, slices.Concat(options...))
}

// addr writes an address with its lifetimes, and prefix a prefix.
func addr(a string, preferred, valid uint32, options ...[]byte) []byte {
	return opt(iaAddr, netip.MustParseAddr(a), preferred, valid, slices.Concat(options...))
}

func prefix(p string, preferred, valid uint32, options ...[]byte) []byte {
	parsed := netip.MustParsePrefix(p)
	return opt(iaPrefix, preferred, valid, uint8(parsed.Bits()), parsed.Addr(), slices.Concat(options...))
}

func state(code uint16) []byte { return opt(statusCode, code, "why") }

// asks writes an Option Request option.
func asks(codes ...uint16) []byte {
	var list []byte
	for _, c := range codes {
		list = binary.BigEndian.AppendUint16(list, c)
	}
	return opt(oro, list)
}

var (
	client = opt(clientID, uint16(4), "0123456789abcdef")
	server = opt(serverID, uint16(3), uint16(1), "\x02\x00\x00\x00\x00\x51")
	other  = opt(serverID, uint16(3), uint16(1), "\x02\x00\x00\x00\x00\x52")

	address = addr("2001:db8::1", 3600, 7200)
	block   = prefix("2001:db8:f000::/56", 3600, 7200)
	gone    = addr("2001:db8::1", 0, 0)
)
