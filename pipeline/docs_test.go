package pipeline

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestDocumentationListsTheFacts compares docs/expressions.md with the facts
// that there are; UPDATE_GOLDEN=1 writes them there.
func TestDocumentationListsTheFacts(t *testing.T) {
	const path, begin, end = "../docs/expressions.md", "UPDATE_GOLDEN=1 -->\n", "<!-- end of facts -->"
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(file), begin)
	got, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("%s has no place for the facts", path)
	}
	want := "| fact | type | what it is |\n| --- | --- | --- |\n"
	for _, f := range NewExpressions().Facts() {
		want += fmt.Sprintf("| `%s` | %s | %s |\n", f.Name, f.Type, f.Doc)
	}
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(path, []byte(before+begin+want+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("facts in %s (-want +got):\n%s", path, diff)
	}
}

// TestExamplesOfTheDocumentationCompile takes what stands between backquotes
// and compares a fact.
func TestExamplesOfTheDocumentationCompile(t *testing.T) {
	file, err := os.ReadFile("../docs/expressions.md")
	if err != nil {
		t.Fatal(err)
	}
	compiled := 0
	for _, example := range regexp.MustCompile("`([^`\\n]+ \"[^`\\n]+)`").FindAllStringSubmatch(string(file), -1) {
		if _, err := NewExpressions().Compile(example[1]); err != nil {
			t.Errorf("%s: %v", example[1], err)
		}
		compiled++
	}
	if compiled < 5 {
		t.Errorf("%d examples, want at least 5", compiled)
	}
}
