// Package compiled tells what a program is made of, and how to make one with
// other plugins.
package compiled

import (
	"fmt"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/stage6/stage6/pipeline"
)

// stage6 is the path of the module of the server and the built-in plugins.
const stage6 = "github.com/stage6/stage6"

// Program is what a program is made of: its modules and its plugins.
type Program struct {
	Plugins []pipeline.Plugin
	Build   *debug.BuildInfo // nil: not known
}

// Read gives the running program.
func Read(plugins []pipeline.Plugin) Program {
	build, ok := debug.ReadBuildInfo()
	if !ok {
		build = nil
	}
	return Program{Plugins: plugins, Build: build}
}

// Check refuses plugins that cannot be told from each other.
func (p Program) Check() error {
	type key struct {
		name  string
		store bool
	}
	seen := map[key]pipeline.Plugin{}
	for _, plugin := range p.Plugins {
		k := key{plugin.Name(), plugin.IsStore()}
		if first, twice := seen[k]; twice {
			return fmt.Errorf("two plugins are named %q: %s and %s: build a program with one of them", k.name, first.Path(), plugin.Path())
		}
		seen[k] = plugin
	}
	return nil
}

// Module is a Go module that a program is built from.
type Module struct {
	Path    string
	Version string // with, in brackets, what was taken in its place
}

// Stage6 gives the module of the server itself, whose version is unknown where
// the program does not tell.
func (p Program) Stage6() Module {
	if m := p.Module(stage6); m.Path != "" {
		return m
	}
	return Module{Path: stage6, Version: "unknown"}
}

// Module gives the module that a package is of, or a zero one.
func (p Program) Module(pkg string) Module {
	found := p.module(pkg)
	if found == nil {
		return Module{}
	}
	return Module{Path: found.Path, Version: version(found)}
}

// module gives the module of the longest path that the package is below, or nil.
func (p Program) module(pkg string) (found *debug.Module) {
	if p.Build == nil {
		return nil
	}
	for _, m := range append(slices.Clone(p.Build.Deps), &p.Build.Main) {
		if within(pkg, m.Path) && (found == nil || len(m.Path) > len(found.Path)) {
			found = m
		}
	}
	return found
}

func within(pkg, mod string) bool {
	return pkg == mod || mod != "" && strings.HasPrefix(pkg, mod+"/")
}

func version(m *debug.Module) string {
	switch r := m.Replace; {
	case r == nil:
		return m.Version
	case isFolder(r):
		return m.Version + " (local)"
	default:
		return fmt.Sprintf("%s (%s %s)", m.Version, r.Path, r.Version)
	}
}

// isFolder says whether a module was taken from a folder.
func isFolder(m *debug.Module) bool { return m.Version == "" || m.Version == "(devel)" }
