package main

import (
	"os"
	"path/filepath"
	"testing"
)

func TestFiguresArePutBetweenTheirMarks(t *testing.T) {
	const document = "# Title\n\n<!-- measured: a -->\nold\n<!-- end of measured: a -->\nprose\n<!-- measured: b -->\n<!-- end of measured: b -->\n"
	const want = "# Title\n\n<!-- measured: a -->\n\n| new |\n\n<!-- end of measured: a -->\nprose\n<!-- measured: b -->\n<!-- end of measured: b -->\n"
	path := filepath.Join(t.TempDir(), "performance.md")
	if err := os.WriteFile(path, []byte(document), 0o644); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time changes nothing
		if err := put(path, "a", "\n| new |\n\n\n"); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != want {
			t.Errorf("got %q", got)
		}
	}
}

func TestADocumentWithoutThePlaceIsLeftAlone(t *testing.T) {
	for name, document := range map[string]string{
		"no marks":            "# Title\n",
		"no end":              "<!-- measured: a -->\n",
		"the end first":       "<!-- end of measured: a -->\n<!-- measured: a -->\n",
		"the beginning twice": "<!-- measured: a -->\n<!-- measured: a -->\n<!-- end of measured: a -->\n",
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := replace(document, "a", "new"); err == nil {
				t.Errorf("got %q, want an error", got)
			}
		})
	}
}
