package main

import (
	"context"
	_ "embed"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/stage6/stage6/generator/pluginlist"
)

// defaultList is the list of the default build of this version.
//
//go:embed plugins.txt
var defaultList string

const long = `Build stage6 with plugins of choice: one static program.

PLUGIN is the name of a built-in plugin, such as pool, or

  PATH[@VERSION]     the import path of a package that exports a plugin, in any
                     module, at a version of that, or the newest
  PATH=FOLDER        the same from a module on this machine, by any folder in it
  FOLDER             a package on this machine; begins with . or /

With PLUGINs, or --list, the program has those. With neither it has the plugins of
the default build. --with adds to that, and --without leaves out.

A list has one PLUGIN on a line, where ./PATH is a package of the stage6 module and
FOLDER, written =FOLDER, is relative to the list. # begins a comment. Lists of
CoreDHCP are read, too: what to write for its plugins is said with file and line.

The stage6 that is built is the checkout that you are in, else the version of this
generator, unless --stage6 names another. Nothing of the build is left behind but
the program, and the same plugins, versions and Go give the same program, octet by
octet. GOOS and GOARCH choose the machine that it is for; GOPROXY, GOPRIVATE and the
like hold for what is fetched.

Each step is told on standard error, and the path of the program on standard output.

Exit codes: 0 the program is there; 1 the build failed; 2 the command line or a list
is wrong; 130 interrupted.`

const examples = `  generator --without pebble
  generator server_id identify hosts pool dns memory
  generator --with example.org/stage6-rack@v1.2.0 --output bin/stage6
  generator --with example.org/stage6-rack=../rack
  generator --list plugins.txt --stage6 v1.4.0
  GOARCH=arm64 generator --output stage6-arm64`

// flags are those of the command that builds.
type flags struct {
	lists, with, without  []string
	stage6, output        string
	ldflags, tags         string
	keep, verbose         bool
	writeList, writeNames string
}

func (p *program) execute(ctx context.Context, args []string) error {
	root := p.command()
	root.SetArgs(args)
	root.SetOut(p.stdout)
	root.SetErr(p.stderr)
	return root.ExecuteContext(ctx)
}

func (p *program) command() *cobra.Command {
	f := &flags{}
	root := &cobra.Command{
		Use:               "generator [flags] [PLUGIN...]",
		Short:             "Build stage6 with plugins of choice",
		Long:              long,
		Example:           examples,
		SilenceErrors:     true,
		SilenceUsage:      true,
		Args:              cobra.ArbitraryArgs,
		ValidArgsFunction: completePlugins,
		RunE:              func(c *cobra.Command, args []string) error { return p.generate(c.Context(), f, args) },
	}
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return fmt.Errorf("%w (see: %s --help)", err, c.CommandPath())
	})
	f.add(root)
	root.AddCommand(p.newCommand())
	return root
}

func (f *flags) add(c *cobra.Command) {
	set := c.Flags()
	set.StringArrayVarP(&f.lists, "list", "l", nil, "read plugins from a `file`; may stand several times")
	set.StringArrayVarP(&f.with, "with", "w", nil, "add a `plugin`; may stand several times")
	set.StringArrayVar(&f.without, "without", nil, "leave out a `plugin`, by name or import path; may stand several times")
	set.StringVarP(&f.output, "output", "o", "stage6", "the program's `file`")
	set.StringVar(&f.stage6, "stage6", "", "build this `version` of stage6, such as v1.4.0 or latest, or this checkout, such as ../stage6")
	set.StringVar(&f.ldflags, "ldflags", "-s -w", "`flags` for the linker; empty keeps what debuggers need")
	set.StringVar(&f.tags, "tags", "", "build `tags`, with commas between them")
	set.BoolVarP(&f.keep, "keep", "k", false, "keep the module that the build is made in")
	set.BoolVarP(&f.verbose, "verbose", "v", false, "tell the go commands and what they say")
	set.StringVar(&f.writeList, "write-list", "", "build nothing: write the Go `file` that lists the plugins")
	set.StringVar(&f.writeNames, "write-names", "", "build nothing: write the Go `file` that lists the names of built-in plugins")
	c.MarkFlagsMutuallyExclusive("write-list", "write-names")
	_ = set.MarkHidden("write-names")
	_ = c.MarkFlagFilename("list", "txt")
	_ = c.RegisterFlagCompletionFunc("with", completePlugins)
	_ = c.RegisterFlagCompletionFunc("without", completePlugins)
}

// completePlugins completes the names of built-in plugins, and folders.
func completePlugins(_ *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
	if strings.ContainsAny(begun, "./") {
		return nil, cobra.ShellCompDirectiveFilterDirs
	}
	builtins, err := pluginlist.Builtins("plugins.txt", strings.NewReader(defaultList))
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	return pluginlist.Names(builtins), cobra.ShellCompDirectiveNoFileComp
}
