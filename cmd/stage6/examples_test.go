package main

import (
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stage6/stage6/pipeline"
	"github.com/stage6/stage6/pipeline/pipelinetest"
)

// TestTheExamplesTellTheirStories plays the exchanges that stand beside the
// configurations of the examples, byte for byte. UPDATE_GOLDEN=1 rewrites what
// the server says.
func TestTheExamplesTellTheirStories(t *testing.T) {
	for _, folder := range examples(t) {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			pipelinetest.Run(t, filepath.Join(folder, "*.txtar"), withoutServerID())
		})
	}
}

// TestTheExamplesAreCheckedWithoutWarnings has every configuration checked on a
// machine that has its interfaces.
func TestTheExamplesAreCheckedWithoutWarnings(t *testing.T) {
	for _, folder := range examples(t) {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			t.Chdir(folder)
			for _, name := range configurations(t) {
				text, err := os.ReadFile(name)
				if err != nil {
					t.Fatal(err)
				}
				for _, w := range pipelinetest.Warnings(t, string(text), interfaces(name), plugins()) {
					t.Errorf("%s: %s", name, w)
				}
			}
		})
	}
}

// TestTheExamplesAreTold has a page for each example, in a list of all.
func TestTheExamplesAreTold(t *testing.T) {
	list, err := os.ReadFile("../../examples/README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range examples(t) {
		name := filepath.Base(folder)
		if !strings.Contains(string(list), "("+name+"/README.md)") {
			t.Errorf("examples/README.md does not list %s", name)
		}
		if _, err := os.Stat(filepath.Join(folder, "README.md")); err != nil {
			t.Error(err)
		}
	}
}

// examples lists the folders of the examples.
func examples(t *testing.T) (folders []string) {
	t.Helper()
	found, err := filepath.Glob("../../examples/*/config.yml")
	if err != nil || len(found) == 0 {
		t.Fatalf("there are no examples (%v)", err)
	}
	for _, path := range found {
		folders = append(folders, filepath.Dir(path))
	}
	return folders
}

// configurations lists those of the folder that the test is in: the YAML files
// that are not hosts or tables of boot files.
func configurations(t *testing.T) (names []string) {
	t.Helper()
	found, err := filepath.Glob("*.yml")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range found {
		if name != "hosts.yml" && name != "boot.yml" {
			names = append(names, name)
		}
	}
	return names
}

// interfaces are those that a configuration is for: prov0, or the one of its
// name.
func interfaces(name string) []pipelinetest.Interface {
	on := "prov0"
	if name != "config.yml" {
		on = strings.TrimSuffix(name, ".yml")
	}
	return []pipelinetest.Interface{{Name: on, Prefixes: []netip.Prefix{netip.MustParsePrefix("fe80::/64")}}}
}

// withoutServerID is what is compiled in, but for server_id, in whose place the
// golden exchanges put a DUID that is the same in each.
func withoutServerID() []pipeline.Plugin {
	return slices.DeleteFunc(plugins(), func(p pipeline.Plugin) bool { return p.Name() == "server_id" })
}
