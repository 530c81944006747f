package pluginlist

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"golang.org/x/mod/modfile"
)

// Module is a Go module on this machine.
type Module struct {
	Path string
	Dir  string // absolute, without links
}

// ModuleAt gives the module that a folder is in: that of the nearest go.mod
// upwards.
func ModuleAt(folder string) (Module, error) {
	mod, _, err := moduleOf(folder)
	return mod, err
}

// moduleOf gives the module that a folder is in, and the import path of the
// folder there.
func moduleOf(folder string) (mod Module, pkg string, err error) {
	folder, err = filepath.Abs(folder)
	if err == nil {
		folder, err = filepath.EvalSymlinks(folder)
	}
	if err != nil {
		return Module{}, "", err
	}
	if info, err := os.Stat(folder); err == nil && !info.IsDir() {
		return Module{}, "", fmt.Errorf("%s is a file, want the folder of a Go module", folder)
	}
	for dir := folder; ; dir = filepath.Dir(dir) {
		text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		switch {
		case err == nil:
			return moduleIn(dir, folder, text)
		case !errors.Is(err, fs.ErrNotExist):
			return Module{}, "", err
		case dir == filepath.Dir(dir):
			return Module{}, "", fmt.Errorf("neither %s nor a folder above it has a go.mod: make one with go mod init", folder)
		}
	}
}

// moduleIn gives the module of a go.mod in dir, and the import path of the
// folder below it.
func moduleIn(dir, folder string, text []byte) (Module, string, error) {
	mod := Module{Path: modfile.ModulePath(text), Dir: dir}
	if mod.Path == "" {
		return mod, "", fmt.Errorf("%s names no module", filepath.Join(dir, "go.mod"))
	}
	rel, err := filepath.Rel(dir, folder)
	return mod, path.Join(mod.Path, filepath.ToSlash(rel)), err
}

// hasPackage refuses an import path where the module has no Go files.
func (m Module) hasPackage(pkg string) error {
	folder := filepath.Join(m.Dir, filepath.FromSlash(strings.TrimPrefix(pkg, m.Path)))
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".go") && !strings.HasSuffix(e.Name(), "_test.go") {
			return nil
		}
	}
	return fmt.Errorf("there is no Go package in %s", folder)
}

// absolute gives a path that is relative to a folder.
func absolute(folder, name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(folder, name)
}
