package daemon

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/ident"
)

func (p *program) hostsPin(f *hostsFlags) *cobra.Command {
	return &cobra.Command{
		Use:   "pin NAME DUID",
		Short: "Tell the DUID of a host's installed system",
		Long: `Tell the server the DUID of a host's installed system, by which it is known from
then on where no source of identity knows it. A host has one such DUID: another
one takes its place, and deploy forgets it, since the next system has another.`,
		Example:           "  stage6 hosts pin web01 00:04:1f:00:aa:11",
		Args:              exactly(2, "the name of a host and a DUID"),
		ValidArgsFunction: p.completeHosts(1),
		RunE: func(c *cobra.Command, args []string) error {
			duid, err := ident.ParseDUID(args[1])
			if err != nil {
				return &usageError{err}
			}
			return p.changeStates(c.Context(), f, args[:1], func(ctx context.Context, c *api.Client, name string) (api.Host, error) {
				return c.Pin(ctx, name, duid)
			})
		},
	}
}

func (p *program) hostsUnpin(f *hostsFlags) *cobra.Command {
	c := p.stateCommand(f, func(ctx context.Context, c *api.Client, name string) (api.Host, error) {
		return c.Unpin(ctx, name)
	})
	c.Use = "unpin NAME..."
	c.Short = "Forget the DUIDs that were pinned to hosts"
	c.Example = "  stage6 hosts unpin web01 web02"
	return c
}

// pinsDUID adds the flag of a command that also tells the DUID of a host's
// installed system.
func (p *program) pinsDUID(c *cobra.Command, f *hostsFlags) {
	var text string
	c.Flags().StringVar(&text, "duid", "", "the `DUID` of the installed system, by which it is known from then on; of one host only")
	setState := c.RunE
	c.RunE = func(c *cobra.Command, args []string) error {
		if text == "" {
			return setState(c, args)
		}
		duid, err := ident.ParseDUID(text)
		if err == nil && len(args) > 1 {
			err = fmt.Errorf("%s: --duid is of one host, and %d are named", c.CommandPath(), len(args))
		}
		if err != nil {
			return &usageError{err}
		}
		return p.changeStates(c.Context(), f, args, func(ctx context.Context, c *api.Client, name string) (api.Host, error) {
			return c.SetInstalled(ctx, name, duid)
		})
	}
}
