package custombuild

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"

	"github.com/stage6/stage6/generator/pluginlist"
)

// moduleName is the name of the module that a build is made in. It is in the
// program, and the same for all so that the program is.
const moduleName = "stage6.build"

// mainFile is the program.
const mainFile = `// Command stage6 is a DHCPv6 server for provisioning networks, with plugins of
// choice.
package main

import (
	"os"

	"github.com/stage6/stage6/daemon"
)

func main() { os.Exit(daemon.Main(plugins())) }
`

// workspace is the module that a build is made in.
type workspace struct {
	dir     string
	stage6  Stage6
	plugins []pluginlist.Plugin
}

// write writes the module's files.
func (w workspace) write() error {
	list, err := pluginlist.Source("a list of plugins", w.plugins)
	if err != nil {
		return err
	}
	mod, err := w.goMod()
	if err != nil {
		return err
	}
	sum, err := w.goSum()
	if err != nil {
		return err
	}
	return errors.Join(w.file("main.go", []byte(mainFile)), w.file("plugins_gen.go", list), w.file("go.mod", mod), w.file("go.sum", sum))
}

func (w workspace) file(name string, text []byte) error {
	return os.WriteFile(filepath.Join(w.dir, name), text, 0o644)
}

// locals gives the modules that come from folders of this machine, by their
// paths, with the versions that are to be told of them.
func (w workspace) locals() (dirs, versions map[string]string) {
	dirs, versions = map[string]string{}, map[string]string{}
	if w.stage6.Local {
		dirs[pluginlist.Stage6], versions[pluginlist.Stage6] = w.stage6.Dir, w.stage6.Version
	}
	for _, p := range w.plugins {
		if p.Local == nil {
			continue
		}
		dirs[p.Local.Path] = p.Local.Dir
		if versions[p.Local.Path] == "" {
			versions[p.Local.Path] = p.Version
		}
	}
	for path, v := range versions {
		if v == "" {
			versions[path] = zeroVersion(path)
		}
	}
	return dirs, versions
}

// zeroVersion gives a version that the path of a module allows.
func zeroVersion(path string) string {
	_, major, ok := module.SplitPathVersion(path)
	if v := module.PathMajorPrefix(major); ok && v != "" {
		return v + ".0.0"
	}
	return noVersion
}

// goMod requires stage6 and the local modules. Those take their files from links
// in this folder, since the go command writes the paths of replacements into the
// program, and that is to be the same wherever it is built.
func (w workspace) goMod() ([]byte, error) {
	f := &modfile.File{Syntax: &modfile.FileSyntax{}}
	language, err := w.language()
	if err != nil {
		return nil, err
	}
	dirs, versions := w.locals()
	if !w.stage6.Local {
		versions[pluginlist.Stage6] = w.stage6.Version
	}
	errs := []error{f.AddModuleStmt(moduleName), f.AddGoStmt(language)}
	for _, path := range slices.Sorted(maps.Keys(versions)) {
		f.AddNewRequire(path, versions[path], false)
	}
	for _, path := range slices.Sorted(maps.Keys(dirs)) {
		link := "./local/" + path
		errs = append(errs, f.AddReplace(path, "", link, ""), w.link(link, dirs[path]))
	}
	f.Cleanup()
	text, err := f.Format()
	return text, errors.Join(append(errs, err)...)
}

func (w workspace) link(name, to string) error {
	name = filepath.Join(w.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	return os.Symlink(to, name)
}

// language gives the Go version that stage6 asks for.
func (w workspace) language() (string, error) {
	name := filepath.Join(w.stage6.Dir, "go.mod")
	text, err := os.ReadFile(name)
	if err != nil {
		return "", err
	}
	f, err := modfile.ParseLax(name, text, nil)
	if err != nil {
		return "", err
	}
	if f.Go == nil {
		return "", fmt.Errorf("%s has no line go", name)
	}
	return f.Go.Version, nil
}

// goSum puts together what stage6 and the local modules know of others, so that
// nothing has to be looked up that they pinned.
func (w workspace) goSum() ([]byte, error) {
	dirs, _ := w.locals()
	dirs[pluginlist.Stage6] = w.stage6.Dir
	lines := map[string]bool{}
	for _, dir := range dirs {
		text, err := os.ReadFile(filepath.Join(dir, "go.sum"))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		for line := range strings.Lines(string(text)) {
			lines[strings.TrimSpace(line)] = true
		}
	}
	var b bytes.Buffer
	for _, line := range slices.Sorted(maps.Keys(lines)) {
		fmt.Fprintln(&b, line)
	}
	return b.Bytes(), nil
}

// wanted gives what go get is to fetch: the plugins that are not here, each with
// its version, and stage6, which they must not change.
func (w workspace) wanted() (out []string) {
	dirs, _ := w.locals()
	for _, p := range w.plugins {
		isLocal := func(mod string) bool { return p.Path == mod || strings.HasPrefix(p.Path, mod+"/") }
		if !p.Fetched() || p.Version == "" && ofCoreDHCP(p) || slices.ContainsFunc(slices.Collect(maps.Keys(dirs)), isLocal) {
			continue
		}
		arg := p.Path
		if p.Version != "" {
			arg += "@" + p.Version
		}
		out = append(out, arg)
	}
	if len(out) > 0 && !w.stage6.Local {
		out = append(out, pluginlist.Stage6+"@"+w.stage6.Version)
	}
	return out
}
