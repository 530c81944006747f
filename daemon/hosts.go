package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/host"
)

// hostsFlags are what the commands about hosts share.
type hostsFlags struct {
	json  bool
	query api.HostQuery
}

func (p *program) hostsCommand() *cobra.Command {
	f := &hostsFlags{}
	c := &cobra.Command{
		Use:   "hosts",
		Short: "List, find, make, change and delete known machines",
		Long: `List the known machines of the running server, or show one.

The state of a machine says what you want of it: new, deploy, installed or
locked. It is that of the configuration or file, unless one was set by deploy,
installed or lock: that one wins until it is reset.

The server is asked over its API socket: --api, else that of the configuration.`,
		Example: `  stage6 hosts
  stage6 hosts --state deploy --json
  stage6 hosts --name 'web*'
  stage6 hosts show web01
  stage6 hosts search 52:54:00:aa:bb:01
  stage6 hosts add web07 --mac 52:54:00:aa:bb:07 --address 2001:db8:10::107
  stage6 hosts reset web01`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return p.listHosts(c.Context(), f) },
	}
	c.PersistentFlags().BoolVar(&f.json, "json", false, "print JSON")
	c.AddCommand(p.hostsList(f), p.hostsShow(f), p.hostsSearch(f), p.hostsAdd(f), p.hostsChange(f), p.hostsDelete(f), p.hostsReset(f), p.hostsPin(f), p.hostsUnpin(f))
	addHostFlags(c, f)
	return c
}

func addHostFlags(c *cobra.Command, f *hostsFlags) {
	c.Flags().StringVar(&f.query.State, "state", "", "only hosts in this `state`: new, deploy, installed or locked")
	c.Flags().StringVar(&f.query.Name, "name", "", "only hosts whose names match a `pattern` such as web*")
	c.Flags().StringVar(&f.query.MAC, "mac", "", "only the host with this `MAC`")
	c.Flags().StringVar(&f.query.Address, "address", "", "only the host that this `address` or prefix is reserved for")
	c.Flags().StringVar(&f.query.Tag, "tag", "", "only hosts with this `tag`")
	c.Flags().StringVar(&f.query.Source, "source", "", "only hosts of this `source`: api, file, or aside for those that do not count")
	_ = c.RegisterFlagCompletionFunc("source", cobra.FixedCompletions(hostSources, cobra.ShellCompDirectiveNoFileComp))
	states := []string{"new", "deploy", "installed", "locked"}
	_ = c.RegisterFlagCompletionFunc("state", cobra.FixedCompletions(states, cobra.ShellCompDirectiveNoFileComp))
}

func (p *program) hostsList(f *hostsFlags) *cobra.Command {
	c := &cobra.Command{
		Use:     "list",
		Short:   "List hosts (the same as hosts alone)",
		Example: "  stage6 hosts list --state installed",
		Args:    cobra.NoArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return p.listHosts(c.Context(), f) },
	}
	addHostFlags(c, f)
	return c
}

func (p *program) hostsShow(f *hostsFlags) *cobra.Command {
	return &cobra.Command{
		Use:               "show NAME",
		Short:             "Show everything about a host",
		Example:           "  stage6 hosts show web01",
		Args:              exactly(1, "the name of a host"),
		ValidArgsFunction: p.completeHosts(1),
		RunE:              func(c *cobra.Command, args []string) error { return p.showHost(c.Context(), f, args[0]) },
	}
}

func (p *program) hostsReset(f *hostsFlags) *cobra.Command {
	c := p.stateCommand(f, func(ctx context.Context, c *api.Client, name string) (api.Host, error) {
		return c.ResetState(ctx, name)
	})
	c.Use = "reset NAME..."
	c.Short = "Give hosts the state back that their file says"
	c.Long = `Give hosts the state back that the configuration or their file says, and forget
the one that deploy, installed or lock has set.`
	c.Example = "  stage6 hosts reset web01 web02"
	return c
}

