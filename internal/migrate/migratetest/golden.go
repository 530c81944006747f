// Package migratetest tests formats by golden files.
package migratetest

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/stage6/stage6/internal/migrate"
)

// Golden imports each archive that the pattern matches, and compares what comes of
// it. Of its files the first is imported, in the format f; it may name the
// others. What is expected stands in want.yml, the configuration, and report.
// With UPDATE_GOLDEN set those two are written anew.
func Golden(t *testing.T, pattern string, f migrate.Format) {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("no archive is named %s (%v)", pattern, err)
	}
	for _, name := range files {
		if name, err = filepath.Abs(name); err != nil {
			t.Fatal(err)
		}
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) { golden(t, name, f) })
	}
}

func golden(t *testing.T, name string, f migrate.Format) {
	archive, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	first := Unpack(t, archive)
	got := Import(t, first, f)
	changed := false
	for _, want := range got {
		changed = compare(t, archive, want) || changed
	}
	if changed {
		if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// Unpack writes the inputs of an archive into the folder that the test is in, and
// gives the name of the first.
func Unpack(t *testing.T, archive *txtar.Archive) (first string) {
	t.Helper()
	for _, f := range archive.Files {
		if f.Name == "want.yml" || f.Name == "report" {
			continue
		}
		if first == "" {
			first = f.Name
		}
		if err := os.MkdirAll(filepath.Dir(f.Name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(f.Name, f.Data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return first
}

// Import imports a file and gives the configuration and the report.
func Import(t *testing.T, name string, f migrate.Format) []txtar.File {
	t.Helper()
	result, err := migrate.Formats{f}.Import([]string{name}, f.Name)
	if err != nil {
		t.Fatal(err)
	}
	files, err := result.Config.WriteYAML(result.Title([]string{name}), false)
	if err != nil {
		t.Fatal(err)
	}
	return []txtar.File{{Name: "want.yml", Data: files[0].Data}, {Name: "report", Data: Report(result.Report)}}
}

// Report writes a report, each entry on two lines.
func Report(r *migrate.Report) []byte {
	var out bytes.Buffer
	for _, e := range r.Entries() {
		fmt.Fprintf(&out, "%s:%d: %s: %s\n    %s\n", e.File, e.Line, e.Outcome, e.Text, e.Reason)
	}
	return out.Bytes()
}

// compare compares a file with that of the archive, or updates it.
func compare(t *testing.T, archive *txtar.Archive, got txtar.File) (changed bool) {
	t.Helper()
	i := slices.IndexFunc(archive.Files, func(f txtar.File) bool { return f.Name == got.Name })
	var want []byte
	if i >= 0 {
		want = archive.Files[i].Data
	}
	if bytes.Equal(want, got.Data) {
		return false
	}
	if os.Getenv("UPDATE_GOLDEN") == "" {
		t.Errorf("%s (-want +got):\n%s", got.Name, cmp.Diff(string(want), string(got.Data)))
		return false
	}
	if i < 0 {
		archive.Files = append(archive.Files, got)
	} else {
		archive.Files[i] = got
	}
	return true
}

// Fuzz imports whatever it is given, beginning with the inputs of the archives that
// the pattern matches. What is imported without an error can be written. Inputs
// with one of the words are left out: they might name other files.
func Fuzz(f *testing.F, pattern string, format migrate.Format, words ...string) {
	f.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		f.Fatalf("no archive is named %s (%v)", pattern, err)
	}
	for _, name := range files {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(archive.Files[0].Data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, w := range words {
			if bytes.Contains(data, []byte(w)) {
				return // it might name a file
			}
		}
		_ = format.Detect("input", data)
		c, r := &migrate.Config{}, &migrate.Report{}
		if err := format.Import([]*migrate.Source{migrate.NewSource("input", data)}, c, r); err != nil {
			return
		}
		c.Repair(r)
		if _, err := c.WriteYAML("fuzzed", false); err != nil {
			t.Fatalf("cannot be written: %v", err)
		}
		if format.Export != nil {
			if err := format.Export(io.Discard, c.Hosts, r); err != nil {
				t.Fatalf("hosts cannot be exported: %v", err)
			}
		}
	})
}
