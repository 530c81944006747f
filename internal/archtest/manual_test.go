package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stage6/stage6/event"
	"github.com/stage6/stage6/internal/wire"
)

// manual is the page on which operators look things up.
const manual = "../../docs/stage6.md"

// TestTheManualHasEveryMetric compares the metrics that the page explains with
// those of the code, both ways.
func TestTheManualHasEveryMetric(t *testing.T) {
	form := regexp.MustCompile(`^stage6_[a-z_]+$`)
	code := map[string]bool{}
	for _, folder := range []string{"daemon", "internal", "plugins"} {
		eachFile(t, folder, func(f *ast.File) {
			for _, s := range literals(f) {
				if form.MatchString(s) {
					code[s] = true
				}
			}
		})
	}
	compare(t, code, explained(t, regexp.MustCompile("`(stage6_[a-z_]+)(?:{[a-z,]+})?`"), "## Metrics"))
}

// TestTheManualHasEveryDrop does the same for the reasons to drop a datagram.
func TestTheManualHasEveryDrop(t *testing.T) {
	code := map[string]bool{}
	for r := wire.OK + 1; !strings.HasPrefix(r.String(), "reason("); r++ {
		code[r.String()] = true
	}
	for _, s := range literals(parse(t, "../server/reason.go")) {
		code[s] = true
	}
	for _, folder := range []string{"plugins", "coredhcp"} {
		eachFile(t, folder, func(f *ast.File) {
			for _, s := range dropped(f) {
				code[s] = true
			}
		})
	}
	compare(t, code, explained(t, regexp.MustCompile("`([a-z-]+)`"), "## Drops"))
}

// TestTheManualHasEveryEvent does the same for the kinds of events.
func TestTheManualHasEveryEvent(t *testing.T) {
	code := map[string]bool{}
	for k := event.Kind(1); int(k) < event.Kinds; k++ {
		code[k.String()] = true
	}
	compare(t, code, explained(t, regexp.MustCompile("`([a-z-]+)`"), "## Events"))
}

// compare names what is on one side only.
func compare(t *testing.T, code, page map[string]bool) {
	t.Helper()
	if len(code) < 20 {
		t.Fatalf("found %d names in the code; has its form changed?", len(code))
	}
	for name := range code {
		if !page[name] {
			t.Errorf("docs/stage6.md does not explain %s", name)
		}
	}
	for name := range page {
		if !code[name] {
			t.Errorf("docs/stage6.md explains %s, which is not in the code", name)
		}
	}
}

// explained gives what form matches in the first column of a section's table.
func explained(t *testing.T, form *regexp.Regexp, section string) map[string]bool {
	t.Helper()
	text, err := os.ReadFile(manual)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "\n"+section+"\n")
	rest, _, _ = strings.Cut(rest, "\n## ")
	names := map[string]bool{}
	for line := range strings.Lines(rest) {
		if !strings.HasPrefix(line, "| `") {
			continue
		}
		first, _, _ := strings.Cut(line[2:], " | ")
		for _, m := range form.FindAllStringSubmatch(first, -1) {
			names[m[1]] = true
		}
	}
	return names
}

// eachFile calls do for each file of a folder that is not a test.
func eachFile(t *testing.T, folder string, do func(*ast.File)) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join("../..", folder), func(path string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") {
			do(parse(t, path))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func parse(t *testing.T, path string) *ast.File {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// literals gives the strings in the declarations of a file, but its imports.
func literals(f *ast.File) (out []string) {
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.BasicLit:
			if s, err := strconv.Unquote(n.Value); err == nil && n.Kind == token.STRING {
				out = append(out, s)
			}
		}
		return true
	})
	return out
}

// dropped gives the reasons that a plugin's file gives to Exchange.Drop: as
// literals, or by the name of a constant of the same file.
func dropped(f *ast.File) (out []string) {
	ast.Inspect(f, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) != 1 {
			return true
		}
		if s, ok := call.Fun.(*ast.SelectorExpr); ok && s.Sel.Name == "Drop" {
			out = append(out, value(f, call.Args[0])...)
		}
		return true
	})
	return slices.Compact(out)
}

// value gives the strings that an expression is written with.
func value(f *ast.File, e ast.Expr) []string {
	name, ok := e.(*ast.Ident)
	if !ok {
		return literals(&ast.File{Name: f.Name, Decls: []ast.Decl{&ast.GenDecl{Specs: []ast.Spec{&ast.ValueSpec{Values: []ast.Expr{e}}}}}})
	}
	var out []string
	ast.Inspect(f, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok && len(spec.Values) == 1 && spec.Names[0].Name == name.Name {
			out = append(out, value(f, spec.Values[0])...)
		}
		return true
	})
	return out
}
