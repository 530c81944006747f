package wire

// fqdn is the Client FQDN option (RFC 4704 section 4).
type fqdn struct {
	present bool
	flags   byte
	name    []byte
}

// FQDN gives flags and name of the Client FQDN option, and whether there is a
// well-formed one. The name is in wire form, without compression; it is partial
// when its last label is not the empty one, and may be empty (RFC 4704 section
// 4.2).
func (m *Message) FQDN() (flags byte, name []byte, ok bool) {
	return m.fqdn.flags, m.fqdn.name, m.fqdn.present
}

func (m *Message) decodeFQDN(data []byte) bool {
	if m.fqdn.present || len(data) == 0 {
		return false
	}
	if _, rest, _, err := cutName(data[1:]); err != nil || len(rest) > 0 {
		return false
	}
	m.fqdn = fqdn{true, data[0], data[1:]}
	return true
}
