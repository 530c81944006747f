package plaintext_test

import (
	"testing"

	"github.com/stage6/stage6/internal/plaintext"
)

func TestOnlyWhatIsPrintedIsLeftAsItIs(t *testing.T) {
	for text, want := range map[string]string{
		"":                       "",
		"web01 é 机 …":            "web01 é 机 …",
		"a\x1b[2Jb":              `a\x1b[2Jb`,
		"a\nHINT all is well":    `a\nHINT all is well`,
		"a\rb\tc\x00\x7f":        `a\rb\tc\x00\x7f`,
		"\xc2\x9b31m":            `\u009b31m`,
		"\u202egnp.exe":          `\u202egnp.exe`,
		"\xff\xfe and \xc3":      `\xff\xfe and \xc3`,
		"a \ufffd that was sent": `a � that was sent`,
	} {
		if got := plaintext.Line(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}
