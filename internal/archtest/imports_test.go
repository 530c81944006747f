// Package archtest holds the tests of ARCHITECTURE.md: which package may
// import which, and what public packages may show.
package archtest

import (
	"go/types"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/go/packages"
)

const module = "github.com/stage6/stage6/"

// nouns import each other and nothing else of ours.
var nouns = []string{"ident", "link", "lease", "host", "stage", "event"}

// layers says what each package, or each package below a folder, may import of
// this module, beside the nouns. Imports point from later lines to earlier
// ones only.
var layers = []struct {
	pkg   string
	needs []string
}{
	{"internal/wire", nil},
	{"internal/allocator", nil},
	{"internal/match", nil},
	{"internal/strict", nil},
	{"internal/listen", nil},
	{"internal/frame", nil},
	{"internal/neighbor", nil},
	{"internal/privilege", nil},
	{"internal/memory", nil},
	{"internal/icmp6", nil},
	{"internal/managed", nil},
	{"internal/quiet", nil},
	{"internal/flood/floodlab", []string{"internal/netlab"}},
	{"internal/flood", nil},
	{"internal/plaintext", nil},
	{"internal/watch", nil},
	{"internal/leaseclock", nil},
	{"internal/token", nil},
	{"internal/lasting", nil},
	{"internal/events", nil},
	{"internal/backup", nil},
	{"internal/logfile", nil},
	{"internal/sink", []string{"internal/events", "internal/quiet"}},
	{"internal/netlab", []string{"internal/netlab"}},
	{"internal/impair", nil},
	{"internal/hostile", nil},
	{"internal/validate", nil},
	{"internal/testrelay", []string{"internal/impair", "internal/netlab"}},
	{"internal/simulate", []string{"internal/impair", "internal/validate", "internal/wire"}},
	{"internal/bindings", []string{"internal/allocator"}},
	{"internal/committer", []string{"internal/bindings"}},
	{"internal/exchange", []string{"internal/wire", "internal/bindings"}},
	{"internal/history", []string{"internal/wire", "internal/exchange"}},
	{"internal/config", []string{"internal/strict"}},
	{"pipeline/pipelinetest", []string{"pipeline", "api", "internal/explain", "internal/history", "internal/events", "internal/wire", "internal/exchange", "internal/bindings", "internal/allocator", "internal/config", "internal/strict", "internal/assembly", "internal/server", "internal/committer", "internal/memory", "pipeline/pipelinetest"}},
	{"pipeline", []string{"internal/events", "internal/wire", "internal/allocator", "internal/bindings", "internal/exchange", "internal/match"}},
	{"internal/optiontext", []string{"pipeline", "internal/wire", "internal/strict"}},
	{"internal/hosttext", []string{"pipeline", "internal/optiontext", "internal/reserve", "internal/strict"}},
	{"internal/firmware", []string{"pipeline", "internal/strict"}},
	{"internal/reserve", []string{"pipeline"}},
	{"internal/quota", []string{"pipeline"}},
	{"internal/ranges", []string{"pipeline", "internal/strict"}},
	{"plugins", []string{"pipeline", "internal/hosttext", "internal/managed", "internal/optiontext", "internal/firmware", "internal/quiet", "internal/quota", "internal/ranges", "internal/reserve", "internal/wire", "internal/strict", "internal/allocator", "internal/bindings", "internal/memory", "internal/watch"}},
	{"coredhcp", []string{"pipeline", "internal/quiet", "internal/wire", "internal/strict", "internal/exchange"}},
	{"internal/server", []string{"internal/flood", "internal/history", "internal/quiet", "pipeline", "internal/firmware", "internal/wire", "internal/bindings", "internal/exchange"}},
	{"internal/explain", []string{"internal/plaintext", "api", "pipeline", "pipeline/pipelinetest/dhcptext", "internal/wire", "internal/exchange", "internal/history"}},
	{"internal/front", []string{"internal/flood", "internal/bindings", "internal/committer", "internal/exchange", "internal/history", "internal/listen", "internal/server"}},
	{"api", nil},
	{"internal/linkwatch", []string{"api", "internal/icmp6", "internal/managed"}},
	{"internal/migrate", []string{"internal/migrate"}},
	{"internal/web/webtest", []string{"internal/netlab"}},
	{"internal/web", []string{"api"}},
	{"internal/api", []string{"api", "internal/api", "internal/strict", "internal/web"}},
	{"internal/credentials", []string{"api", "internal/quiet", "internal/strict", "internal/watch"}},
	{"internal/compiled", []string{"pipeline"}},
	{"internal/assembly", []string{"internal/flood", "pipeline", "internal/hosttext", "internal/bindings", "internal/compiled", "internal/config", "internal/quiet", "internal/server", "internal/strict", "internal/token"}},
	{"daemon", []string{"internal/plaintext", "internal/reserve", "internal/memory", "internal/netlab", "internal/hosttext", "internal/lasting", "internal/watch", "internal/explain", "internal/history", "api", "pipeline", "internal/events", "internal/assembly", "internal/backup", "internal/allocator", "internal/api", "internal/bindings", "internal/committer", "internal/compiled", "internal/config", "internal/credentials", "internal/frame", "internal/front", "internal/icmp6", "internal/impair", "internal/leaseclock", "internal/linkwatch", "internal/listen", "internal/managed", "internal/migrate", "internal/logfile", "internal/neighbor", "internal/privilege", "internal/server", "internal/simulate", "internal/sink", "internal/strict", "internal/quiet", "internal/token", "internal/validate", "internal/web"}},
	{"cmd", []string{"daemon", "pipeline", "plugins"}},
	{"generator", []string{"generator"}},
	{"packaging", []string{"daemon"}},
}

