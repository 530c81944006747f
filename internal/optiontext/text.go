package optiontext

import (
	"encoding/binary"
	"math"
	"regexp"

	"github.com/stage6/stage6/internal/strict"
)

func stringKind() *kind {
	return &kind{
		name: "string", wants: "a text",
		encode: once(encodeText),
		valid:  func(data []byte) bool { return len(data) > 0 },
	}
}

func encodeText(n strict.Node) ([]byte, error) {
	text, err := n.Text()
	if err == nil && text == "" {
		err = n.Err("the text is empty, want at least one character")
	}
	return []byte(text), err
}

// stringsKind is a list of texts, each behind its length of 16 bits, such as
// option 60 (RFC 5970 section 3.2).
func stringsKind() *kind {
	return &kind{
		name: "strings", wants: "a list of texts",
		encode: once(func(n strict.Node) ([]byte, error) { return encodeTexts(n, encodeText) }),
		valid:  validTexts,
	}
}

func encodeTexts(n strict.Node, one func(strict.Node) ([]byte, error)) (out []byte, err error) {
	nodes, err := items(n, false)
	if err != nil {
		return nil, err
	}
	if len(nodes) == 0 {
		return nil, errEmpty(n, "text")
	}
	var errs []error
	for _, item := range nodes {
		text, err := one(item)
		if err == nil && len(text) > math.MaxUint16 {
			err = item.Err("%d octets, want at most %d", len(text), math.MaxUint16)
		}
		errs = append(errs, item.Wrap(err))
		out = binary.BigEndian.AppendUint16(out, uint16(len(text)))
		out = append(out, text...)
	}
	return out, strict.Join(errs...)
}

// validTexts says whether data is a list of texts with lengths.
func validTexts(data []byte) bool {
	if len(data) == 0 {
		return false
	}
	for len(data) > 0 {
		if len(data) < 2 {
			return false
		}
		n := int(binary.BigEndian.Uint16(data))
		if len(data) < 2+n {
			return false
		}
		data = data[2+n:]
	}
	return true
}

// posixZone is a time zone in the form of POSIX, such as
// CET-1CEST,M3.5.0,M10.5.0/3 (RFC 4833 section 2).
var posixZone = regexp.MustCompile(`^(<[A-Za-z0-9+-]{3,}>|[A-Za-z]{3,})[+-]?[0-9][A-Za-z0-9<>,./:+-]*$`)

func posixZoneKind() *kind {
	return zoneKind(posixZone, "a POSIX time zone such as CET-1CEST,M3.5.0,M10.5.0/3")
}

// zoneName is a name of the time zone database (RFC 4833 section 3).
var zoneName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*$`)

func zoneNameKind() *kind { return zoneKind(zoneName, "a time zone name such as Europe/Berlin") }

func zoneKind(pattern *regexp.Regexp, wants string) *kind {
	return &kind{
		name: "string", wants: wants,
		encode: once(func(n strict.Node) ([]byte, error) {
			text, err := encodeText(n)
			if err == nil && !pattern.Match(text) {
				err = n.Err("%q does not fit", text)
			}
			return text, err
		}),
		valid: pattern.Match,
	}
}
