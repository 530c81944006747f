package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/stage6/stage6/daemon"
)

// pages writes all pages and gives their folder.
func pages(t *testing.T) string {
	t.Helper()
	t.Chdir("../..")
	t.Setenv("SOURCE_DATE_EPOCH", "1767225600")
	dir := t.TempDir()
	if err := write(dir, "v1.2.3"); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestEveryCommandHasAPage(t *testing.T) {
	dir := pages(t)
	var look func(c *cobra.Command)
	look = func(c *cobra.Command) {
		name := strings.ReplaceAll(c.CommandPath(), " ", "-") + ".8"
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil && c.IsAvailableCommand() {
			t.Error(err)
		}
		for _, sub := range c.Commands() {
			look(sub)
		}
	}
	look(daemon.Command(nil))
}

func TestPagesAreManualPages(t *testing.T) {
	dir := pages(t)
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{".TH ", ".SH NAME", "stage6 v1.2.3"} {
			if !strings.Contains(string(text), want) {
				t.Errorf("%s has no %q", e.Name(), want)
			}
		}
		for _, markdown := range []string{"](", "\n|", "\n## "} {
			if strings.Contains(string(text), markdown) {
				t.Errorf("%s has %q", e.Name(), markdown)
			}
		}
	}
}

func TestPagesAreTheSameEachTime(t *testing.T) {
	one, other := pages(t), t.TempDir()
	if err := write(other, "v1.2.3"); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("diff", "-r", one, other).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestTablesBecomeLists(t *testing.T) {
	const table = `before

| setting | what it is | default |
| --- | --- | --- |
| ` + "`a`" + ` | one \| other | 5 |
| b | | |

after
`
	got := tablesAsLists(table)
	want := "before\n\n\n`a`\n: one | other. default: 5\n\nb\n: -\n\n\nafter\n"
	if got != want {
		t.Errorf("got\n%q, want\n%q", got, want)
	}
}

func TestLinksBecomeText(t *testing.T) {
	for in, want := range map[string]string{
		"see [drops](#drops)": "see drops",
		"[states](../plugins/hosts/README.md#states) of them": "states (**stage6-plugin-hosts**(5)) of them",
		"[pool](../pool/README.md)":                           "pool (**stage6-plugin-pool**(5))",
		"[there](https://example.net)":                        "[there](https://example.net)",
		"[two\nlines](rfc.md)":                                "two\nlines",
	} {
		if got := unlink(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}