// load reads packages of the module, by patterns, or all. Of what they import, types come from what the
// compiler has left, since checking all of that anew takes minutes.
func load(t *testing.T, mode packages.LoadMode, patterns ...string) []*packages.Package {
	t.Helper()
	if len(patterns) == 0 {
		patterns = []string{"./..."}
	}
	pkgs, err := packages.Load(&packages.Config{Mode: mode, Dir: "../.."}, patterns...)
	if err != nil {
		t.Fatal(err)
	}
	return pkgs
}

func TestImportsPointOneWay(t *testing.T) {
	for _, p := range load(t, packages.NeedName|packages.NeedImports) {
		name, ours := strings.CutPrefix(p.PkgPath, module)
		if !ours || skipped(name) {
			continue
		}
		for path := range p.Imports {
			imported, ours := strings.CutPrefix(path, module)
			if ours && !allowed(t, name, imported) {
				t.Errorf("%s imports %s, which ARCHITECTURE.md does not allow", name, imported)
			}
		}
	}
}

// skipped names what holds tests and demonstrations only.
func skipped(name string) bool {
	return name == "integ" || strings.HasPrefix(name, "integ/") || name == "internal/archtest" || name == "internal/demo" || strings.HasPrefix(name, "bench/")
}

func allowed(t *testing.T, name, imported string) bool {
	if slices.Contains(nouns, imported) {
		return true
	}
	if slices.Contains(nouns, name) {
		return false
	}
	for _, l := range layers {
		if below(name, l.pkg) {
			return slices.ContainsFunc(l.needs, func(n string) bool { return below(imported, n) })
		}
	}
	t.Errorf("%s is not in the layers of this test", name)
	return true
}

func below(name, folder string) bool {
	return name == folder || strings.HasPrefix(name, folder+"/")
}

func TestPublicSignaturesShowNoInternalType(t *testing.T) {
	looked := 0
	for _, p := range load(t, packages.NeedName|packages.NeedTypes) {
		name, ours := strings.CutPrefix(p.PkgPath, module)
		if !ours || strings.HasPrefix(name, "internal/") || p.Types == nil {
			continue
		}
		scope := p.Types.Scope()
		for _, id := range scope.Names() {
			if o := scope.Lookup(id); o.Exported() {
				looked++
				for _, shown := range internalTypes(o) {
					t.Errorf("%s.%s shows %s", name, id, shown)
				}
			}
		}
	}
	if looked == 0 {
		t.Error("no public signature was found")
	}
}

// internalTypes lists the internal types in what o shows: its type, its
// exported fields and its methods.
func internalTypes(o types.Object) (found []string) {
	seen := map[types.Type]bool{}
	var walk func(types.Type)
	walk = func(t types.Type) {
		if seen[t] {
			return
		}
		seen[t] = true
		found = append(found, named(t)...)
		for _, inner := range shownBy(t) {
			walk(inner)
		}
	}
	walk(o.Type())
	if n, ok := o.Type().(*types.Named); ok && n.Obj() == o {
		for m := range n.Methods() {
			if m.Exported() {
				walk(m.Type())
			}
		}
		for _, inner := range shownBy(n.Underlying()) {
			walk(inner)
		}
	}
	return found
}

func named(t types.Type) []string {
	n, ok := t.(*types.Named)
	if ok && n.Obj().Pkg() != nil && strings.HasPrefix(n.Obj().Pkg().Path(), module+"internal/") {
		return []string{n.String()}
	}
	return nil
}

// shownBy gives the types that a reader of t sees.
func shownBy(t types.Type) (out []types.Type) {
	switch t := t.(type) {
	case *types.Pointer:
		out = append(out, t.Elem())
	case *types.Slice:
		out = append(out, t.Elem())
	case *types.Array:
		out = append(out, t.Elem())
	case *types.Chan:
		out = append(out, t.Elem())
	case *types.Map:
		out = append(out, t.Key(), t.Elem())
	case *types.Signature:
		for v := range t.Params().Variables() {
			out = append(out, v.Type())
		}
		for v := range t.Results().Variables() {
			out = append(out, v.Type())
		}
	case *types.Struct:
		for f := range t.Fields() {
			if f.Exported() {
				out = append(out, f.Type())
			}
		}
	case *types.Interface:
		for m := range t.Methods() {
			out = append(out, m.Type())
		}
	}
	return out
}
