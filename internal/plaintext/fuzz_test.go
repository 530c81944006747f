package plaintext_test

import (
	"strings"
	"testing"
	"unicode"

	"github.com/stage6/stage6/internal/plaintext"
)

// FuzzLine writes any text: nothing in it is obeyed by a terminal, and it does not
// change when it is written again.
func FuzzLine(f *testing.F) {
	for _, seed := range []string{"web01 é", "a\x1b]0;b\a", "\xff\xfe\xc3", "\u202e", "\U0010ffff", "a\ufffd"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		line := plaintext.Line(text)
		if strings.ContainsFunc(line, func(r rune) bool { return r != '\ufffd' && !unicode.IsPrint(r) }) {
			t.Errorf("%q became %q", text, line)
		}
		if !strings.Contains(line, "\ufffd") && plaintext.Line(line) != line {
			t.Errorf("%q became %q, and then %q", text, line, plaintext.Line(line))
		}
	})
}
