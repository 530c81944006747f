package custombuild

import (
	"context"
	"slices"
	"strings"

	"github.com/stage6/stage6/generator/pluginlist"
)

// coreDHCP is the package with the type of CoreDHCP's plugins, which they all
// import.
const coreDHCP = "github.com/coredhcp/coredhcp/plugins"

// ofCoreDHCP says whether a plugin is one that CoreDHCP comes with, for which
// stage6 has a version.
func ofCoreDHCP(p pluginlist.Plugin) bool { return strings.HasPrefix(p.Path, coreDHCP+"/") }

// adapt finds out which plugins are CoreDHCP's, and writes the list of plugins anew
// if any are.
func (b Build) adapt(ctx context.Context, w workspace) error {
	theirs, err := b.theirs(ctx, w)
	if err != nil || len(theirs) == 0 {
		return err
	}
	b.say(stepVersions, "of CoreDHCP: %s", strings.Join(theirs, " "))
	w.plugins = slices.Clone(w.plugins)
	for i := range w.plugins {
		w.plugins[i].Adapted = slices.Contains(theirs, w.plugins[i].Path)
	}
	list, err := pluginlist.Source("a list of plugins", w.plugins)
	if err == nil {
		err = w.file("plugins_gen.go", list)
	}
	if err != nil {
		return &StepError{Step: stepVersions, Err: err}
	}
	return nil
}

// theirs gives the import paths of the plugins that are CoreDHCP's: what is not
// of stage6 and imports the type of those.
func (b Build) theirs(ctx context.Context, w workspace) (out []string, err error) {
	args := []string{"list", "-mod=mod", "-f", "{{.ImportPath}}{{range .Imports}} {{.}}{{end}}"}
	for _, p := range w.plugins {
		if !p.Builtin() {
			args = append(args, p.Path)
		}
	}
	if len(args) == 4 {
		return nil, nil
	}
	lines, err := b.command(w, stepVersions).run(ctx, args...)
	for line := range strings.Lines(string(lines)) {
		words := strings.Fields(line)
		if len(words) > 0 && slices.Contains(words[1:], coreDHCP) {
			out = append(out, words[0])
		}
	}
	return out, err
}
