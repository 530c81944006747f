package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/stage"
)

// leasesFlags are what the commands below leases share.
type leasesFlags struct {
	json  bool
	query api.LeaseQuery
}

func (p *program) leasesCommand() *cobra.Command {
	f := &leasesFlags{}
	c := &cobra.Command{
		Use:   "leases",
		Short: "List, show, release and verify leases",
		Long: `List the leases of the running server, or work on them.

The server is asked over its API socket: --api, else that of the configuration.`,
		Example: `  stage6 leases
  stage6 leases --state all --json
  stage6 leases show 2001:db8:10::1000
  stage6 leases release 2001:db8:10::1000
  stage6 leases verify`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return p.listLeases(c.Context(), f) },
	}
	c.PersistentFlags().BoolVar(&f.json, "json", false, "print JSON")
	c.AddCommand(p.leasesList(f), p.leasesShow(f), p.leasesRelease(f), p.leasesVerify(f))
	p.addQueryFlags(c, f)
	return c
}

func (p *program) addQueryFlags(c *cobra.Command, f *leasesFlags) {
	c.Flags().StringVar(&f.query.State, "state", "active", "active, expired, released, declined or all")
	c.Flags().StringVar(&f.query.Address, "address", "", "only the lease of this `address` or prefix")
	c.Flags().StringVar(&f.query.DUID, "duid", "", "only leases of this `DUID`, in hexadecimal")
	c.Flags().StringVar(&f.query.MAC, "mac", "", "only leases of this `MAC`")
	c.Flags().StringVar(&f.query.Host, "host", "", "only leases of this `host`")
	c.Flags().StringVar(&f.query.Link, "link", "", "only leases on this `link`")
	c.Flags().StringVar(&f.query.Pool, "pool", "", "only leases that this `plugin` gave, by its name in the configuration")
	c.Flags().StringVar(&f.query.Stage, "stage", "", "only leases of this `stage` of the boot: "+strings.Join(stageNames(), ", "))
	_ = c.RegisterFlagCompletionFunc("host", p.completeHosts(-1))
	_ = c.RegisterFlagCompletionFunc("pool", p.completePools)
	_ = c.RegisterFlagCompletionFunc("stage", cobra.FixedCompletions(stageNames(), cobra.ShellCompDirectiveNoFileComp))
	p.completeLinkFlag(c)
	states := []string{"active", "expired", "released", "declined", "all"}
	_ = c.RegisterFlagCompletionFunc("state", cobra.FixedCompletions(states, cobra.ShellCompDirectiveNoFileComp))
}

func (p *program) leasesList(f *leasesFlags) *cobra.Command {
	c := &cobra.Command{
		Use:     "list",
		Short:   "List leases (the same as leases alone)",
		Example: "  stage6 leases list --mac 52:54:00:aa:bb:01 --state all",
		Args:    cobra.NoArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return p.listLeases(c.Context(), f) },
	}
	p.addQueryFlags(c, f)
	return c
}

func (p *program) leasesShow(f *leasesFlags) *cobra.Command {
	return &cobra.Command{
		Use:               "show ADDRESS",
		Short:             "Show everything about the lease of an address or prefix",
		Example:           "  stage6 leases show 2001:db8:10::1000\n  stage6 leases show 2001:db8:f001::/56",
		Args:              exactly(1, "an address or prefix"),
		ValidArgsFunction: p.completeLease,
		RunE:              func(c *cobra.Command, args []string) error { return p.showLease(c.Context(), f, args[0]) },
	}
}

func (p *program) leasesRelease(f *leasesFlags) *cobra.Command {
	return &cobra.Command{
		Use:   "release ADDRESS",
		Short: "End the lease of an address or prefix, as if the client had released it",
		Long: `End the lease of an address or prefix, as if the client had released it. The
client is not told: it goes on using the address until it renews, so that the
address should only be released when the machine is gone.`,
		Example:           "  stage6 leases release 2001:db8:10::1000",
		Args:              exactly(1, "an address or prefix"),
		ValidArgsFunction: p.completeLease,
		RunE:              func(c *cobra.Command, args []string) error { return p.releaseLease(c.Context(), f, args[0]) },
	}
}

