package daemon

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"

	"github.com/spf13/cobra"

	"github.com/stage6/stage6/api"
)

// nextFreeFlags are the flags of next-free.
type nextFreeFlags struct {
	json   bool
	link   string
	within string
	length int
}

func (p *program) nextFreeCommand() *cobra.Command {
	f := &nextFreeFlags{}
	c := &cobra.Command{
		Use:   "next-free",
		Short: "Print the lowest address or block that nobody has",
		Long: `Print the lowest address, or block of addresses, of a link that no host has
reserved, that is in no pool, that nobody has leased, and that is no address of
the server's machine. Single addresses of a link begin at ::2: ::1 nearly always
is the router's.

Nothing is reserved: who asks twice is told the same. Addresses that are used
without the server, such as those of routers, are not known to it: write them
into the list of hosts, or look within a prefix in which there are none.

The server is asked over its API socket: --api, else that of the configuration.
Exit code 4 says that there is none.`,
		Example: `  stage6 next-free
  stage6 next-free --link prov0 --length 125
  stage6 next-free --within 2001:db8:10::1:0/112 --json`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return p.nextFree(c.Context(), f) },
	}
	c.Flags().BoolVar(&f.json, "json", false, "print JSON")
	c.Flags().StringVar(&f.link, "link", "", "on this `link`; default: the only one that there is")
	c.Flags().StringVar(&f.within, "within", "", "within this `prefix`; default: the first one of the link")
	c.Flags().IntVar(&f.length, "length", 128, "the `length` of the block: 128 is one address, 125 are eight")
	_ = c.RegisterFlagCompletionFunc("length", cobra.FixedCompletions([]string{"128", "125", "124", "120", "64"}, cobra.ShellCompDirectiveNoFileComp))
	_ = c.RegisterFlagCompletionFunc("within", cobra.NoFileCompletions)
	p.completeLinkFlag(c)
	return c
}

func (p *program) nextFree(ctx context.Context, f *nextFreeFlags) error {
	q := api.NextFreeQuery{Link: f.link, Length: f.length}
	if f.length < 1 || f.length > 128 {
		return &usageError{fmt.Errorf("--length %d: want 1 to 128, such as 125 for eight addresses", f.length)}
	}
	if f.within != "" {
		within, err := netip.ParsePrefix(f.within)
		if err != nil || !within.Addr().Is6() {
			return &usageError{fmt.Errorf("--within %q: want an IPv6 prefix such as 2001:db8:10::/64", f.within)}
		}
		q.Within = within.Masked()
	}
	c, err := p.client()
	if err != nil {
		return err
	}
	n, err := c.NextFree(ctx, q)
	if err != nil {
		return err
	}
	if f.json {
		return json.NewEncoder(p.stdout).Encode(n)
	}
	if n.Prefix.IsSingleIP() {
		fmt.Fprintln(p.stdout, n.Prefix.Addr())
		return nil
	}
	fmt.Fprintln(p.stdout, n.Prefix)
	return nil
}
