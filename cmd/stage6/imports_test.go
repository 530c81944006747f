package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/stage6/stage6/pipeline/pipelinetest"
)

// TestImportedConfigurationsServeTheirClients plays exchanges of each scenario
// with the configuration that is made of another server's. The first line of an
// archive names the one that the import is tested by, whose result it has.
// UPDATE_GOLDEN=1 rewrites both.
func TestImportedConfigurationsServeTheirClients(t *testing.T) {
	const pattern = "testdata/imports/*.txtar"
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("there are no stories of imports (%v)", err)
	}
	for _, name := range files {
		haveImported(t, name)
	}
	pipelinetest.Run(t, pattern, tame())
}

// haveImported has an archive begin with the configuration that the import makes.
func haveImported(t *testing.T, name string) {
	t.Helper()
	story, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	source, _, _ := strings.Cut(string(story.Comment), "\n")
	golden, err := txtar.ParseFile(filepath.Join("../..", source))
	if err != nil {
		t.Fatal(err)
	}
	want := golden.Files[slices.IndexFunc(golden.Files, func(f txtar.File) bool { return f.Name == "want.yml" })]
	config := &story.Files[slices.IndexFunc(story.Files, func(f txtar.File) bool { return f.Name == "config.yml" })]
	if string(config.Data) == string(want.Data) {
		return
	}
	if os.Getenv("UPDATE_GOLDEN") == "" {
		t.Fatalf("%s: its configuration is not the one in %s: run with UPDATE_GOLDEN=1", name, source)
	}
	config.Data = want.Data
	if err := os.WriteFile(name, txtar.Format(story), 0o644); err != nil {
		t.Fatal(err)
	}
}