func (p *program) leasesVerify(f *leasesFlags) *cobra.Command {
	whole := false
	c := &cobra.Command{
		Use:   "verify",
		Short: "Check that the leases are consistent; exit 1 if they are not",
		Long: `Check that no address is held by two, that no prefixes overlap, and that every
record can be read. A running server is asked, which answers messages meanwhile; when
none runs, the leases of the configuration are read from the disk, and what is counted
of them is added up, too.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return p.verifyLeases(c.Context(), f, whole) },
	}
	c.Flags().BoolVar(&whole, "whole", false, "have a running server add up what it counts, too; it answers no message meanwhile, some seconds with a million leases")
	return c
}

// exactly is cobra.ExactArgs with a message that says what is wanted.
func exactly(n int, what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) == n {
			return nil
		}
		return fmt.Errorf("%s: want %s, got %d arguments", c.CommandPath(), what, len(args))
	}
}

func (p *program) listLeases(ctx context.Context, f *leasesFlags) error {
	c, err := p.client()
	if err != nil {
		return err
	}
	q := f.query
	leases, err := collect(c.AllLeases(ctx, q))
	if err != nil {
		return err
	}
	if f.json {
		return json.NewEncoder(p.stdout).Encode(leases)
	}
	return p.printLeases(leases)
}

func (p *program) printLeases(leases []api.Lease) error {
	if len(leases) == 0 {
		fmt.Fprintln(p.stdout, "no leases")
		return nil
	}
	rows := [][]string{{"ADDRESS OR PREFIX", "STATE", "ENDS", "HOST", "MAC", "LINK", "POOL", "DUID"}}
	now := time.Now()
	for i := range leases {
		l := &leases[i]
		rows = append(rows, []string{shortPrefix(l), l.State, until(l.Until, now),
			dash(l.Host), dash(l.MAC.String()), dash(l.Link), dash(l.Pool), shorten(l.DUID.String(), 32)})
	}
	return printTable(p.stdout, terminalWidth(p.stdout), rows)
}

// stageNames lists the stages of a boot.
func stageNames() (names []string) {
	for s := stage.Unknown; s <= stage.Final; s++ {
		names = append(names, s.String())
	}
	return names
}

// shortPrefix leaves the length of an address out.
func shortPrefix(l *api.Lease) string { return strings.TrimSuffix(l.Prefix.String(), "/128") }

// until says when a lease ends, as a time from now.
func until(t, now time.Time) string {
	switch {
	case t.IsZero():
		return "never"
	case t.After(now):
		return "in " + span(t.Sub(now))
	}
	return span(now.Sub(t)) + " ago"
}

// span writes a time to the second, without units that are zero: 24h, 1h30m.
func span(d time.Duration) string {
	s := d.Round(time.Second).String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// lifetime writes one that is counted in seconds (RFC 9915 section 7.7).
func lifetime(seconds uint32) string {
	if seconds == math.MaxUint32 {
		return "infinity"
	}
	return span(time.Duration(seconds) * time.Second)
}

func dash(s string) string {
	if s == "" || s == "00:00:00:00:00:00" {
		return "-"
	}
	return s
}

func shorten(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return s[:n-3] + "..."
}

func (p *program) showLease(ctx context.Context, f *leasesFlags, address string) error {
	prefix, err := api.ParsePrefix(address)
	if err != nil {
		return &usageError{err}
	}
	c, err := p.client()
	if err != nil {
		return err
	}
	page, err := c.Leases(ctx, api.LeaseQuery{Address: prefix.String(), State: "all"})
	if err != nil {
		return err
	}
	if len(page.Leases) == 0 {
		return &absentError{fmt.Errorf("nobody has or had %s%s", address, lengthHint(prefix))}
	}
	if f.json {
		return json.NewEncoder(p.stdout).Encode(page.Leases[0])
	}
	return p.printLease(&page.Leases[0])
}

// lengthHint says how a delegated prefix is named, behind what may be the
// beginning of one.
func lengthHint(p netip.Prefix) string {
	if host := p.Addr().As16(); !p.IsSingleIP() || [8]byte(host[8:]) != [8]byte{} {
		return ""
	}
	return fmt.Sprintf("; a delegated prefix is named with its length, such as %s/56", p.Addr())
}

func (p *program) printLease(l *api.Lease) error {
	w := tabwriter.NewWriter(p.stdout, 0, 8, 2, ' ', 0)
	for _, row := range [][2]string{
		{"address", shortPrefix(l)}, {"state", l.State}, {"ends", until(l.Until, time.Now())},
		{"preferred", lifetime(l.Preferred)}, {"valid", lifetime(l.Valid)},
		{"DUID", l.DUID.String()}, {"identity association", fmt.Sprintf("%s %d", l.IAType, l.IAID)},
		{"MAC", dash(l.MAC.String())}, {"host", dash(l.Host)}, {"hostname", dash(l.Hostname)},
		{"link", dash(l.Link)}, {"pool", dash(l.Pool)}, {"stage", l.Stage.String()}, {"route via", via(l)},
		{"answered", l.Updated.Format(time.RFC3339)},
	} {
		fmt.Fprintf(w, "%s\t%s\n", row[0], row[1])
	}
	return w.Flush()
}

// via gives the next hop of the route to a prefix, or a dash.
func via(l *api.Lease) string {
	if !l.Via.IsValid() {
		return "-"
	}
	return l.Via.String()
}

func (p *program) releaseLease(ctx context.Context, f *leasesFlags, address string) error {
	prefix, err := api.ParsePrefix(address)
	if err != nil {
		return &usageError{err}
	}
	c, err := p.client()
	if err != nil {
		return err
	}
	l, err := c.Release(ctx, prefix)
	if err != nil {
		return err
	}
	if f.json {
		return json.NewEncoder(p.stdout).Encode(l)
	}
	fmt.Fprintf(p.stdout, "released %s of %s\n", shortPrefix(&l), l.DUID)
	return nil
}

func (p *program) verifyLeases(ctx context.Context, f *leasesFlags, whole bool) error {
	v, err := p.verification(ctx, whole)
	if err != nil {
		return err
	}
	if f.json {
		if err := json.NewEncoder(p.stdout).Encode(v); err != nil {
			return err
		}
	} else {
		for _, problem := range v.Problems {
			fmt.Fprintln(p.stdout, problem)
		}
		fmt.Fprintf(p.stdout, "%d bindings, %d problems\n", v.Bindings, len(v.Problems))
	}
	if len(v.Problems) > 0 {
		return errors.New("the leases are not consistent")
	}
	return nil
}

// verification asks the running server, or reads the store when none runs.
func (p *program) verification(ctx context.Context, whole bool) (api.Verification, error) {
	c, err := p.client()
	if err == nil {
		verify := c.Verify
		if whole {
			verify = c.VerifyWhole
		}
		v, err := verify(ctx)
		if p.socket() != "" || !errors.Is(err, api.ErrNoServer) {
			return v, err
		}
	}
	file, loadErr := p.load()
	if loadErr != nil {
		return api.Verification{}, errors.Join(err, loadErr)
	}
	return p.verifyStore(ctx, file)
}
