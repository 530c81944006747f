package daemon

import (
	"net"
	"strings"

	"github.com/spf13/cobra"

	"github.com/stage6/stage6/api"
)

// addCompletion makes the command that prints scripts for shells, and says what
// those complete behind the flags of all commands. Names of files are not what
// commands and flags want, but where they say so.
func addCompletion(root *cobra.Command) {
	root.CompletionOptions.SetDefaultShellCompDirective(cobra.ShellCompDirectiveNoFileComp)
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		if c.Name() == "completion" {
			c.RunE = func(c *cobra.Command, _ []string) error { return c.Help() }
			c.Args = knownCommand
		}
	}
	_ = root.MarkPersistentFlagFilename("config", "yml", "yaml")
	_ = root.MarkPersistentFlagDirname("leases")
	completeClientFlags(root)
	for flag, words := range map[string][]string{
		"log-level":  {"error", "warn", "info", "debug", "trace"},
		"log-format": {"text", "json"},
	} {
		_ = root.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
	}
}

// completeLease completes the one address or prefix of a lease that is active.
func (p *program) completeLease(c *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	client, err := p.client()
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	page, err := client.Leases(c.Context(), api.LeaseQuery{State: "active"})
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	var found []string
	for i := range page.Leases {
		l := &page.Leases[i]
		if text := shortPrefix(l); strings.HasPrefix(text, begun) {
			found = append(found, text+"\t"+l.Host)
		}
	}
	return found, cobra.ShellCompDirectiveNoFileComp
}

// completeInterface completes the name of an interface of this computer.
func completeInterface(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	interfaces, err := net.Interfaces()
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	var names []string
	for i := range interfaces {
		names = append(names, interfaces[i].Name)
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}
