package archtest

import (
	"fmt"
	"go/types"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/go/packages"
)

// public lists the packages that others import, whose signatures they rely on: see
// docs/plugins.md.
var public = append(slices.Clone(nouns), "api", "pipeline", "pipeline/pipelinetest", "pipeline/pipelinetest/dhcptext", "daemon", "coredhcp")

// TestPublicSignaturesChangeOnPurpose compares what the public packages export with
// testdata/api, a file for each. UPDATE_GOLDEN=1 writes them: what is removed or
// changed there breaks the plugins of others, and is for a new major version.
func TestPublicSignaturesChangeOnPurpose(t *testing.T) {
	var paths []string
	for _, name := range public {
		paths = append(paths, module+name)
	}
	for _, p := range load(t, packages.NeedName|packages.NeedTypes, paths...) {
		name := strings.TrimPrefix(p.PkgPath, module)
		t.Run(name, func(t *testing.T) { compareAPI(t, name, exported(p.Types)) })
	}
}

// compareAPI fails the test unless a file says what a package exports.
func compareAPI(t *testing.T, name, got string) {
	t.Helper()
	if !strings.Contains(got, "\n") {
		t.Fatal("it exports nothing; could it be read?")
	}
	file := filepath.Join("testdata", "api", strings.ReplaceAll(name, "/", "_")+".txt")
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("if this is meant, and is said in CHANGELOG.md, run with UPDATE_GOLDEN=1 (-want +got)\n%s", diff)
	}
}

// exported gives the signatures that a package exports, a line for each, sorted.
func exported(p *types.Package) string {
	names := func(other *types.Package) string {
		if other == p {
			return ""
		}
		return other.Path()
	}
	var lines []string
	for _, id := range p.Scope().Names() {
		if o := p.Scope().Lookup(id); o.Exported() {
			lines = append(lines, declared(o, names)...)
		}
	}
	slices.Sort(lines)
	return strings.Join(append(lines, ""), "\n")
}

// declared gives the lines of one name.
func declared(o types.Object, names types.Qualifier) []string {
	switch o := o.(type) {
	case *types.Const:
		return []string{fmt.Sprintf("const %s %s = %s", o.Name(), types.TypeString(o.Type(), names), o.Val().ExactString())}
	case *types.TypeName:
		return declaredType(o, names)
	}
	return []string{types.ObjectString(o, names)}
}

// declaredType gives the lines of a type: one of itself, and one for each field and
// method that others see.
func declaredType(o *types.TypeName, names types.Qualifier) []string {
	named, ok := o.Type().(*types.Named)
	if !ok || o.IsAlias() {
		return []string{types.ObjectString(o, names)}
	}
	lines := []string{"type " + o.Name() + shape(named, names)}
	if s, ok := named.Underlying().(*types.Struct); ok {
		for f := range s.Fields() {
			if f.Exported() {
				lines = append(lines, fmt.Sprintf("type %s field %s %s", o.Name(), f.Name(), types.TypeString(f.Type(), names)))
			}
		}
	}
	if i, ok := named.Underlying().(*types.Interface); ok {
		for m := range i.Methods() {
			lines = append(lines, fmt.Sprintf("type %s method %s%s", o.Name(), m.Name(), signature(m, names)))
		}
	}
	for m := range named.Methods() {
		if m.Exported() {
			receiver := types.TypeString(m.Signature().Recv().Type(), names)
			lines = append(lines, fmt.Sprintf("func (%s) %s%s", receiver, m.Name(), signature(m, names)))
		}
	}
	return lines
}

// shape gives what a type is, without what has lines of its own.
func shape(named *types.Named, names types.Qualifier) string {
	switch named.Underlying().(type) {
	case *types.Struct:
		return " struct"
	case *types.Interface:
		return " interface"
	}
	return " " + types.TypeString(named.Underlying(), names)
}

// signature gives the parameters and results of a function.
func signature(f *types.Func, names types.Qualifier) string {
	return strings.TrimPrefix(types.TypeString(f.Signature(), names), "func")
}