// stateCommands are those that set a state.
func (p *program) stateCommands() []*cobra.Command {
	return []*cobra.Command{
		p.setStateCommand(host.Deploy, "deploy", "Have hosts installed when they boot the next time", `Set the state of hosts to deploy: when they boot the next time, their installers
are told from their systems, and get what is configured for the stage installer.
A system that runs keeps its address as long as it renews it. Nothing reboots.

Where boot has an answer for an installer, that is what the machine boots.`),
		p.setStateCommand(host.Installed, "installed", "Tell that hosts have their system", `Set the state of hosts to installed: the next client of such a host that is
neither firmware nor loader is its installed system, and gets its address. Run
this when the installer is done, or have it done over the API. With --duid the
system is known by its DUID where nothing else tells which machine it is on.`),
		p.setStateCommand(host.Locked, "lock", "Let nobody take over the addresses of hosts", `Set the state of hosts to locked: with the plugin final, the address of such a
host stays with the DUID that has it, until that lets it go or its lease ends.
Not even another system on the same machine takes it over. To end this, set
another state: stage6 installed NAME.

A condition state == "installed" does not hold for it: where one sends machines
to their disks, write state != "deploy".`),
	}
}

func (p *program) setStateCommand(s host.State, verb, short, long string) *cobra.Command {
	f := &hostsFlags{}
	c := p.stateCommand(f, func(ctx context.Context, c *api.Client, name string) (api.Host, error) {
		return c.SetState(ctx, name, s)
	})
	c.Use, c.Short = verb+" NAME...", short
	c.Long = long + `

The state is on the disk when the command ends, survives restarts, and wins over
the configuration and its files until stage6 hosts reset NAME.`
	c.Example = fmt.Sprintf("  stage6 %s web01\n  stage6 %s web01 web02 --json", verb, verb)
	c.Flags().BoolVar(&f.json, "json", false, "print JSON")
	if s == host.Installed {
		p.pinsDUID(c, f)
		c.Example += "\n  stage6 installed web01 --duid 00:04:4c:4c:45:44"
	}
	return c
}

// stateCommand makes a command that does something to the state of each host
// that is named.
func (p *program) stateCommand(f *hostsFlags, change stateChange) *cobra.Command {
	return &cobra.Command{
		Args:              someHosts,
		ValidArgsFunction: p.completeHosts(-1),
		RunE:              func(c *cobra.Command, args []string) error { return p.changeStates(c.Context(), f, args, change) },
	}
}

// stateChange changes the state of one host over the API.
type stateChange func(ctx context.Context, c *api.Client, name string) (api.Host, error)

func someHosts(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return nil
	}
	return fmt.Errorf("%s: want the names of hosts", c.CommandPath())
}

