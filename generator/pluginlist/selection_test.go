package pluginlist_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stage6/stage6/generator/pluginlist"
)

func TestSelections(t *testing.T) {
	listed := []pluginlist.Plugin{{Path: "a.org/x", Version: "v1.0.0"}, {Path: "a.org/y"}}
	for name, c := range map[string]struct {
		selection pluginlist.Selection
		want      string
	}{
		"nothing is the default build":          {pluginlist.Selection{}, "memory dns server_id file"},
		"names are a build of their own":        {pluginlist.Selection{Names: []string{"dns", "a.org/x@v1.0.0"}}, "dns a.org/x@v1.0.0"},
		"with adds to the default build":        {pluginlist.Selection{With: []string{"a.org/x"}}, "memory dns server_id file a.org/x"},
		"with adds to names":                    {pluginlist.Selection{Names: []string{"dns"}, With: []string{"a.org/x"}}, "dns a.org/x"},
		"without leaves out":                    {pluginlist.Selection{Without: []string{"dns", "memory"}}, "server_id file"},
		"without takes an import path":          {pluginlist.Selection{List: listed, Without: []string{"a.org/x"}}, "a.org/y"},
		"a list is a build of its own":          {pluginlist.Selection{List: listed}, "a.org/x@v1.0.0 a.org/y"},
		"names add to a list":                   {pluginlist.Selection{List: listed, Names: []string{"dns"}}, "a.org/x@v1.0.0 a.org/y dns"},
		"an argument says how one of a list is": {pluginlist.Selection{List: listed, With: []string{"a.org/x@v1.1.0"}}, "a.org/x@v1.1.0 a.org/y"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := c.selection.Plugins(builtins(t))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, brief(got)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// brief writes plugins on a line.
func brief(plugins []pluginlist.Plugin) string {
	var words []string
	for _, p := range plugins {
		word := p.Path
		if p.Builtin() {
			word = p.Name()
		}
		if p.Version != "" {
			word += "@" + p.Version
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

func TestSelectionsThatAreWrong(t *testing.T) {
	files := modules()
	files["copy/go.mod"], files["copy/other/o.go"] = files["rack/go.mod"], "package other\n"
	folder := write(t, files)
	for name, c := range map[string]struct {
		selection pluginlist.Selection
		want      string
	}{
		"one that is not there to leave out": {
			pluginlist.Selection{Without: []string{"dnz"}},
			`--without "dnz": no such plugin is selected: name a built-in plugin, or the whole import path`,
		},
		"nothing is left":    {pluginlist.Selection{Names: []string{"dns"}, Without: []string{"dns"}}, "no plugin is left: name some"},
		"one is named twice": {pluginlist.Selection{Names: []string{"dns"}, With: []string{"dns"}}, `--with "github.com/stage6/stage6/plugins/dns" is named twice`},
		"several mistakes": {
			pluginlist.Selection{Names: []string{"a.org/x@"}, With: []string{"b.org/y="}},
			"\"a.org/x@\": no version stands behind @\n--with \"b.org/y=\": no folder stands behind =",
		},
		"a module from two folders": {
			pluginlist.Selection{Folder: folder, With: []string{"./rack", "./copy/other"}},
			"the module example.org/rack/v2 is to come from two folders: " + folder + "/rack for example.org/rack/v2, and " +
				folder + "/copy for example.org/rack/v2/other",
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := c.selection.Plugins(builtins(t))
			if err == nil || err.Error() != c.want {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

func TestAFolderIsThePackageThatIsInIt(t *testing.T) {
	folder := write(t, modules())
	for _, text := range []string{"./rack/switches", "=rack/switches", filepath.Join(folder, "rack/switches")} {
		got, err := pluginlist.Selection{Folder: folder, Names: []string{text}}.Plugins(builtins(t))
		if err != nil {
			t.Fatal(err)
		}
		want := []pluginlist.Plugin{{
			Path: "example.org/rack/v2/switches", Local: &pluginlist.Module{Path: "example.org/rack/v2", Dir: filepath.Join(folder, "rack")},
		}}
		if diff := cmp.Diff(want, placeless(got)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", text, diff)
		}
	}
}
