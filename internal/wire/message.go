package wire

import (
	"encoding/binary"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/ident"
)

// Message is one client message, seen through the relay agents that it came
// by. It points into the datagram, which must not change while the Message is
// read. It may be reused, but neither copied nor used by several goroutines.
type Message struct {
	Type    dhcpv6.MessageType
	XID     [3]byte
	Relays  []Relay // outermost first
	Options Options // of the client's message

	ClientID []byte // nil when absent, else of a valid length
	ServerID []byte // nil when absent

	// IAs are the IA_NA and IA_PD options in their order. A second one of the
	// same type and IAID is skipped.
	IAs []IA

	Elapsed     uint16 // hundredths of a second (RFC 9915 section 21.9)
	HasElapsed  bool
	RapidCommit bool
	HasORO      bool // whether there is an Option Request option, even an empty one

	// Skipped counts what was not used although it was there: malformed
	// options, second copies, obsolete ones.
	Skipped []Skip

	requested requested
	hints     []Hint
	userClass [][]byte
	vendor    vendorClass
	archs     []uint16
	fqdn      fqdn
	options   int // options seen, of at most MaxOptions
}

// Skip counts the skipped options of one code. Code 0 stands for trailing
// octets that are not an option, and for further codes.
type Skip struct {
	Code  uint16
	Count uint16
}

// Decode reads a datagram. With a Reason other than OK the message must not be
// used.
func (m *Message) Decode(datagram []byte) Reason {
	m.reset()
	inner, reason := m.decodeRelays(datagram)
	if reason != OK {
		return reason
	}
	return m.decodeClient(inner)
}

func (m *Message) reset() {
	*m = Message{
		Relays: m.Relays[:0], IAs: m.IAs[:0], Skipped: m.Skipped[:0],
		hints: m.hints[:0], userClass: m.userClass[:0], archs: m.archs[:0],
		requested: requested{codes: m.requested.codes[:0]},
		vendor:    vendorClass{data: m.vendor.data[:0]},
	}
}

// decodeClient reads a message of the form of RFC 9915 section 8.
func (m *Message) decodeClient(b []byte) Reason {
	if len(b) == 0 {
		return m.truncated()
	}
	m.Type = dhcpv6.MessageType(b[0])
	if r := refuses(m.Type); r != OK {
		return r
	}
	if len(b) < 4 {
		return m.truncated()
	}
	m.XID = [3]byte(b[1:4])
	m.Options = Options(b[4:])
	if r := m.decodeOptions(); r != OK {
		return r
	}
	m.deduceArch()
	return OK
}

func (m *Message) truncated() Reason {
	if len(m.Relays) > 0 {
		return RelayTruncated
	}
	return Truncated
}

func (m *Message) decodeOptions() Reason {
	o := m.Options
	for {
		code, data, rest, ok := o.cut()
		if !ok {
			m.skipTail(rest)
			return OK
		}
		if r := m.count(); r != OK {
			return r
		}
		if r := m.decodeOption(dhcpv6.OptionCode(code), data); r != OK {
			return r
		}
		o = rest
	}
}

// count counts one more option.
func (m *Message) count() Reason {
	if m.options++; m.options > MaxOptions {
		return TooManyOptions
	}
	return OK
}

func (m *Message) decodeOption(code dhcpv6.OptionCode, data []byte) Reason {
	ok := true
	switch code {
	case dhcpv6.OptionClientID:
		return m.decodeClientID(data)
	case dhcpv6.OptionServerID:
		return m.decodeServerID(data)
	case dhcpv6.OptionIANA:
		return m.decodeIA(ident.NA, data)
	case dhcpv6.OptionIAPD:
		return m.decodeIA(ident.PD, data)
	case dhcpv6.OptionIATA:
		ok = false // obsolete in RFC 9915
	case dhcpv6.OptionORO:
		ok = m.decodeORO(data)
	case dhcpv6.OptionElapsedTime:
		ok = m.decodeElapsed(data)
	case dhcpv6.OptionRapidCommit:
		ok = m.decodeRapidCommit(data)
	case dhcpv6.OptionUserClass:
		ok = m.decodeUserClass(data)
	case dhcpv6.OptionVendorClass:
		ok = m.decodeVendorClass(data)
	case dhcpv6.OptionClientArchType:
		ok = m.decodeArchs(data)
	case dhcpv6.OptionFQDN:
		ok = m.decodeFQDN(data)
	}
	if !ok {
		m.skip(uint16(code))
	}
	return OK
}

// decodeClientID refuses a second Client Identifier: nobody could say which
// one the client is.
func (m *Message) decodeClientID(data []byte) Reason {
	if m.ClientID != nil {
		return DuplicateClientID
	}
	if len(data) < minDUIDLen || len(data) > ident.MaxDUIDLen {
		return ClientIDLength
	}
	m.ClientID = data
	return OK
}

// minDUIDLen is the shortest DUID in octets: a type code and one octet (RFC
// 9915 section 11.1).
const minDUIDLen = 3

func (m *Message) decodeServerID(data []byte) Reason {
	if m.ServerID != nil {
		return DuplicateServerID
	}
	m.ServerID = data
	return OK
}

func (m *Message) decodeElapsed(data []byte) bool {
	if len(data) != 2 || m.HasElapsed {
		return false
	}
	m.Elapsed, m.HasElapsed = binary.BigEndian.Uint16(data), true
	return true
}

func (m *Message) decodeRapidCommit(data []byte) bool {
	if len(data) != 0 || m.RapidCommit {
		return false
	}
	m.RapidCommit = true
	return true
}

// skipTail counts what is left after the last whole option, if anything.
func (m *Message) skipTail(rest Options) {
	if len(rest) > 0 {
		m.skip(rest.cutCode())
	}
}

// skip counts an option that is not used.
func (m *Message) skip(code uint16) {
	for i := range m.Skipped {
		if m.Skipped[i].Code == code {
			m.Skipped[i].Count++
			return
		}
	}
	if len(m.Skipped) >= maxSkipped-1 && code != 0 {
		m.skip(0) // the last place is for code 0
		return
	}
	m.Skipped = append(m.Skipped, Skip{code, 1})
}
