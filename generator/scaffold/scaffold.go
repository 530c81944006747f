// Package scaffold begins plugins: folders that build, pass their tests and can
// be compiled in.
package scaffold

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"text/template"
)

//go:embed templates
var templates embed.FS

// Plugin is a plugin to begin.
type Plugin struct {
	Name   string // of its folder and package, and in the configuration
	Kind   string // one of Kinds
	Module string // path of a module of its own; empty: part of the stage6 module
	Folder string // what is made
}

// Kinds lists the kinds of plugins: those that handle exchanges, and sources of
// identity.
func Kinds() []string { return []string{"plugin", "source"} }

// nameForm is the form of a name: that of a package and of a key.
var nameForm = regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`)

// CheckName refuses a name that no plugin can have; builtins are taken.
func CheckName(name string, builtins []string) error {
	switch {
	case !nameForm.MatchString(name):
		return fmt.Errorf("%q: want a name of lower-case letters, digits and underscores, which is its package and its key in the configuration%s", name, alike(name))
	case token.IsKeyword(name), name == "main", name == "when", name == "name":
		return fmt.Errorf("%q means something else already: want another name", name)
	}
	for _, b := range builtins {
		if b == name {
			return fmt.Errorf("%q is a built-in plugin: want another name", name)
		}
	}
	return nil
}

// alike proposes a name.
func alike(name string) string {
	plain := strings.NewReplacer("-", "_", ".", "_", " ", "_").Replace(strings.ToLower(name))
	if !nameForm.MatchString(plain) {
		return ""
	}
	return fmt.Sprintf(", such as %s", plain)
}

// Write makes the folder, which must not be there, with its files, and gives
// their paths.
func (p Plugin) Write() (names []string, err error) {
	files := []struct{ name, template string }{
		{"plugin.go", p.Kind + ".go.tmpl"},
		{p.Name + "_test.go", p.Kind + "_test.go.tmpl"},
		{"README.md", p.Kind + ".md.tmpl"},
		{filepath.Join("testdata", p.Name+".txtar"), p.Kind + ".txtar.tmpl"},
	}
	all, err := template.ParseFS(templates, "templates/*")
	if err != nil {
		return nil, err
	}
	if err := os.Mkdir(p.Folder, 0o755); err != nil {
		return nil, err
	}
	for _, f := range files {
		name := filepath.Join(p.Folder, f.name)
		names, err = append(names, name), errors.Join(err, p.file(all.Lookup(f.template), name))
	}
	return names, err
}

func (p Plugin) file(t *template.Template, name string) error {
	var text bytes.Buffer
	if err := t.Execute(&text, p); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	return os.WriteFile(name, append(bytes.TrimRight(text.Bytes(), "\n"), '\n'), 0o644)
}
