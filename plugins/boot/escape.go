package boot

import "strings"

// escape appends a value so that it cannot end the component of the URL that it
// stands in (RFC 3986 section 2). An address that is all of a host is put in
// brackets.
func (p *part) escape(dst, v []byte) []byte {
	switch {
	case p.place == bracketed && p.value == address6:
		return append(dst, v...)
	case p.place == inAuthority && p.value == address6:
		dst = append(dst, '[')
		dst = append(dst, v...)
		return append(dst, ']')
	}
	for _, b := range v {
		if isUnreserved(b) || b == ':' && p.place == elsewhere {
			dst = append(dst, b)
			continue
		}
		const digits = "0123456789ABCDEF"
		dst = append(dst, '%', digits[b>>4], digits[b&15])
	}
	return dst
}

// isUnreserved says whether an octet means itself anywhere in a URL (RFC 3986
// section 2.3).
func isUnreserved(b byte) bool {
	switch {
	case 'a' <= b && b <= 'z', 'A' <= b && b <= 'Z', '0' <= b && b <= '9':
		return true
	}
	return strings.IndexByte("-._~", b) >= 0
}
