package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// promise is how a document names a test: `package: TestName/case`, where the
// case may end in a star, and has hyphens where the test's name has spaces.
var promise = regexp.MustCompile("`([a-z0-9_/]+): (Test[A-Za-z0-9_]+)(?:/([^`]+))?`")

// TestEveryPromisedTestExists reads docs/rfc.md, the table of what the RFCs ask
// of a server, and SECURITY.md, those of what attackers get.
func TestEveryPromisedTestExists(t *testing.T) {
	packages := map[string]*testNames{}
	for name, least := range map[string]int{"docs/rfc.md": 100, "SECURITY.md": 20} {
		found := promisesIn(t, name)
		if len(found) < least {
			t.Fatalf("%s names %d tests; has its form changed?", name, len(found))
		}
		for _, m := range found {
			pkg := m[1]
			if packages[pkg] == nil {
				packages[pkg] = namesOf(t, filepath.Join("../..", pkg))
			}
			if !packages[pkg].has(m[2], m[3]) {
				t.Errorf("%s: there is no %s", name, m[0])
			}
		}
	}
}

// promisesIn gives what the tables of a document promise.
func promisesIn(t *testing.T, name string) (found [][]string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../..", name))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "|") {
			found = append(found, promise.FindAllStringSubmatch(line, -1)...)
		}
	}
	return found
}

// testNames is what tests a package has: the functions, and everything that
// can be the name of a case.
type testNames struct {
	functions map[string]bool
	cases     map[string]bool
}

// namesOf reads the tests of the package in a folder; a folder that is not
// there has none.
func namesOf(t *testing.T, folder string) *testNames {
	t.Helper()
	n := &testNames{map[string]bool{}, map[string]bool{}}
	files, err := filepath.Glob(filepath.Join(folder, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, n.add)
	}
	n.addExchanges(t, filepath.Join(folder, "testdata"))
	return n
}

// add takes the names of functions, and all strings: the names of cases are
// among them.
func (n *testNames) add(node ast.Node) bool {
	switch node := node.(type) {
	case *ast.FuncDecl:
		if node.Recv == nil {
			n.functions[node.Name.Name] = true
		}
	case *ast.BasicLit:
		if text, err := strconv.Unquote(node.Value); err == nil && node.Kind == token.STRING {
			n.cases[hyphens(text)] = true
		}
	}
	return true
}

// addExchanges takes the names of golden exchanges.
func (n *testNames) addExchanges(t *testing.T, folder string) {
	t.Helper()
	if _, err := os.Stat(folder); err != nil {
		return
	}
	err := filepath.WalkDir(folder, func(name string, _ fs.DirEntry, err error) error {
		if base, ok := strings.CutSuffix(filepath.Base(name), ".txtar"); ok {
			n.cases[base] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func hyphens(s string) string {
	return strings.NewReplacer(" ", "-", "_", "-").Replace(s)
}

// has says whether there is a function, and with a case, one of that name.
func (n *testNames) has(function, name string) bool {
	if !n.functions[function] {
		return false
	}
	if name == "" {
		return true
	}
	for c := range n.cases {
		if ok, _ := path.Match(hyphens(name), c); ok {
			return true
		}
	}
	return false
}
