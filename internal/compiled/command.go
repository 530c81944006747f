package compiled

import (
	"slices"
	"strings"

	"github.com/stage6/stage6/pipeline"
)

//go:generate go run github.com/stage6/stage6/generator --list ../../generator/plugins.txt --write-names builtins_gen.go

// Builtin says whether stage6 has a plugin of a name, compiled in or not.
func Builtin(name string) bool { return slices.Contains(builtins(), name) }

// Command gives the command that builds a program with the plugins of this one,
// and others: names of built-in plugins, or MODULE, which stands for the import
// path of another plugin.
func (p Program) Command(others ...string) string {
	var names, with []string
	for _, plugin := range p.Plugins {
		if p.own(plugin) {
			names = append(names, plugin.Name())
		} else {
			with = append(with, "--with "+p.argument(plugin))
		}
	}
	for _, o := range others {
		switch {
		case !Builtin(o):
			with = append(with, "--with "+o)
		case !slices.Contains(names, o):
			names = append(names, o)
		}
	}
	if p.isDefault(names) {
		names = nil
	}
	return strings.Join(slices.Concat([]string{"go run " + p.generator()}, names, with), " ")
}

// own says whether a plugin is built in, so that its name is enough.
func (p Program) own(plugin pipeline.Plugin) bool {
	return plugin.Path() == "" || within(plugin.Path(), stage6) && Builtin(plugin.Name())
}

// isDefault says whether the names are those of the default build.
func (p Program) isDefault(names []string) bool {
	return len(names) == len(builtins()) && !slices.ContainsFunc(names, func(n string) bool { return !Builtin(n) })
}

// argument names a plugin from elsewhere as it was built: at its version, or
// from a folder, which is known to its user only.
func (p Program) argument(plugin pipeline.Plugin) string {
	m := p.module(plugin.Path())
	switch {
	case m == nil, m.Path == stage6:
		return plugin.Path()
	case m.Replace != nil && isFolder(m.Replace):
		return plugin.Path() + "=FOLDER"
	default:
		return plugin.Path() + "@" + m.Version
	}
}

// generator names the generator of this version, or of the checkout where the
// program is not of a version that others can fetch.
func (p Program) generator() string {
	m := p.module(stage6)
	if m == nil || m.Replace != nil || !strings.HasPrefix(m.Version, "v") || strings.Contains(m.Version, "+") {
		return stage6 + "/generator"
	}
	return stage6 + "/generator@" + m.Version
}
