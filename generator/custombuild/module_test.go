package custombuild

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stage6/stage6/generator/pluginlist"
)

// local makes a plugin of a module on this machine.
func local(path, module, dir string) pluginlist.Plugin {
	return pluginlist.Plugin{Path: path, Local: &pluginlist.Module{Path: module, Dir: dir}}
}

func TestTheModuleHasPinsAndReplacements(t *testing.T) {
	root := write(t, map[string]string{
		"stage6/go.mod": "module github.com/stage6/stage6\n\ngo 1.26.1\n",
		"stage6/go.sum": "a v1 h1:=\nb v1 h1:=\n",
		"rack/go.sum":   "b v1 h1:=\nc v1 h1:=\n",
	})
	w := workspace{dir: filepath.Join(root, "build"), stage6: Stage6{Version: "v0.0.0", Dir: filepath.Join(root, "stage6"), Local: true}}
	w.plugins = []pluginlist.Plugin{
		{Path: "github.com/stage6/stage6/plugins/dns"},
		local("example.org/rack/v2/a", "example.org/rack/v2", filepath.Join(root, "rack")),
		local("gopkg.in/old.v3", "gopkg.in/old.v3", filepath.Join(root, "old")),
		{Path: "example.org/far/b", Version: "v1.2.3"},
		{Path: "example.org/rack/v2/c"},
	}
	if err := os.Mkdir(w.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := w.write(); err != nil {
		t.Fatal(err)
	}
	const mod = `module stage6.build

go 1.26.1

require (
	example.org/rack/v2 v2.0.0
	github.com/stage6/stage6 v0.0.0
	gopkg.in/old.v3 v3.0.0
)

replace example.org/rack/v2 => ./local/example.org/rack/v2

replace github.com/stage6/stage6 => ./local/github.com/stage6/stage6

replace gopkg.in/old.v3 => ./local/gopkg.in/old.v3
`
	for name, want := range map[string]string{"go.mod": mod, "go.sum": "a v1 h1:=\nb v1 h1:=\nc v1 h1:=\n", "main.go": mainFile} {
		got, err := os.ReadFile(filepath.Join(w.dir, name))
		if diff := cmp.Diff(want, string(got)); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got)\n%s", name, err, diff)
		}
	}
	if got, err := os.Readlink(filepath.Join(w.dir, "local/example.org/rack/v2")); err != nil || got != filepath.Join(root, "rack") {
		t.Errorf("the link leads to %s (%v)", got, err)
	}
	if got := w.wanted(); !slices.Equal(got, []string{"example.org/far/b@v1.2.3"}) {
		t.Errorf("to fetch: %q", got)
	}
}

func TestFetchedPluginsDoNotChangeTheStage6ThatIsFetched(t *testing.T) {
	w := workspace{stage6: Stage6{Version: "v1.4.0"}, plugins: []pluginlist.Plugin{{Path: "github.com/stage6/stage6/plugins/dns"}, {Path: "example.org/far"}}}
	if got := w.wanted(); !slices.Equal(got, []string{"example.org/far", "github.com/stage6/stage6@v1.4.0"}) {
		t.Errorf("to fetch: %q", got)
	}
}
