package daemon

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"
)

// reloadFlags are those of reload.
type reloadFlags struct{ json bool }

func (p *program) reloadCommand() *cobra.Command {
	f := &reloadFlags{}
	c := &cobra.Command{
		Use:   "reload",
		Short: "Have the server read its configuration again",
		Long: `Have the running server read its configuration again, with the files that it
names, and wait until it serves the new one. No message is lost, no lease is
forgotten. SIGHUP does the same without telling what came of it but in the log.

What is wrong is printed with file, line and column, and makes the exit code 2;
the server goes on with the configuration that it has. So it does where
something changed that needs a restart, such as the directory of the leases.

The server is asked over its API socket: --api, else that of the configuration.`,
		Example: `  stage6 reload
  stage6 check && stage6 reload`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return p.reload(c.Context(), f) },
	}
	c.Flags().BoolVar(&f.json, "json", false, "print JSON")
	return c
}

func (p *program) reload(ctx context.Context, f *reloadFlags) error {
	c, err := p.client()
	if err != nil {
		return err
	}
	r, err := c.Reload(ctx)
	if err != nil {
		return err
	}
	if f.json {
		return json.NewEncoder(p.stdout).Encode(r)
	}
	for _, w := range r.Warnings {
		fmt.Fprintln(p.stdout, "warning:", w)
	}
	_, err = fmt.Fprintf(p.stdout, "%s serves: %d plugins, %d hosts\n", r.File, r.Plugins, r.Hosts)
	return err
}
