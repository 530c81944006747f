package pluginlist_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stage6/stage6/generator/pluginlist"
)

// builtins are those of a default build.
func builtins(t *testing.T) []pluginlist.Plugin {
	t.Helper()
	all, err := pluginlist.Builtins("b.txt", strings.NewReader("# stores\n./plugins/memory\n\n./plugins/dns # names\n./plugins/server_id\n./plugins/file\n"))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// write writes files below a new folder, without links in its path, and gives
// that.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	folder, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		name = filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// modules are two on this machine.
func modules() map[string]string {
	return map[string]string{
		"rack/go.mod":          "module example.org/rack/v2\n",
		"rack/rack.go":         "package rack\n",
		"rack/switches/s.go":   "package switches\n",
		"rack/docs/a_test.go":  "package docs\n",
		"rack/with space/a.go": "package withspace\n",
		"nameless/go.mod":      "go 1.26\n",
	}
}

func TestAListHasOnePluginOnALine(t *testing.T) {
	files := modules()
	files["l.txt"] = `# all of it
dns
./plugins/identify      # of the stage6 module
example.org/x/v2
	example.org/my-plugin+c.v1
example.org/y/sub@v1.2.3
example.org/z@latest
example.org/rack/v2/switches=rack
example.org/rack/v2@v2.1.0=rack/docs
`
	folder := write(t, files)
	rack := &pluginlist.Module{Path: "example.org/rack/v2", Dir: filepath.Join(folder, "rack")}
	got, err := pluginlist.ReadFile(filepath.Join(folder, "l.txt"), builtins(t))
	if err != nil {
		t.Fatal(err)
	}
	want := []pluginlist.Plugin{
		{Path: "github.com/stage6/stage6/plugins/dns"},
		{Path: "github.com/stage6/stage6/plugins/identify"},
		{Path: "example.org/x/v2"},
		{Path: "example.org/my-plugin+c.v1"},
		{Path: "example.org/y/sub", Version: "v1.2.3"},
		{Path: "example.org/z", Version: "latest"},
		{Path: "example.org/rack/v2/switches", Local: rack},
		{Path: "example.org/rack/v2", Version: "v2.1.0", Local: rack},
	}
	if diff := cmp.Diff(want, placeless(got.Plugins)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if got.Plugins[1].Place != filepath.Join(folder, "l.txt")+":3" {
		t.Errorf("the place is %s", got.Plugins[1].Place)
	}
}

// placeless gives plugins without their places.
func placeless(plugins []pluginlist.Plugin) (out []pluginlist.Plugin) {
	for _, p := range plugins {
		p.Place = ""
		out = append(out, p)
	}
	return out
}

func TestAListRefusesWhatItCannotMean(t *testing.T) {
	folder := write(t, modules())
	t.Chdir(folder)
	for name, c := range map[string]struct{ text, want string }{
		"a path twice":                {"a.org/x\nb.org/y\na.org/x\n", `l.txt:3: "a.org/x" stands at l.txt:1 already`},
		"two paths on a line":         {"a.org/x b.org/y\n", `l.txt:1: "a.org/x b.org/y": want one import path`},
		"a name that is not built in": {"dnz\n", `l.txt:1: no built-in plugin is named "dnz" (there are memory, dns, server_id, file); others are named by their import path, such as example.org/dnz`},
		"no version":                  {"a.org/x@\n", `l.txt:1: "a.org/x@": no version stands behind @`},
		"no folder":                   {"a.org/x=\n", `l.txt:1: "a.org/x=": no folder stands behind =`},
		"a folder that is not there":  {"=there\n", `l.txt:1: "=there": lstat ` + folder + `/there: no such file or directory`},
		"a folder without a package":  {"=rack/docs\n", `l.txt:1: "=rack/docs": there is no Go package in ` + folder + `/rack/docs`},
		"a package of another module": {"example.org/rack=rack\n", `l.txt:1: "example.org/rack=rack": the module in ` + folder + `/rack is example.org/rack/v2, and example.org/rack does not belong to it`},
		"a module without a name":     {"=nameless\n", `l.txt:1: "=nameless": ` + folder + `/nameless/go.mod names no module`},
		"a file":                      {"=rack/rack.go\n", `l.txt:1: "=rack/rack.go": ` + folder + `/rack/rack.go is a file, want the folder of a Go module`},
		"an import path that is none": {"a.org//x\n", `l.txt:1: "a.org//x": not an import path: double slash`},
		"a folder with a space":       {"=rack/with space\n", `l.txt:1: "=rack/with space": not an import path: invalid char ' '`},
		"a version of a built-in one": {"./plugins/dns@v1.0.0\n", `l.txt:1: "./plugins/dns@v1.0.0": the plugin comes with stage6, whose version --stage6 v1.0.0 would choose`},
		"several mistakes, all of them": {"a.org/x@\ndnz\n", "l.txt:1: \"a.org/x@\": no version stands behind @\n" +
			`l.txt:2: no built-in plugin is named "dnz" (there are memory, dns, server_id, file); others are named by their import path, such as example.org/dnz`},
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile("l.txt", []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := pluginlist.ReadFile("l.txt", builtins(t))
			if err == nil || err.Error() != c.want {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

// TestAListOfCoreDHCPIsReadButForIPv4 reads such a list as CoreDHCP comes with.
func TestAListOfCoreDHCPIsReadButForIPv4(t *testing.T) {
	const list = "github.com/coredhcp/coredhcp/plugins/"
	folder := write(t, map[string]string{"core-plugins.txt": list + "dns\n" + list + "file\n" + list + "mtu\n" + list + "serverid\n" + list + "sleep\n" +
		list + "range\n" + list + "leasetime\n" + "example.org/own\n"})
	t.Chdir(folder)
	got, err := pluginlist.ReadFile("core-plugins.txt", builtins(t))
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, p := range got.Plugins {
		paths = append(paths, p.Path)
	}
	if diff := cmp.Diff([]string{list + "dns", list + "file", list + "serverid", list + "sleep", "example.org/own"}, paths); diff != "" {
		t.Errorf("plugins (-want +got)\n%s", diff)
	}
	const want = `core-plugins.txt:3: "github.com/coredhcp/coredhcp/plugins/mtu": a plugin of CoreDHCP for IPv4: leave it out
core-plugins.txt:6: "github.com/coredhcp/coredhcp/plugins/range": a plugin of CoreDHCP for IPv4: leave it out, or write pool for addresses
core-plugins.txt:7: "github.com/coredhcp/coredhcp/plugins/leasetime": a plugin of CoreDHCP for IPv4: leave it out, or write lifetimes`
	if diff := cmp.Diff(want, strings.Join(got.LeftOut, "\n")); diff != "" {
		t.Errorf("left out (-want +got)\n%s", diff)
	}
}
