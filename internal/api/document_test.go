package api

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/stage6/stage6/internal/api/apitest"
)

// TestTheDocumentHasWhatIsServed compares the operations of the document with
// the routes of the handler, both ways. Files of the page are no operations.
func TestTheDocumentHasWhatIsServed(t *testing.T) {
	h := NewHandler(&backend{}, prometheus.NewRegistry())
	said := map[string]bool{}
	for path, item := range apitest.Document(t, h).Paths.Map() {
		for method := range item.Operations() {
			said[method+" "+path] = true
		}
	}
	served := map[string]bool{}
	for _, r := range routes(&backend{}, http.NotFoundHandler()) {
		if !r.page {
			served[r.method+" "+r.said()] = true
		}
	}
	if diff := cmp.Diff(served, said); diff != "" || len(said) < 20 {
		t.Errorf("%d operations (-served +said)\n%s", len(said), diff)
	}
}

// TestCommentsAreInTheDocument compares comments.json, from which the document
// has what fields mean, with the comments of the packages whose types are sent.
// UPDATE_GOLDEN=1 writes it.
func TestCommentsAreInTheDocument(t *testing.T) {
	got := map[string]string{}
	for _, dir := range []string{"../../api", "../../event", "."} {
		addComments(t, got, dir)
	}
	text, err := json.MarshalIndent(got, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	text = append(text, '\n')
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile("comments.json", text, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(commentsJSON), string(text)); diff != "" {
		t.Errorf("run with UPDATE_GOLDEN=1 (-have +want)\n%s", diff)
	}
}

// addComments adds the comments of the structs in a folder that are sent.
func addComments(t *testing.T, to map[string]string, dir string) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	s := newSchemas()
	for _, r := range routes(&backend{}, http.NotFoundHandler()) {
		for _, value := range []any{r.body, r.answer, r.failure} {
			if value != nil {
				s.of(value)
			}
		}
	}
	for _, path := range paths {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			addDeclaration(to, d, s)
		}
	}
}

// addDeclaration adds the comments of a struct that is sent.
func addDeclaration(to map[string]string, d ast.Decl, s *schemas) {
	decl, ok := d.(*ast.GenDecl)
	if !ok || decl.Tok != token.TYPE || len(decl.Specs) != 1 {
		return
	}
	spec := decl.Specs[0].(*ast.TypeSpec)
	name := spec.Name.Name
	body, ok := spec.Type.(*ast.StructType)
	if !ok || s.named[upper(name)] == nil {
		return
	}
	to[name] = strings.TrimPrefix(oneLine(decl.Doc), name+" is ")
	for _, f := range body.Fields.List {
		for _, id := range f.Names {
			if text := oneLine(f.Doc) + oneLine(f.Comment); text != "" {
				to[name+"."+id.Name] = text
			}
		}
	}
}

func oneLine(c *ast.CommentGroup) string { return strings.Join(strings.Fields(c.Text()), " ") }
