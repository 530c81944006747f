package archtest

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/go/packages"
)

// moduleRow is a line of the table of modules in SECURITY.md.
var moduleRow = regexp.MustCompile("(?m)^\\| `([a-z0-9./-]+\\.[a-z]+/[A-Za-z0-9._/-]+)` \\|")

// TestModulesAreTold compares the table of SECURITY.md with what the packages of
// the binary import from other modules.
func TestModulesAreTold(t *testing.T) {
	text, err := os.ReadFile("../../SECURITY.md")
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	for _, m := range moduleRow.FindAllStringSubmatch(string(text), -1) {
		told = append(told, m[1])
	}
	used := importedModules(t)
	for _, m := range told {
		if !slices.Contains(used, m) {
			t.Errorf("SECURITY.md tells of %s, which the server does not import", m)
		}
	}
	for _, m := range used {
		if !slices.Contains(told, m) {
			t.Errorf("the server imports %s, of which SECURITY.md does not tell what for", m)
		}
	}
}

// importedModules gives the modules that our packages in the binary import.
func importedModules(t *testing.T) (out []string) {
	t.Helper()
	mode := packages.NeedName | packages.NeedImports | packages.NeedDeps | packages.NeedModule
	roots, err := packages.Load(&packages.Config{Mode: mode}, module+"cmd/stage6")
	if err != nil || len(roots) != 1 {
		t.Fatalf("%d packages: %v", len(roots), err)
	}
	packages.Visit(roots, nil, func(p *packages.Package) {
		if !strings.HasPrefix(p.PkgPath+"/", module) {
			return
		}
		for _, imported := range p.Imports {
			m := imported.Module
			if m != nil && m.Path+"/" != module && !slices.Contains(out, m.Path) {
				out = append(out, m.Path)
			}
		}
	})
	return out
}
