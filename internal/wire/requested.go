package wire

import (
	"encoding/binary"
	"slices"
)

// requested is the set of the option codes that a client asks for. The codes
// below 256, which is all that clients name in practice, are found in a bitmap.
type requested struct {
	low   [4]uint64
	codes []uint16 // in order, each once
	seen  int      // codes seen, of at most maxRequested
}

func (r *requested) has(code uint16) bool {
	if code < 256 {
		return r.low[code/64]&(1<<(code%64)) != 0
	}
	return slices.Contains(r.codes, code)
}

func (r *requested) add(code uint16) {
	if r.has(code) {
		return
	}
	if code < 256 {
		r.low[code/64] |= 1 << (code % 64)
	}
	r.codes = append(r.codes, code)
}

// Requested says whether an Option Request option names the code (RFC 9915
// section 21.7).
func (m *Message) Requested(code uint16) bool { return m.requested.has(code) }

// RequestedCodes gives the codes that Option Request options name, in order,
// each once. The slice belongs to m.
func (m *Message) RequestedCodes() []uint16 { return m.requested.codes }

// decodeORO unites all Option Request options. It is false if not all of data
// was used: an odd octet, or codes beyond maxRequested.
func (m *Message) decodeORO(data []byte) bool {
	m.HasORO = true
	r := &m.requested
	for len(data) >= 2 && r.seen < maxRequested {
		r.add(binary.BigEndian.Uint16(data))
		r.seen++
		data = data[2:]
	}
	return len(data) == 0
}
