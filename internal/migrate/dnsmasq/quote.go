package dnsmasq

import (
	"errors"
	"strings"
	"unicode"
)

// hidden is where the characters of quoted parts are moved to, so that commas and
// the like in them separate nothing: a private area of Unicode.
const hidden = 0xE000

// hideable are the characters that mean something outside of quotes.
const hideable = `,:=[]/#*!- `

func hide(r rune) rune {
	if r < 0x80 && strings.ContainsRune(hideable, r) {
		return hidden + r
	}
	return r
}

// show gives a text with what was hidden.
func show(s string) string {
	return strings.Map(func(r rune) rune {
		if r > hidden && r < hidden+0x80 {
			return r - hidden
		}
		return r
	}, s)
}

// unquote takes quotes and comments away. A comment begins at the start of the
// line or behind white space.
func unquote(text string) (string, error) {
	var out strings.Builder
	quoted, escaped, white := false, false, true
	for _, r := range text {
		switch {
		case quoted && escaped:
			out.WriteRune(hide(unescape(r)))
			escaped = false
		case quoted && r == '\\':
			escaped = true
		case quoted && r == '"':
			quoted = false
		case quoted:
			out.WriteRune(hide(r))
		case r == '"':
			quoted, white = true, false
		case r == '#' && white:
			return strings.TrimSpace(out.String()), nil
		case unicode.IsSpace(r):
			out.WriteByte(' ')
			white = true
		default:
			out.WriteRune(r)
			white = false
		}
	}
	if quoted {
		return "", errors.New(`a quote (") is missing at the end of the line`)
	}
	return strings.TrimSpace(out.String()), nil
}

func unescape(r rune) rune {
	switch r {
	case 't':
		return '\t'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 'b':
		return '\b'
	case 'e':
		return 0x1b
	}
	return r
}

// fields takes a value apart at its commas.
func fields(value string) []string {
	if value == "" {
		return nil
	}
	out := strings.Split(value, ",")
	for i := range out {
		out[i] = strings.TrimSpace(out[i])
	}
	return out
}
