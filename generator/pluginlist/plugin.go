// Package pluginlist reads which plugins a build is to have, from lists and
// arguments, and writes the Go file that compiles them in.
package pluginlist

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"golang.org/x/mod/module"
)

// Stage6 is the path of the module that has the server and the built-in
// plugins.
const Stage6 = "github.com/stage6/stage6"

// Plugin is a package that exports a plugin as Plugin.
type Plugin struct {
	Path    string  // import path
	Version string  // of its module, as go get takes it; empty: the newest
	Local   *Module // its module on this machine; nil: fetched
	Place   string  // where it was asked for, such as plugins.txt:3
	Adapted bool    // it is CoreDHCP's, and runs by way of the package coredhcp
}

// Name gives the name of a built-in plugin, or nothing.
func (p Plugin) Name() string {
	if rest, ok := strings.CutPrefix(p.Path, Stage6+"/plugins/"); ok && !strings.Contains(rest, "/") {
		return rest
	}
	return ""
}

// Names gives the names of built-in plugins.
func Names(builtins []Plugin) []string {
	names := make([]string, len(builtins))
	for i := range builtins {
		names[i] = builtins[i].Name()
	}
	return names
}

// Builtin says whether the plugin is of the stage6 module.
func (p Plugin) Builtin() bool { return within(p.Path, Stage6) }

// Fetched says whether the plugin's module comes from the network or from what
// was fetched before.
func (p Plugin) Fetched() bool { return p.Local == nil && !p.Builtin() }

// within says whether an import path is of a module.
func within(pkg, mod string) bool { return pkg == mod || strings.HasPrefix(pkg, mod+"/") }

// parser reads what names one plugin.
type parser struct {
	folder   string   // what local paths are relative to
	builtins []Plugin // the plugins that have names
	dots     bool     // whether ./ begins a path of the stage6 module rather than a local one
}

// parse reads PATH[@VERSION][=LOCAL], =LOCAL, or the name of a built-in plugin.
func (r parser) parse(text string) (Plugin, error) {
	rest, local, isLocal := strings.Cut(text, "=")
	if !isLocal && !r.dots && isFolder(rest) {
		rest, local, isLocal = "", rest, true
	}
	if strings.ContainsAny(rest, " \t") {
		return Plugin{}, fmt.Errorf("%q: want one import path", text)
	}
	p := Plugin{}
	var versioned bool
	p.Path, p.Version, versioned = strings.Cut(rest, "@")
	if versioned && p.Version == "" {
		return p, fmt.Errorf("%q: no version stands behind @", text)
	}
	var err error
	switch {
	case isLocal:
		err = r.local(&p, local)
	case !versioned && !strings.ContainsAny(p.Path, "/."):
		return r.builtin(p.Path)
	case r.dots && strings.HasPrefix(p.Path, "./"):
		p.Path = path.Join(Stage6, p.Path)
	}
	if err == nil {
		err = p.check()
	}
	if err == nil {
		err = coreDHCP(p.Path)
	}
	if err != nil {
		return p, fmt.Errorf("%q: %w", text, err)
	}
	return p, nil
}

// isFolder says whether text is a path on this machine rather than an import
// path.
func isFolder(text string) bool {
	return text == "." || text == ".." || strings.HasPrefix(text, "./") || strings.HasPrefix(text, "../") || strings.HasPrefix(text, "/")
}

// builtin gives the built-in plugin of a name.
func (r parser) builtin(name string) (Plugin, error) {
	for _, b := range r.builtins {
		if b.Name() == name {
			return b, nil
		}
	}
	return Plugin{}, fmt.Errorf("no built-in plugin is named %q (there are %s); others are named by their import path, such as example.org/%s",
		name, strings.Join(Names(r.builtins), ", "), name)
}

// local finds the plugin's module in a folder, and where no import path is
// given, the plugin in that module.
func (r parser) local(p *Plugin, folder string) error {
	if folder == "" {
		return errors.New("no folder stands behind =")
	}
	mod, pkg, err := moduleOf(absolute(r.folder, folder))
	if err != nil {
		return err
	}
	if p.Path == "" {
		p.Path = pkg
	}
	p.Local = &mod
	if !within(p.Path, mod.Path) {
		return fmt.Errorf("the module in %s is %s, and %s does not belong to it", mod.Dir, mod.Path, p.Path)
	}
	return mod.hasPackage(p.Path)
}

// check refuses what no build could be made with.
func (p Plugin) check() error {
	if err := module.CheckImportPath(p.Path); err != nil {
		var invalid *module.InvalidPathError
		if errors.As(err, &invalid) {
			err = invalid.Err
		}
		return fmt.Errorf("not an import path: %w", err)
	}
	if p.Builtin() && p.Version != "" {
		return fmt.Errorf("the plugin comes with stage6, whose version --stage6 %s would choose", p.Version)
	}
	if p.Builtin() && p.Local != nil {
		return fmt.Errorf("the plugin comes with stage6, which --stage6 %s would take from there", p.Local.Dir)
	}
	return nil
}
