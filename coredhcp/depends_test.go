package coredhcp_test

import (
	"strings"
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
			if strings.HasSuffix(f, ".c") {
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

// TestTheDefaultBuildHasNothingOfCoreDHCP looks at all that stage6 is linked with.
func TestTheDefaultBuildHasNothingOfCoreDHCP(t *testing.T) {
	mode := packages.NeedName | packages.NeedImports | packages.NeedDeps
	roots, err := packages.Load(&packages.Config{Mode: mode}, "../cmd/stage6")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	packages.Visit(roots, nil, func(p *packages.Package) {
		seen++
		reader := "github.com/stage6/stage6/internal/migrate/coredhcp" // reads configurations
		if strings.Contains(p.PkgPath, "coredhcp") && p.PkgPath != reader {
			t.Errorf("%s comes in", p.PkgPath)
		}
	})
	if seen < 100 {
		t.Errorf("looked at %d packages", seen)
	}
}
