package wire

import (
	"errors"
	"fmt"
	"iter"
	"strings"
)

// Limits of RFC 1035 section 2.3.4, in octets. The length of a name counts the
// length octet of each label and the empty label at its end.
const (
	maxLabel = 63
	maxName  = 255
)

var (
	errCompressed    = errors.New("domain name is compressed (RFC 9915 section 10)")
	errLabelLength   = errors.New("label of a domain name is longer than 63 octets")
	errNameLength    = errors.New("domain name is longer than 255 octets")
	errNameTruncated = errors.New("domain name breaks off")
)

// AppendName appends a domain name in wire form, without compression (RFC 9915
// section 10). A dot at its end changes nothing. It is an error if a label is
// empty, longer than 63 octets or not printable ASCII, or if the name is longer
// than 255 octets; internationalized names must be given in their xn-- form.
// With an error, dst comes back as it was.
func AppendName(dst []byte, name string) ([]byte, error) {
	out := dst
	for label := range strings.SplitSeq(strings.TrimSuffix(name, "."), ".") {
		if err := checkLabel(label); err != nil {
			return dst, fmt.Errorf("domain name %q: %w", name, err)
		}
		out = append(out, byte(len(label)))
		out = append(out, label...)
	}
	out = append(out, 0)
	if n := len(out) - len(dst); n > maxName {
		return dst, fmt.Errorf("domain name %q: %d octets, want at most %d", name, n, maxName)
	}
	return out, nil
}

func checkLabel(label string) error {
	if label == "" {
		return errors.New("a label is empty")
	}
	if len(label) > maxLabel {
		return fmt.Errorf("label %q: %d octets, want at most %d", label, len(label), maxLabel)
	}
	for _, c := range label {
		if c > '~' {
			return fmt.Errorf("label %q: %q is not ASCII; write the xn-- form", label, c)
		}
		if c <= ' ' {
			return fmt.Errorf("label %q: %q cannot be in a name", label, c)
		}
	}
	return nil
}

// AppendHostname appends a name in the form of the Client FQDN option (RFC 4704
// section 4.2): partial, that is without the empty label at its end, when it
// has no dot. A name that AppendName refuses is left out, which the option
// allows.
func AppendHostname(dst []byte, name string) []byte {
	out, err := AppendName(dst, name)
	if err != nil || strings.Contains(name, ".") {
		return out
	}
	return out[:len(out)-1]
}

// ParseNames gives the names in a list such as the data of option 24, as text:
// dots between labels, none at the end; a dot or backslash in a label follows a
// backslash, and what is not printable is a backslash and three digits (RFC
// 1035 section 5.1). The root is ".". The first error ends the list: names that
// break off, are too long or are compressed.
func ParseNames(data []byte) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for len(data) > 0 {
			name, rest, whole, err := cutName(data)
			if err == nil && !whole {
				err = errNameTruncated
			}
			if err != nil {
				yield("", err)
				return
			}
			if !yield(nameText(name), nil) {
				return
			}
			data = rest
		}
	}
}

// cutName takes a name in wire form off b. It is whole if its last label is
// the empty one, else b ends with it.
func cutName(b []byte) (name, rest []byte, whole bool, err error) {
	i := 0
	for i < len(b) {
		n := int(b[i])
		switch {
		case n >= 0xc0:
			return nil, nil, false, errCompressed
		case n > maxLabel:
			return nil, nil, false, errLabelLength
		case i+1+n > len(b):
			return nil, nil, false, errNameTruncated
		case i+1+n > maxName:
			return nil, nil, false, errNameLength
		}
		i += 1 + n
		if n == 0 {
			return b[:i], b[i:], true, nil
		}
	}
	return b, nil, false, nil
}

// nameText gives the text of a whole name in wire form.
func nameText(name []byte) string {
	if len(name) == 1 {
		return "."
	}
	return string(AppendNameText(nil, name))
}

// AppendNameText appends the text of a name in wire form, whole or partial, as
// that of FQDN: labels with dots between them, in the form of ParseNames.
// Nothing stands for the root.
func AppendNameText(dst, name []byte) []byte {
	for first := true; len(name) > 0 && name[0] > 0; first = false {
		if !first {
			dst = append(dst, '.')
		}
		label, rest := name[1:], []byte(nil)
		if n := int(name[0]); n <= len(label) {
			label, rest = label[:n], label[n:]
		}
		dst, name = appendLabel(dst, label), rest
	}
	return dst
}

func appendLabel(text, label []byte) []byte {
	for _, c := range label {
		switch {
		case c == '.' || c == '\\':
			text = append(text, '\\', c)
		case c <= ' ' || c > '~':
			text = fmt.Appendf(text, "\\%03d", c)
		default:
			text = append(text, c)
		}
	}
	return text
}
