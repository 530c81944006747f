package wire

import (
	"bytes"
	"encoding/binary"
)

// vendorClass is the first well-formed Vendor Class option.
type vendorClass struct {
	present    bool
	enterprise uint32
	data       [][]byte
}

// NumUserClass gives the number of strings of the user class (RFC 9915 section
// 21.15).
func (m *Message) NumUserClass() int { return len(m.userClass) }

// UserClassAt gives the string of index i of the user class. A client that
// forgot the length of its strings has one string, the whole option.
func (m *Message) UserClassAt(i int) []byte { return m.userClass[i] }

// NumVendorClass gives the number of strings of the first vendor class (RFC
// 9915 section 21.16).
func (m *Message) NumVendorClass() int { return len(m.vendor.data) }

// VendorClassAt gives the string of index i of the first vendor class; as with
// the user class, lengths may be missing.
func (m *Message) VendorClassAt(i int) []byte { return m.vendor.data[i] }

// VendorEnterprise gives the enterprise number of the first vendor class, and
// whether there is one.
func (m *Message) VendorEnterprise() (uint32, bool) { return m.vendor.enterprise, m.vendor.present }

func (m *Message) decodeUserClass(data []byte) bool {
	if len(m.userClass) > 0 || len(data) == 0 {
		return false
	}
	var whole bool
	m.userClass, whole = appendStrings(m.userClass, data)
	return whole
}

// decodeVendorClass takes the first option and passes over those of other
// enterprises.
func (m *Message) decodeVendorClass(data []byte) bool {
	if len(data) <= 4 {
		return false
	}
	enterprise := binary.BigEndian.Uint32(data)
	if m.vendor.present {
		return enterprise != m.vendor.enterprise
	}
	m.vendor.present, m.vendor.enterprise = true, enterprise
	var whole bool
	m.vendor.data, whole = appendStrings(m.vendor.data, data[4:])
	return whole
}

// appendStrings appends the length-prefixed strings in data, or data itself if
// it is something else. The second result is false if there are more than
// maxClasses.
func appendStrings(dst [][]byte, data []byte) ([][]byte, bool) {
	out := dst
	for rest := data; len(rest) > 0; {
		s, tail, ok := cutString(rest)
		if !ok {
			return append(dst, data), true
		}
		if len(out) == maxClasses {
			return out, false
		}
		out, rest = append(out, s), tail
	}
	return out, true
}

// cutString takes a string with a length of two octets off b.
func cutString(b []byte) (s, rest []byte, ok bool) {
	if len(b) < 2 {
		return nil, nil, false
	}
	end := 2 + int(binary.BigEndian.Uint16(b))
	if end > len(b) {
		return nil, nil, false
	}
	return b[2:end:end], b[end:], true
}

// NumArch gives the number of processor architectures that the client names
// (RFC 5970 section 3.3).
func (m *Message) NumArch() int { return len(m.archs) }

// ArchAt gives the architecture of index i, a number of the IANA registry
// "Processor Architecture Types". Without option 61 it is that of the PXE
// vendor class.
func (m *Message) ArchAt(i int) uint16 { return m.archs[i] }

func (m *Message) decodeArchs(data []byte) bool {
	if len(m.archs) > 0 || len(data) == 0 || len(data)%2 != 0 {
		return false
	}
	for ; len(data) > 0 && len(m.archs) < maxArchs; data = data[2:] {
		m.archs = append(m.archs, binary.BigEndian.Uint16(data))
	}
	return len(data) == 0
}

// deduceArch takes the architecture from a vendor class such as
// PXEClient:Arch:00007:UNDI:003000 when option 61 does not give it.
func (m *Message) deduceArch() {
	if len(m.archs) > 0 {
		return
	}
	for _, class := range m.vendor.data {
		if arch, ok := classArch(class); ok {
			m.archs = append(m.archs, arch)
			return
		}
	}
}

func classArch(class []byte) (uint16, bool) {
	_, digits, ok := bytes.Cut(class, []byte(":Arch:"))
	if !ok {
		return 0, false
	}
	var n, i int
	for ; i < len(digits) && i < 5 && '0' <= digits[i] && digits[i] <= '9'; i++ {
		n = 10*n + int(digits[i]-'0')
	}
	return uint16(n), i > 0 && n <= 65535
}
