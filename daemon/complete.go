package daemon

import (
	"context"
	"net"
	"slices"
	"strings"
	"time"

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

// completionTime is how long the server may take to complete a word. Afterwards,
// or when it is down, nothing is completed, and nothing is said.
const completionTime = 2 * time.Second

// complete completes a word by what the server knows.
func (p *program) complete(c *cobra.Command, begun string, ask func(context.Context, *api.Client) ([]string, error)) ([]string, cobra.ShellCompDirective) {
	client, err := p.client()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	ctx, cancel := context.WithTimeout(c.Context(), completionTime)
	defer cancel()
	words, err := ask(ctx, client)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return slices.DeleteFunc(words, func(w string) bool { return !strings.HasPrefix(w, begun) }), cobra.ShellCompDirectiveNoFileComp
}

// completeLease completes the one address or prefix of a lease that is active.
func (p *program) completeLease(c *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return p.complete(c, begun, func(ctx context.Context, client *api.Client) (words []string, err error) {
		page, err := client.Leases(ctx, api.LeaseQuery{State: "active"})
		for i := range page.Leases {
			words = append(words, shortPrefix(&page.Leases[i])+"\t"+page.Leases[i].Host)
		}
		return words, err
	})
}

// completeLinks completes the name of a link.
func (p *program) completeLinks(c *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
	return p.complete(c, begun, func(ctx context.Context, client *api.Client) (words []string, err error) {
		list, err := client.Links(ctx)
		for i := range list.Links {
			words = append(words, list.Links[i].Name)
		}
		return words, err
	})
}

// completeLinkFlag completes the flag --link.
func (p *program) completeLinkFlag(c *cobra.Command) {
	_ = c.RegisterFlagCompletionFunc("link", p.completeLinks)
}

// completePools completes names of plugins with pools.
func (p *program) completePools(c *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
	return p.complete(c, begun, func(ctx context.Context, client *api.Client) (words []string, err error) {
		list, err := client.Pools(ctx)
		for i := range list.Pools {
			for _, name := range append([]string{list.Pools[i].Plugin}, list.Pools[i].Also...) {
				if !slices.Contains(words, name) {
					words = append(words, name)
				}
			}
		}
		return words, err
	})
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
