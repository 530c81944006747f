package scaffold_test

import (
	"errors"
	"io/fs"
	"path/filepath"
	"testing"

	"github.com/stage6/stage6/generator/scaffold"
)

func TestNamesArePackagesAndKeys(t *testing.T) {
	for name, want := range map[string]string{
		"rack":      "",
		"rack_2":    "",
		"vlan-map":  `"vlan-map": want a name of lower-case letters, digits and underscores, which is its package and its key in the configuration, such as vlan_map`,
		"Rack":      `"Rack": want a name of lower-case letters, digits and underscores, which is its package and its key in the configuration, such as rack`,
		"2racks":    `"2racks": want a name of lower-case letters, digits and underscores, which is its package and its key in the configuration`,
		"../x":      `"../x": want a name of lower-case letters, digits and underscores, which is its package and its key in the configuration`,
		"interface": `"interface" means something else already: want another name`,
		"when":      `"when" means something else already: want another name`,
		"dns":       `"dns" is a built-in plugin: want another name`,
	} {
		got := ""
		if err := scaffold.CheckName(name, []string{"pool", "dns"}); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s: got  %s\nwant %s", name, got, want)
		}
	}
}

func TestAFolderThatIsThereIsLeftAlone(t *testing.T) {
	p := scaffold.Plugin{Name: "rack", Kind: "plugin", Folder: filepath.Join(t.TempDir(), "rack")}
	if _, err := p.Write(); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Write(); !errors.Is(err, fs.ErrExist) {
		t.Errorf("got %v", err)
	}
}