// completeHosts completes names of hosts, of which at most so many are wanted,
// or, with -1, any number.
func (p *program) completeHosts(most int) cobra.CompletionFunc {
	return func(c *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
		if len(args) == most {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return p.complete(c, begun, func(ctx context.Context, client *api.Client) (names []string, err error) {
			page, err := client.Hosts(ctx, api.HostQuery{Name: begun + "*"})
			for i := range page.Hosts {
				names = append(names, fmt.Sprintf("%s\t%s", page.Hosts[i].Name, page.Hosts[i].State))
			}
			return names, err
		})
	}
}

// mostHosts is how many hosts are asked for at once.
const mostHosts = 10_000

func (p *program) listHosts(ctx context.Context, f *hostsFlags) error {
	c, err := p.client()
	if err != nil {
		return err
	}
	q := f.query
	q.Limit = mostHosts
	hosts, err := collect(c.AllHosts(ctx, q))
	if err != nil {
		return err
	}
	if f.json {
		return json.NewEncoder(p.stdout).Encode(hosts)
	}
	return p.printHosts(hosts)
}

func (p *program) printHosts(hosts []api.Host) error {
	if len(hosts) == 0 {
		fmt.Fprintln(p.stdout, "no hosts")
		return nil
	}
	rows := [][]string{{"NAME", "STATE", "SET", "MAC", "ADDRESS OR PREFIX", "TAGS"}}
	for i := range hosts {
		h := &hosts[i]
		rows = append(rows, []string{h.Name, h.State.String(), yesOrDash(h.StateSet),
			dash(inAll(h, macs)), dash(inAll(h, reserved)), dash(strings.Join(h.Tags, ","))})
	}
	return printTable(p.stdout, terminalWidth(p.stdout), rows)
}

func yesOrDash(b bool) string {
	if b {
		return "yes"
	}
	return "-"
}

// inAll joins what all interfaces of a host have.
func inAll(h *api.Host, of func(*api.HostInterface) []string) string {
	var all []string
	for i := range h.Interfaces {
		all = append(all, of(&h.Interfaces[i])...)
	}
	return strings.Join(all, ",")
}

func macs(f *api.HostInterface) (out []string) {
	for _, m := range f.MACs {
		out = append(out, m.String())
	}
	return out
}

func clients(f *api.HostInterface) (out []string) {
	for _, c := range f.Clients {
		text := c.DUID.String()
		if c.IAID != nil {
			text = fmt.Sprintf("%s/%d", text, *c.IAID)
		}
		out = append(out, text)
	}
	return out
}

// reserved lists addresses and prefixes.
func reserved(f *api.HostInterface) (out []string) {
	out = append(out, f.Addresses...)
	for _, p := range f.Prefixes {
		out = append(out, p.String())
	}
	return out
}

func (p *program) showHost(ctx context.Context, f *hostsFlags, name string) error {
	c, err := p.client()
	if err != nil {
		return err
	}
	h, err := c.Host(ctx, name)
	if err != nil {
		return err
	}
	if f.json {
		return json.NewEncoder(p.stdout).Encode(h)
	}
	return p.printHost(&h)
}

func (p *program) printHost(h *api.Host) error {
	w := tabwriter.NewWriter(p.stdout, 0, 8, 2, ' ', 0)
	rows := [][2]string{
		{"name", h.Name}, {"state", explainState(h)}, {"pinned", dash(h.Pinned.String())}, {"hostname", dash(h.Hostname)}, {"tags", dash(strings.Join(h.Tags, ","))},
		{"UUID", dash(strings.Join(h.UUIDs, ","))}, {"source", h.Source},
	}
	if h.Version != 0 {
		rows = append(rows, [2]string{"version", fmt.Sprint(h.Version)})
	}
	if h.Aside != "" {
		rows = append(rows, [2]string{"does not count", h.Aside})
	}
	if len(h.Options) > 0 {
		rows = append(rows, [2]string{"options", string(h.Options)})
	}
	for i := range h.Interfaces {
		rows = append(rows, interfaceRows(&h.Interfaces[i])...)
	}
	for _, row := range rows {
		fmt.Fprintf(w, "%s\t%s\n", row[0], row[1])
	}
	return w.Flush()
}

// explainState says where a state comes from.
func explainState(h *api.Host) string {
	if h.StateSet {
		return fmt.Sprintf("%s (was set; the source says %s)", h.State, h.StateInSource)
	}
	return h.State.String()
}

// explainPin tells the DUID that is pinned to a host, if there is one.
func explainPin(h *api.Host) string {
	if h.Pinned == "" {
		return ""
	}
	return ", its system has the DUID " + h.Pinned.String()
}

func interfaceRows(f *api.HostInterface) (rows [][2]string) {
	if f.Name != "" {
		rows = append(rows, [2]string{"interface", f.Name})
	}
	return append(rows, [2]string{"MAC", dash(strings.Join(macs(f), ","))},
		[2]string{"DUID", dash(strings.Join(clients(f), ","))},
		[2]string{"port", dash(strings.Join(f.Ports, ","))}, [2]string{"reserved", dash(strings.Join(reserved(f), ","))})
}

// changeStates changes the state of each host, also when it fails for another.
func (p *program) changeStates(ctx context.Context, f *hostsFlags, names []string, change stateChange) error {
	c, err := p.client()
	if err != nil {
		return err
	}
	hosts := []api.Host{}
	var errs []error
	for _, name := range names {
		h, err := change(ctx, c, name)
		if errors.Is(err, api.ErrNoServer) {
			return err
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		hosts = append(hosts, h)
	}
	return errors.Join(append(errs, p.printStates(f, hosts))...)
}

func (p *program) printStates(f *hostsFlags, hosts []api.Host) error {
	if f.json {
		return json.NewEncoder(p.stdout).Encode(hosts)
	}
	for i := range hosts {
		fmt.Fprintf(p.stdout, "%s is %s%s\n", hosts[i].Name, explainState(&hosts[i]), explainPin(&hosts[i]))
	}
	return nil
}
