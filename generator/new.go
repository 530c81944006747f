package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/mod/module"

	"github.com/stage6/stage6/generator/custombuild"
	"github.com/stage6/stage6/generator/pluginlist"
	"github.com/stage6/stage6/generator/scaffold"
)

// newFlags are those of the command new.
type newFlags struct{ module, kind, stage6 string }

func (p *program) newCommand() *cobra.Command {
	f := &newFlags{}
	c := &cobra.Command{
		Use:   "new NAME",
		Short: "Begin a plugin",
		Long: `Begin a plugin: a folder with code that does something small, a README, and a test
with golden exchanges, all of which build, pass and can be compiled in. Then make
of it what you need.

With --module it is a Go module of its own, in the folder NAME, which uses the
stage6 that the generator builds. Without, in a checkout of stage6, it is part of
that, in plugins/NAME.

NAME is also the plugin's package, and its key in the configuration.`,
		Example: `  generator new rack --module example.org/stage6-rack
  generator new rack --module example.org/stage6-rack --kind source
  generator new rack`,
		Args:              oneName,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(c *cobra.Command, args []string) error { return p.begin(c.Context(), f, args[0]) },
	}
	c.Flags().StringVarP(&f.module, "module", "m", "", "make a module of this `path`")
	c.Flags().StringVar(&f.kind, "kind", "plugin", "`what` to begin: plugin, or source for a source of identity")
	c.Flags().StringVar(&f.stage6, "stage6", "", "use this `version` of stage6, or this checkout")
	_ = c.RegisterFlagCompletionFunc("kind", cobra.FixedCompletions(scaffold.Kinds(), cobra.ShellCompDirectiveNoFileComp))
	return c
}

func oneName(c *cobra.Command, args []string) error {
	if len(args) == 1 {
		return nil
	}
	return fmt.Errorf("%s: got %d arguments, want the name of the plugin (see: %[1]s --help)", c.CommandPath(), len(args))
}

// begin makes the folder of a plugin and tells what to do next.
func (p *program) begin(ctx context.Context, f *newFlags, name string) error {
	if !slices.Contains(scaffold.Kinds(), f.kind) {
		return fmt.Errorf("--kind %q: want %s", f.kind, strings.Join(scaffold.Kinds(), " or "))
	}
	builtins, err := pluginlist.Builtins("plugins.txt", strings.NewReader(defaultList))
	if err != nil {
		return err
	}
	if err := scaffold.CheckName(name, pluginlist.Names(builtins)); err != nil {
		return err
	}
	stage6, err := custombuild.FindStage6(ctx, f.stage6, p.folder, p.build)
	if err != nil {
		return failed(err)
	}
	folder, err := p.newFolder(f, stage6, name)
	if err != nil {
		return err
	}
	made := scaffold.Plugin{Name: name, Kind: f.kind, Module: f.module, Folder: folder}
	files, err := made.Write()
	if err != nil {
		return failed(err)
	}
	if f.module != "" {
		if err := stage6.Begin(ctx, folder, f.module); err != nil {
			return failed(fmt.Errorf("%w\nthe files are in %s: go mod tidy completes go.mod there", err, folder))
		}
		files = append(files, filepath.Join(folder, "go.mod"))
	}
	p.tellNext(made, files)
	return nil
}

// newFolder gives the folder of a new plugin.
func (p *program) newFolder(f *newFlags, stage6 custombuild.Stage6, name string) (string, error) {
	switch {
	case f.module != "":
		if err := module.CheckImportPath(f.module); err != nil {
			return "", fmt.Errorf("--module %q: want the path of a Go module, such as example.org/%s", f.module, name)
		}
		return filepath.Join(p.folder, name), nil
	case stage6.Local:
		return filepath.Join(stage6.Dir, "plugins", name), nil
	}
	return "", errors.New("this is no checkout of stage6: name the plugin's own module, such as --module example.org/" + name)
}

// tellNext names what was made and the commands to go on with.
func (p *program) tellNext(made scaffold.Plugin, files []string) {
	for _, name := range files {
		fmt.Fprintln(p.stdout, p.short(name))
	}
	if made.Module != "" {
		fmt.Fprintf(p.stderr, "\nGo on with:\n  cd %s\n  go test ./...\n  go tool generator --with .\n", p.short(made.Folder))
		return
	}
	fmt.Fprintf(p.stderr, "\nGo on with:\n  go test %s/plugins/%s\n  go run %[1]s/generator --with %[1]s/plugins/%[2]s\n"+
		"A line ./plugins/%[2]s in generator/plugins.txt, and go generate ./..., have it in the default build.\n", pluginlist.Stage6, made.Name)
}

// short gives a path as it is from where the user is, if that is below.
func (p *program) short(name string) string {
	if rel, err := filepath.Rel(p.folder, name); err == nil && filepath.IsLocal(rel) {
		return rel
	}
	return name
}
