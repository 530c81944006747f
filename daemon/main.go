// Package daemon is the stage6 program: its commands, and the wiring of the
// server. Custom builds call Main with plugin lists of their own.
package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/internal/compiled"
	"github.com/stage6/stage6/internal/config"
	"github.com/stage6/stage6/internal/privilege"
	"github.com/stage6/stage6/internal/strict"
	"github.com/stage6/stage6/pipeline"
)

// The exit codes of the program.
const (
	exitOK     = 0
	exitFailed = 1 // the command was understood and did not succeed
	exitAbsent = 4 // what was asked for is not there
	exitInWay  = 5 // something else is in its place, or it was changed by somebody else
	exitUsage  = 2 // the command line or the configuration is wrong
	exitPartly = 3 // it was done, but for what the output names
)

// Main runs the program with the plugins that are compiled in, and gives its
// exit code.
func Main(plugins []pipeline.Plugin) int {
	privilege.HideFiles()
	return run(context.Background(), plugins, os.Args[1:], os.Stdout, os.Stderr)
}

// Command gives the commands of the program, for who documents them.
func Command(plugins []pipeline.Plugin) *cobra.Command {
	return (&program{plugins: plugins, stdout: os.Stdout, stderr: os.Stderr}).command()
}

func run(ctx context.Context, plugins []pipeline.Plugin, args []string, stdout, stderr io.Writer) int {
	if err := compiled.Read(plugins).Check(); err != nil {
		fmt.Fprintln(stderr, message(err))
		return exitUsage
	}
	p := &program{plugins: plugins, stdout: stdout, stderr: stderr}
	root := p.command()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	err = explainAccess(err)
	fmt.Fprintln(stderr, message(err))
	var usage *usageError
	var refused *api.BadRequestError
	if !p.understood || errors.As(err, &usage) || errors.As(err, &refused) {
		return exitUsage
	}
	var partly *incompleteError
	if errors.As(err, &partly) {
		return exitPartly
	}
	return exitOf(err)
}

// exitOf gives the exit code for what the server refused.
func exitOf(err error) int {
	var missing *api.NotFoundError
	var absent *absentError
	var conflict *api.ConflictError
	var stale *api.PreconditionError
	switch {
	case errors.As(err, &missing), errors.As(err, &absent):
		return exitAbsent
	case errors.As(err, &conflict), errors.As(err, &stale):
		return exitInWay
	}
	return exitFailed
}

// absentError says that what was asked for is not there.
type absentError struct{ err error }

func (e *absentError) Error() string { return e.err.Error() }
func (e *absentError) Unwrap() error { return e.err }

// message gives the text of an error: behind the program's name, but where it
// names places of a file, which editors find at the beginning of a line.
func message(err error) string {
	if placed(err) {
		return err.Error()
	}
	return "stage6: " + strings.ReplaceAll(err.Error(), "\n", "\nstage6: ")
}

// placed says whether an error names places of a file. Those of flags and
// variables have no lines.
func placed(err error) bool {
	var one *strict.Error
	var several strict.Errors
	switch {
	case errors.As(err, &several):
		return slices.ContainsFunc(several, func(e *strict.Error) bool { return e.Line > 0 })
	case errors.As(err, &one):
		return one.Line > 0
	}
	return false
}

// usageError is an error in what the user wrote.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

// incompleteError says that something was done only in part.
type incompleteError struct{ err error }

func (e *incompleteError) Error() string { return e.err.Error() }
func (e *incompleteError) Unwrap() error { return e.err }

// program is what all commands share.
type program struct {
	plugins        []pipeline.Plugin
	stdout, stderr io.Writer
	flags          *pflag.FlagSet // of the root command: where the configuration is
	understood     bool           // whether the command line was
}

func (p *program) command() *cobra.Command {
	root := &cobra.Command{
		Use:   "stage6",
		Short: "A DHCPv6 server for provisioning networks",
		Long: `stage6 is a DHCPv6 server (RFC 9915) for networks on which machines are
provisioned: a pipeline of plugins, switched on by one YAML file.

Start with a configuration, have it checked, and serve:

  stage6 check --config config.yml
  stage6 serve --config config.yml
  stage6 leases                          beside the running server
  stage6 deploy web01                    and when it is done: stage6 installed web01`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          knownCommand,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
		PersistentPreRunE: func(c *cobra.Command, _ []string) error {
			err := c.ValidateRequiredFlags() // which cobra does after this
			p.understood = err == nil
			return err
		},

		SuggestionsMinimumDistance: 2, // letters that may be wrong
	}
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return fmt.Errorf("%w (see: %s --help)", err, c.CommandPath())
	})
	p.flags = root.PersistentFlags()
	config.AddFlags(p.flags)
	addClientFlags(p.flags)
	root.AddCommand(p.serveCommand(), p.checkCommand(), p.reloadCommand(), p.leasesCommand(), p.hostsCommand(), p.nextFreeCommand(), p.linksCommand(), p.explainCommand(), p.watchCommand(), p.webCommand(), p.tokenCommand(), p.apiTokenCommand(), p.backupCommand(), p.restoreCommand(), p.simulateCommand(), p.importCommand(), p.exportCommand(), p.versionCommand())
	root.AddCommand(p.poolsCommand(), p.adoptCommand(), p.unlockCommand(), p.statusCommand())
	root.AddCommand(p.stateCommands()...)
	addCompletion(root)
	return root
}

// knownCommand refuses what is not the name of a command.
func knownCommand(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	err := fmt.Errorf("unknown command %q (see: %s --help)", args[0], c.CommandPath())
	if near := c.SuggestionsFor(args[0]); len(near) > 0 {
		err = fmt.Errorf("unknown command %q, did you mean %s?", args[0], strings.Join(near, " or "))
	}
	return err
}

// load reads the configuration that flags and environment name.
func (p *program) load() (config.File, error) {
	file, err := config.Load(p.flags)
	if err != nil {
		return config.File{}, &usageError{err}
	}
	return file, nil
}
