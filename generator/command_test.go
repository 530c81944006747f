package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"
)

func TestTheManualHasEveryFlag(t *testing.T) {
	page, err := os.ReadFile("../docs/custom-builds.md")
	if err != nil {
		t.Fatal(err)
	}
	flags := 0
	(&program{}).command().Flags().VisitAll(func(f *pflag.Flag) {
		flags++
		if !f.Hidden && f.Name != "write-list" && !strings.Contains(string(page), "--"+f.Name) {
			t.Errorf("docs/custom-builds.md does not tell of --%s", f.Name)
		}
	})
	if flags < 8 {
		t.Errorf("found %d flags", flags)
	}
}

// TestTheDefaultBuildHasThePluginsOfItsList compares what is committed with what
// is generated.
func TestTheDefaultBuildHasThePluginsOfItsList(t *testing.T) {
	for flag, committed := range map[string]string{
		"--write-list":  "../cmd/stage6/plugins_gen.go",
		"--write-names": "../internal/compiled/builtins_gen.go",
	} {
		name := filepath.Join(t.TempDir(), filepath.Base(filepath.Dir(committed)), "gen.go")
		if err := os.Mkdir(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		succeed(t, "--list", "plugins.txt", flag, name)
		want, err := os.ReadFile(committed)
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(name)
		if diff := cmp.Diff(string(want), string(got)); err != nil || diff != "" {
			t.Errorf("%s is old: run go generate ./... (%v, -want +got)\n%s", committed, err, diff)
		}
	}
}

func TestPluginsThatCannotBeBegun(t *testing.T) {
	for name, c := range map[string]struct{ args, want string }{
		"no name":               {"new", "generator new: got 0 arguments, want the name of the plugin (see: generator new --help)"},
		"two names":             {"new a b", "generator new: got 2 arguments, want the name of the plugin (see: generator new --help)"},
		"a kind that is none":   {"new rack --kind store", `--kind "store": want plugin or source`},
		"a built-in one":        {"new pool", `"pool" is a built-in plugin: want another name`},
		"a module that is none": {"new rack --module example.org//x", `--module "example.org//x": want the path of a Go module, such as example.org/rack`},
	} {
		t.Run(name, func(t *testing.T) {
			var out, errs bytes.Buffer
			if code := run(t.Context(), strings.Fields(c.args), &out, &errs); code != exitUsage || errs.String() != "generator: "+c.want+"\n" {
				t.Errorf("exit code %d: %s", code, &errs)
			}
		})
	}
}

func TestAPluginIsNotBegunWhereOneIs(t *testing.T) {
	stage6, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	if err := os.Mkdir("rack", 0o755); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	code := run(t.Context(), []string{"new", "rack", "--module", "example.org/x", "--stage6", stage6}, &out, &errs)
	if code != exitFailed || !strings.HasSuffix(errs.String(), "/rack: file exists\n") {
		t.Errorf("exit code %d: %s", code, &errs)
	}
}
