package daemon

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/ident"
)

// adoptFlags are those of adopt.
type adoptFlags struct {
	hosts    hostsFlags
	host     hostFlags
	name     string
	withDUID bool
}

func (p *program) adoptCommand() *cobra.Command {
	f := &adoptFlags{}
	c := &cobra.Command{
		Use:   "adopt ADDRESS|DUID --name NAME",
		Short: "Make a host of a client that has leases, and let it keep them",
		Long: `Make a host of a client, which keeps what it has leased: named by an address or
prefix, that one; named by its DUID, everything.

The host is known by the client's MAC, since DUIDs change from one boot stage to
the next; where no MAC is known, by its DUID. With --duid it is known by both.`,
		Example: `  stage6 adopt 2001:db8:10::d17 --name web07
  stage6 adopt 00:03:00:01:52:54:00:aa:bb:07 --name web07 --tag rhel --state installed`,
		Args:              exactly(1, "an address, a prefix or a DUID"),
		ValidArgsFunction: p.completeLease,
		RunE:              func(c *cobra.Command, args []string) error { return p.adopt(c, f, args[0]) },
	}
	c.Flags().StringVar(&f.name, "name", "", "the `name` of the host")
	c.Flags().BoolVar(&f.withDUID, "duid", false, "know it by its DUID, too")
	c.Flags().BoolVar(&f.hosts.json, "json", false, "print JSON")
	c.Flags().StringVar(&f.host.hostname, "hostname", "", "its domain `name`; default: the one that it said, if any")
	c.Flags().StringVar(&f.host.state, "state", "", "its `state`: new, deploy, installed or locked")
	c.Flags().StringSliceVar(&f.host.tags, "tag", nil, "a `tag`, for expressions")
	_ = c.MarkFlagRequired("name")
	_ = c.RegisterFlagCompletionFunc("name", cobra.NoFileCompletions)
	return c
}

func (p *program) adopt(c *cobra.Command, f *adoptFlags, what string) error {
	client, err := p.client()
	if err != nil {
		return err
	}
	leases, err := leasesToAdopt(c.Context(), client, what)
	if err != nil {
		return err
	}
	if err := notAdopted(c.Context(), client, &leases[0]); err != nil {
		return err
	}
	spec := hostOf(leases, f.withDUID)
	spec.Name = f.name
	if err := f.host.apply(c.Context(), client, c.Flags(), spec); err != nil {
		return err
	}
	h, err := client.CreateHost(c.Context(), *spec)
	if err != nil {
		return err
	}
	return p.printWritten(&f.hosts, &h, "made")
}

// leasesToAdopt gives the active leases of an address, prefix or DUID.
func leasesToAdopt(ctx context.Context, c *api.Client, what string) ([]api.Lease, error) {
	q := api.LeaseQuery{State: "active"}
	if prefix, err := api.ParsePrefix(what); err == nil {
		q.Address = prefix.String()
	} else if duid, duidErr := ident.ParseDUID(what); duidErr == nil {
		q.DUID = duid.String()
	} else {
		return nil, &usageError{fmt.Errorf("%q: want an address, a prefix with its length, or a DUID in hexadecimal", what)}
	}
	page, err := c.Leases(ctx, q)
	if err != nil {
		return nil, err
	}
	if len(page.Leases) == 0 {
		return nil, &api.NotFoundError{What: "an active lease of " + what}
	}
	return page.Leases, nil
}

// notAdopted says that a lease is that of a host which is there, or nil.
func notAdopted(ctx context.Context, c *api.Client, l *api.Lease) error {
	if l.Host == "" {
		return nil
	}
	_, err := c.Host(ctx, l.Host)
	var missing *api.NotFoundError
	switch {
	case errors.As(err, &missing):
		return nil
	case err != nil:
		return err
	}
	return &api.ConflictError{Err: fmt.Errorf("%s is that of the host %q already: see stage6 hosts show %s", shortPrefix(l), l.Host, l.Host)}
}

// hostOf makes a host of leases of one client.
func hostOf(leases []api.Lease, withDUID bool) *api.HostSpec {
	first := &leases[0]
	f := api.HostInterface{}
	if !first.MAC.IsZero() {
		f.MACs = []ident.MAC{first.MAC}
	}
	if first.MAC.IsZero() || withDUID {
		f.Clients = []api.HostClient{{DUID: first.DUID}}
	}
	for i := range leases {
		if l := &leases[i]; l.Prefix.IsSingleIP() {
			f.Addresses = append(f.Addresses, l.Prefix.Addr().String())
		} else {
			f.Prefixes = append(f.Prefixes, l.Prefix)
		}
	}
	return &api.HostSpec{Hostname: strings.TrimSuffix(first.Hostname, "."), Interfaces: []api.HostInterface{f}}
}
