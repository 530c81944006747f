package coredhcp_test

import (
	"testing"

	"golang.org/x/tools/go/packages"
)

// TestNothingComesInThatNeedsC looks at all that a program with this package has,
// beside Go's own packages: none may be of C, nor capture packets.
func TestNothingComesInThatNeedsC(t *testing.T) {
	mode := packages.NeedName | packages.NeedImports | packages.NeedDeps | packages.NeedFiles | packages.NeedModule
	roots, err := packages.Load(&packages.Config{Mode: mode}, ".")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	packages.Visit(roots, nil, func(p *packages.Package) {
		if p.Module == nil {
			return
		}
		seen++
		switch p.Module.Path {
		case "github.com/google/gopacket", "github.com/mattn/go-sqlite3":
			t.Errorf("%s comes in", p.PkgPath)
		}
		for _, f := range p.OtherFiles {
			if len(f) > 2 && f[len(f)-2:] == ".c" {
				t.Errorf("%s has %s", p.PkgPath, f)
			}
		}
		if _, ok := p.Imports["C"]; ok {
			t.Errorf("%s needs cgo", p.PkgPath)
		}
	})
	if seen < 10 {
		t.Errorf("looked at %d packages", seen)
	}
}
