package assembly

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/stage6/stage6/internal/compiled"
	"github.com/stage6/stage6/internal/config"
	"github.com/stage6/stage6/internal/strict"
	"github.com/stage6/stage6/pipeline"
)

// unknown makes the error for a plugin that is not compiled in, which says what
// stands for it where it is one of CoreDHCP's.
func (p Plugins) unknown(name string, file config.File) error {
	advice := map[string]string{
		"range":         "write pool, with addresses only: leases are kept for the server as a whole, under leases",
		"autoconfigure": ipv4Only, "ipv6only": ipv4Only, "mtu": ipv4Only, "netmask": ipv4Only, "router": ipv4Only,
		"staticroute": ipv4Only, "lease_time": "write lifetimes",
	}[name]
	if advice == "" {
		return p.absent("plugin", name, file)
	}
	return fmt.Errorf("unknown plugin %q, which CoreDHCP has: %s", name, advice)
}

const ipv4Only = "leave it out: it is for IPv4"

// absent makes the error for a plugin or store that is not compiled in, with the
// command that builds a program which has it. A built-in one comes with all
// others that the configuration lacks.
func (p Plugins) absent(what, name string, file config.File) error {
	program := compiled.Read(p)
	switch isStore, there := p.kind(name); {
	case there && isStore:
		return fmt.Errorf("%s is a store: it belongs under leases", name)
	case there:
		return fmt.Errorf("%s is no store: it belongs under server6.plugins", name)
	case compiled.Builtin(name) && what == "store" && len(p.Names(true)) > 0:
		return fmt.Errorf("the store %s is not compiled in (%s is): build a program that has it: %s",
			name, strings.Join(p.Names(true), ", "), program.Command(p.lacking(file)...))
	case compiled.Builtin(name):
		return fmt.Errorf("the %s %s is not compiled in: build a program that has it: %s", what, name, program.Command(p.lacking(file)...))
	}
	return p.ownToo(strict.Unknown(what, name, p.Names(what == "store")))
}

// ownToo adds to an error about a name that is not known the command that builds
// a program with a plugin of the user's.
func (p Plugins) ownToo(err error) error {
	return fmt.Errorf("%w; one of your own is compiled in by: %s", err, compiled.Read(p).Command("MODULE"))
}

// explainSources does so for the sources of identity that are not known to a
// plugin.
func (p Plugins) explainSources(err error) error {
	several, _ := strict.Join(err).(strict.Errors)
	for _, e := range several {
		var unknown *strict.UnknownError
		if errors.As(e.Err, &unknown) && unknown.What == "source" {
			e.Err = p.ownToo(e.Err)
		}
	}
	return err
}

// kind says whether a name is that of a store, and whether it is compiled in at
// all.
func (p Plugins) kind(name string) (isStore, compiledIn bool) {
	i := slices.IndexFunc(p, func(x pipeline.Plugin) bool { return x.Name() == name })
	if i < 0 {
		return false, false
	}
	return p[i].IsStore(), true
}

// lacking lists the built-in plugins that a configuration names and that are not
// compiled in.
func (p Plugins) lacking(file config.File) (names []string) {
	named := []string{file.Leases.Plugin}
	for i := range file.Server6.Plugins {
		named = append(named, file.Server6.Plugins[i].Plugin)
	}
	for _, name := range named {
		if _, there := p.kind(name); !there && compiled.Builtin(name) {
			names = append(names, name)
		}
	}
	return names
}
