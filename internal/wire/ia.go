package wire

import (
	"encoding/binary"
	"net/netip"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/ident"
)

// IA is one identity association of a client's message (RFC 9915 sections
// 21.4 and 21.21).
type IA struct {
	ident.IA
	T1, T2 uint32 // seconds; clients send 0, odd values or infinity
	Hints  []Hint
}

// Hint is an address or prefix that a client names in an IA (RFC 9915 sections
// 21.6 and 21.22).
type Hint struct {
	// Prefix is an address as a /128, or a delegated prefix with its bits as
	// they were sent: ::/56 is a wish for a length.
	Prefix           netip.Prefix
	Preferred, Valid uint32 // seconds
}

// Sizes in octets of the fixed fields of IA_NA and IA_PD, of IA Address and of
// IA Prefix.
const (
	iaLen     = 12
	addrLen   = 24
	prefixLen = 25
)

func (m *Message) decodeIA(t ident.IAType, data []byte) Reason {
	if len(data) < iaLen {
		m.skip(uint16(t))
		return OK
	}
	ia := IA{
		IA: ident.IA{Type: t, ID: binary.BigEndian.Uint32(data)},
		T1: binary.BigEndian.Uint32(data[4:]),
		T2: binary.BigEndian.Uint32(data[8:]),
	}
	if m.hasIA(ia.IA) {
		m.skip(uint16(t))
		return OK
	}
	if len(m.IAs) == MaxIAs {
		return TooManyIAs
	}
	first := len(m.hints)
	if r := m.decodeHints(t, data[iaLen:]); r != OK {
		return r
	}
	ia.Hints = m.hints[first:len(m.hints):len(m.hints)]
	m.IAs = append(m.IAs, ia)
	return OK
}

func (m *Message) hasIA(ia ident.IA) bool {
	for i := range m.IAs {
		if m.IAs[i].IA == ia {
			return true
		}
	}
	return false
}

// decodeHints reads the options of an IA. Those of the addresses and prefixes
// in it, and IAs in IAs, are not looked into.
func (m *Message) decodeHints(t ident.IAType, o Options) Reason {
	for {
		code, data, rest, ok := o.cut()
		if !ok {
			m.skipTail(rest)
			return OK
		}
		if r := m.count(); r != OK {
			return r
		}
		if !m.decodeHint(t, dhcpv6.OptionCode(code), data) {
			m.skip(code)
		}
		o = rest
	}
}

// decodeHint is false for a malformed option and one that does not belong into
// such an IA.
func (m *Message) decodeHint(t ident.IAType, code dhcpv6.OptionCode, data []byte) bool {
	switch {
	case code == dhcpv6.OptionStatusCode:
		return true
	case t == ident.NA && code == dhcpv6.OptionIAAddr:
		return m.decodeAddr(data)
	case t == ident.PD && code == dhcpv6.OptionIAPrefix:
		return m.decodePrefix(data)
	}
	return false
}

func (m *Message) decodeAddr(data []byte) bool {
	if len(data) < addrLen {
		return false
	}
	m.hints = append(m.hints, Hint{
		Prefix:    netip.PrefixFrom(netip.AddrFrom16([16]byte(data)), 128),
		Preferred: binary.BigEndian.Uint32(data[16:]),
		Valid:     binary.BigEndian.Uint32(data[20:]),
	})
	return true
}

func (m *Message) decodePrefix(data []byte) bool {
	if len(data) < prefixLen || data[8] > 128 {
		return false
	}
	m.hints = append(m.hints, Hint{
		Prefix:    netip.PrefixFrom(netip.AddrFrom16([16]byte(data[9:])), int(data[8])),
		Preferred: binary.BigEndian.Uint32(data),
		Valid:     binary.BigEndian.Uint32(data[4:]),
	})
	return true
}
