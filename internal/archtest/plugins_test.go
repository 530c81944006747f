package archtest

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// code is a block of Go in a page.
var code = regexp.MustCompile("(?ms)^```go\n(.*?)^```$")

// TestThePageForAuthorsQuotesCodeThatIsTested compares docs/plugins.md with the
// worked examples, which are compiled and tested as modules of their own.
func TestThePageForAuthorsQuotesCodeThatIsTested(t *testing.T) {
	page, err := os.ReadFile("../../docs/plugins.md")
	if err != nil {
		t.Fatal(err)
	}
	all := examples(t)
	quoted := code.FindAllStringSubmatch(string(page), -1)
	if len(quoted) < 5 {
		t.Fatalf("%d blocks of Go, want at least 5", len(quoted))
	}
	for _, block := range quoted {
		if !strings.Contains(all, "\n"+block[1]) {
			t.Errorf("no example has\n%s", block[1])
		}
	}
}

// examples gives all Go code of the worked examples.
func examples(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir("../../examples/plugins", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".go" {
			return err
		}
		data, err := os.ReadFile(path)
		all.Write(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}
