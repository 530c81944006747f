// Package plaintext makes text for terminals of what clients and strangers' files say.
package plaintext

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Line gives a text as one line that no terminal obeys: characters that are not
// printed, such as line breaks, escapes, marks that turn the direction of writing
// round, and octets that are no UTF-8, are written as Go writes them, such as \x1b.
func Line(text string) string {
	if !strings.ContainsFunc(text, isHidden) {
		return text
	}
	var b strings.Builder
	for i, r := range text {
		switch {
		case !isHidden(r):
			b.WriteRune(r)
		case r == utf8.RuneError && !strings.HasPrefix(text[i:], string(utf8.RuneError)):
			b.WriteString(`\x` + strconv.FormatUint(uint64(text[i])|0x100, 16)[1:])
		default:
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		}
	}
	return b.String()
}

// isHidden says whether a character is not simply printed. Octets that are no UTF-8
// are all seen as the same one.
func isHidden(r rune) bool { return r == utf8.RuneError || !unicode.IsPrint(r) }
