package daemon

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/stage6/stage6/api"
)

// tokenFlags are those of token.
type tokenFlags struct{ json bool }

func (p *program) tokenCommand() *cobra.Command {
	f := &tokenFlags{}
	c := &cobra.Command{
		Use:   "token HOST",
		Short: "Print the one-time token of a machine, or say whose a token is",
		Long: `Print the one-time token that a machine has now, the same that ${token} stands for
in the URLs of the plugin boot: for tests, and for scripts that tell it in their
own way. Only machines whose state is new or deploy have one.

Whoever has the token can say once that the machine is installed, over the API's
http:// endpoint as over its socket:

  curl -fsS -d token=TOKEN http://[2001:db8:10::2]:8067/v1/installed`,
		Example: `  stage6 token web01
  stage6 token web01 --json
  stage6 token verify TOKEN`,
		Args:              exactly(1, "the name of a host"),
		ValidArgsFunction: p.completeHosts(1),
		RunE:              func(c *cobra.Command, args []string) error { return p.newToken(c.Context(), f, args[0]) },
	}
	c.PersistentFlags().BoolVar(&f.json, "json", false, "print JSON")
	c.AddCommand(p.tokenVerify(f))
	return c
}

func (p *program) tokenVerify(f *tokenFlags) *cobra.Command {
	return &cobra.Command{
		Use:   "verify TOKEN",
		Short: "Say for which machine a token stands, or why it does not count",
		Long: `Say for which machine a one-time token stands, and until when. It is not used up.
One that does not count makes the exit code 1; the message says why.

With --api this can be asked from another machine, too.`,
		Example: `  stage6 token verify "$(stage6 token web01)"
  stage6 token verify TOKEN --api http://[2001:db8:10::2]:8067`,
		Args:              exactly(1, "a token"),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(c *cobra.Command, args []string) error { return p.verifyToken(c.Context(), f, args[0]) },
	}
}

func (p *program) newToken(ctx context.Context, f *tokenFlags, name string) error {
	c, err := p.client()
	if err != nil {
		return err
	}
	t, err := c.NewToken(ctx, name)
	if err != nil {
		return err
	}
	if f.json {
		return json.NewEncoder(p.stdout).Encode(t)
	}
	_, err = fmt.Fprintln(p.stdout, t.Token)
	return err
}

func (p *program) verifyToken(ctx context.Context, f *tokenFlags, text string) error {
	c, err := p.client()
	if err != nil {
		return err
	}
	t, err := c.VerifyToken(ctx, text)
	if err != nil {
		return err
	}
	if f.json {
		return json.NewEncoder(p.stdout).Encode(t)
	}
	return p.printToken(&t)
}

func (p *program) printToken(t *api.Token) error {
	w := tabwriter.NewWriter(p.stdout, 0, 8, 2, ' ', 0)
	var macs []string
	for _, m := range t.MACs {
		macs = append(macs, m.String())
	}
	for _, row := range [][2]string{
		{"host", t.Host}, {"state", t.State.String()}, {"MAC", dash(strings.Join(macs, ","))},
		{"address", dash(strings.Join(t.Addresses, ","))}, {"expires", t.Expires.Format(time.RFC3339)},
	} {
		fmt.Fprintf(w, "%s\t%s\n", row[0], row[1])
	}
	return w.Flush()
}
