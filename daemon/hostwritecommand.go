package daemon

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
)

// hostFlags say what a host is.
type hostFlags struct {
	face, hostname, state, from     string
	macs, duids, uuids, ports, tags []string
	addresses, prefixes, options    []string
	link                            string
	version                         uint64
}

func (f *hostFlags) add(c *cobra.Command) {
	flags := c.Flags()
	flags.StringSliceVar(&f.macs, "mac", nil, "its `MAC`; several are alternatives for one interface")
	flags.StringSliceVar(&f.duids, "duid", nil, "its `DUID`, in hexadecimal")
	flags.StringSliceVar(&f.uuids, "uuid", nil, "its `UUID`")
	flags.StringArrayVar(&f.ports, "port", nil, "the `port` that it is plugged into, such as interface-id:ge-0/0/7")
	flags.StringSliceVar(&f.addresses, "address", nil, "its `address`, a host part such as ::56, a block such as 2001:db8:10::100/125, derived, or next-free")
	flags.StringSliceVar(&f.prefixes, "prefix", nil, "the `prefix` that is delegated to it")
	flags.StringVar(&f.link, "link", "", "the `link` of --address next-free; default: the only one")
	flags.StringVar(&f.hostname, "hostname", "", "its domain `name`")
	flags.StringVar(&f.state, "state", "", "its `state`: new, deploy, installed or locked")
	flags.StringSliceVar(&f.tags, "tag", nil, "a `tag`, for expressions")
	flags.StringArrayVar(&f.options, "option", nil, "an option for it, as `NAME=VALUE`, such as dns_servers=2001:db8::53")
	flags.StringVar(&f.face, "interface", "", "the `name` of the interface that mac, duid, port, address and prefix are of")
	flags.StringVar(&f.from, "file", "", "a `file` with the host in JSON, as the API has it; - is the standard input")
	_ = c.MarkFlagFilename("file", "json")
	states := []string{"new", "deploy", "installed", "locked"}
	_ = c.RegisterFlagCompletionFunc("state", cobra.FixedCompletions(states, cobra.ShellCompDirectiveNoFileComp))
}

func (p *program) hostsAdd(f *hostsFlags) *cobra.Command {
	w := &hostFlags{}
	c := &cobra.Command{
		Use:   "add NAME",
		Short: "Make a host, durably, which the next packet is served by",
		Long: `Make a host. It is on the disk when the command ends, and counts from the next
packet on. The configuration needs the plugin hosts for that: hosts: {} is enough.

What the host claims must be nobody else's: no host of a file's and none that was
made so. When a file later claims some of it, the file goes first.
Flags that can be given several times also take lists with commas.`,
		Example: `  stage6 hosts add web07 --mac 52:54:00:aa:bb:07 --address 2001:db8:10::107 --tag rhel
  stage6 hosts add web08 --mac 52:54:00:aa:bb:08 --address next-free --state deploy
  stage6 hosts add web09 --file web09.json`,
		Args: exactly(1, "the name of a host"),
		RunE: func(c *cobra.Command, args []string) error { return p.addHost(c, f, w, args[0]) },
	}
	w.add(c)
	p.completeLinkFlag(c)
	return c
}

func (p *program) hostsChange(f *hostsFlags) *cobra.Command {
	w := &hostFlags{}
	c := &cobra.Command{
		Use:   "change NAME",
		Short: "Change a host that was made with add, durably",
		Long: `Change a host that was made with add or over the API. What a flag says takes the
place of what there was: --tag a,b makes these its tags, and --tag '' takes all
away. Of a host with several interfaces, --interface says which one is meant; one
that it has not got is added.

Somebody else's change in the same moment is not undone: the command fails then,
with exit code 5.`,
		Example: `  stage6 hosts change web07 --tag rhel,db
  stage6 hosts change web07 --address 2001:db8:10::117 --hostname db07.example.net
  stage6 hosts change web07 --interface eth1 --mac 52:54:00:aa:cc:07`,
		Args:              exactly(1, "the name of a host"),
		ValidArgsFunction: p.completeHosts(1),
		RunE:              func(c *cobra.Command, args []string) error { return p.changeHost(c, f, w, args[0]) },
	}
	w.add(c)
	c.Flags().Uint64Var(&w.version, "version", 0, "the `version` that the host must have; default: the one that it has")
	p.completeLinkFlag(c)
	return c
}

func (p *program) hostsDelete(f *hostsFlags) *cobra.Command {
	force := false
	c := &cobra.Command{
		Use:   "delete NAME...",
		Short: "Delete hosts that were made with add",
		Long: `Delete hosts that were made with add or over the API, with their states. Hosts of
files are deleted there.

A host with leases is only deleted with --force. Its clients keep what they have
until they renew: then they are told to use it no longer, unless a pool has it.`,
		Example:           "  stage6 hosts delete web07\n  stage6 hosts delete web07 web08 --force",
		Args:              someHosts,
		ValidArgsFunction: p.completeHosts(-1),
		RunE: func(c *cobra.Command, args []string) error {
			return p.deleteHosts(c.Context(), f, args, force)
		},
	}
	c.Flags().BoolVar(&force, "force", false, "also while they have leases")
	return c
}

func (p *program) hostsSearch(f *hostsFlags) *cobra.Command {
	return &cobra.Command{
		Use:   "search WORD...",
		Short: "Find hosts by any part of what they are known by or have",
		Long: `Find hosts by words that are looked for in names, MACs, UUIDs, DUIDs, ports,
addresses, prefixes, tags, states and sources: all of them must be there. MACs,
UUIDs, DUIDs and addresses are found however they are written, an address also
inside of a block or prefix that is reserved.`,
		Example: `  stage6 hosts search 5254.00aa.bb01
  stage6 hosts search 2001:db8:10::103
  stage6 hosts search rhel deploy`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return fmt.Errorf("%s: want words to look for", c.CommandPath())
			}
			return nil
		},
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(c *cobra.Command, args []string) error {
			f.query.Search = strings.Join(args, " ")
			return p.listHosts(c.Context(), f)
		},
	}
}

func (p *program) addHost(c *cobra.Command, f *hostsFlags, w *hostFlags, name string) error {
	client, err := p.client()
	if err != nil {
		return err
	}
	spec, err := w.document()
	if err != nil {
		return err
	}
	spec.Name = name
	for try := 0; ; try++ {
		made := spec
		if err := w.apply(c.Context(), client, c.Flags(), &made); err != nil {
			return err
		}
		h, err := client.CreateHost(c.Context(), made)
		var conflict *api.ConflictError
		if errors.As(err, &conflict) && slices.Contains(w.addresses, nextFreeWord) && try < mostTries {
			if _, missing := client.Host(c.Context(), name); missing != nil {
				continue // somebody else was given the same address, and was faster
			}
		}
		if err != nil {
			return withoutBody(err)
		}
		return p.printWritten(f, &h, "made")
	}
}

func (p *program) changeHost(c *cobra.Command, f *hostsFlags, w *hostFlags, name string) error {
	client, err := p.client()
	if err != nil {
		return err
	}
	is, err := client.Host(c.Context(), name)
	if err != nil {
		return err
	}
	spec, err := w.document()
	if err != nil {
		return err
	}
	if w.from == "" {
		spec = api.HostSpec{Hostname: is.Hostname, Tags: is.Tags, UUIDs: is.UUIDs, Interfaces: is.Interfaces, Options: is.Options}
	}
	if err := w.apply(c.Context(), client, c.Flags(), &spec); err != nil {
		return err
	}
	if spec.Version = w.version; spec.Version == 0 {
		spec.Version = is.Version
	}
	h, err := client.PutHost(c.Context(), name, spec)
	if err != nil {
		return withoutBody(err)
	}
	return p.printWritten(f, &h, "changed")
}

// document reads the file, if there is one.
func (w *hostFlags) document() (spec api.HostSpec, err error) {
	if w.from == "" {
		return spec, nil
	}
	text, err := readInput(w.from)
	if err == nil {
		spec, err = decodeHost(text)
	}
	if err != nil {
		return spec, &usageError{fmt.Errorf("--file %s: %w", w.from, err)}
	}
	return spec, nil
}

// decodeHost reads a host as the API has it. What is only shown, such as where its
// state comes from, is passed over, so that the output of hosts show is right, too;
// what nobody knows is an error, since it is a mistake in a name.
func decodeHost(text []byte) (api.HostSpec, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	both := struct {
		api.HostSpec
		StateSet      any `json:"state_set"`
		StateInSource any `json:"state_in_source"`
		Pinned        any `json:"pinned"`
		Source        any `json:"source"`
		Aside         any `json:"aside"`
		Warnings      any `json:"warnings"`
	}{}
	err := d.Decode(&both)
	if err == nil && d.More() {
		err = errors.New("more than one host")
	}
	return both.HostSpec, err
}

// readInput reads a file; - is the standard input.
func readInput(name string) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(io.LimitReader(os.Stdin, 1<<20))
	}
	return os.ReadFile(name)
}

// nextFreeWord stands for the lowest address that nobody has.
const nextFreeWord = "next-free"

// apply puts what the flags say into a host.
func (w *hostFlags) apply(ctx context.Context, c *api.Client, flags *pflag.FlagSet, spec *api.HostSpec) (err error) {
	set := func(name string) bool { return flags.Changed(name) }
	if set("hostname") {
		spec.Hostname = w.hostname
	}
	if set("tag") {
		spec.Tags = without(w.tags, "")
	}
	if set("uuid") {
		spec.UUIDs = without(w.uuids, "")
	}
	if set("state") {
		state, err := api.ParseState(w.state)
		if err != nil {
			return err
		}
		spec.State = &state
	}
	if set("option") {
		if spec.Options, err = parseOptions(w.options); err != nil {
			return &usageError{err}
		}
	}
	return w.applyInterface(ctx, c, set, spec)
}

// applyInterface puts what is said of an interface into it.
func (w *hostFlags) applyInterface(ctx context.Context, c *api.Client, set func(string) bool, spec *api.HostSpec) (err error) {
	if !slices.ContainsFunc([]string{"interface", "mac", "duid", "port", "address", "prefix"}, set) {
		return nil
	}
	f, err := w.interfaceOf(spec)
	if err != nil {
		return err
	}
	if set("mac") {
		f.MACs = nil
		for _, text := range without(w.macs, "") {
			m, err := ident.ParseMAC(text)
			if err != nil {
				return &usageError{err}
			}
			f.MACs = append(f.MACs, m)
		}
	}
	if set("duid") {
		f.Clients = nil
		for _, text := range without(w.duids, "") {
			d, err := ident.ParseDUID(text)
			if err != nil {
				return &usageError{err}
			}
			f.Clients = append(f.Clients, api.HostClient{DUID: d})
		}
	}
	if set("port") {
		f.Ports = without(w.ports, "")
	}
	if set("prefix") {
		f.Prefixes = nil
		for _, text := range without(w.prefixes, "") {
			p, err := netip.ParsePrefix(text)
			if err != nil {
				return &usageError{fmt.Errorf("--prefix %q: want a prefix such as 2001:db8:f001::/56", text)}
			}
			f.Prefixes = append(f.Prefixes, p)
		}
	}
	if set("address") {
		f.Addresses, err = w.chosen(ctx, c)
	}
	return err
}

// interfaceOf gives the interface that is meant, which is added if need be.
func (w *hostFlags) interfaceOf(spec *api.HostSpec) (*api.HostInterface, error) {
	spec.Interfaces = slices.Clone(spec.Interfaces)
	if i := slices.IndexFunc(spec.Interfaces, func(f api.HostInterface) bool { return f.Name == w.face }); i >= 0 {
		return &spec.Interfaces[i], nil
	}
	if w.face == "" && len(spec.Interfaces) == 1 {
		return &spec.Interfaces[0], nil
	}
	if w.face == "" && len(spec.Interfaces) > 1 {
		var names []string
		for i := range spec.Interfaces {
			names = append(names, spec.Interfaces[i].Name)
		}
		return nil, &usageError{fmt.Errorf("the host has several interfaces (%s): say which one with --interface", strings.Join(names, ", "))}
	}
	spec.Interfaces = append(spec.Interfaces, api.HostInterface{Name: w.face})
	return &spec.Interfaces[len(spec.Interfaces)-1], nil
}

// chosen gives the addresses, with one that is free for next-free.
func (w *hostFlags) chosen(ctx context.Context, c *api.Client) (out []string, err error) {
	for _, text := range without(w.addresses, "") {
		if text == nextFreeWord {
			free, err := c.NextFree(ctx, api.NextFreeQuery{Link: w.link, Length: 128})
			if err != nil {
				return nil, err
			}
			text = free.Prefix.Addr().String()
		}
		out = append(out, text)
	}
	return out, nil
}

// parseOptions makes the options of NAME=VALUE; a value that is JSON is taken as
// such.
func parseOptions(texts []string) (json.RawMessage, error) {
	all := map[string]any{}
	for _, text := range without(texts, "") {
		name, value, ok := strings.Cut(text, "=")
		if !ok {
			return nil, fmt.Errorf("--option %q: want NAME=VALUE, such as dns_servers=2001:db8::53", text)
		}
		if all[name] = value; strings.HasPrefix(value, "[") || strings.HasPrefix(value, "{") {
			all[name] = json.RawMessage(value)
		}
	}
	return json.Marshal(all)
}

// withoutBody leaves out that a mistake is in the body of a request, which is not
// what the user wrote.
func withoutBody(err error) error {
	var refused *api.BadRequestError
	if text, ok := strings.CutPrefix(err.Error(), "body: "); ok && errors.As(err, &refused) {
		return &api.BadRequestError{Err: errors.New(text)}
	}
	return err
}

func without(list []string, text string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return s == text })
}

// printWritten tells what was made of a host.
func (p *program) printWritten(f *hostsFlags, h *api.Host, done string) error {
	for _, w := range h.Warnings {
		fmt.Fprintln(p.stderr, "stage6: warning:", w)
	}
	if f.json {
		return json.NewEncoder(p.stdout).Encode(h)
	}
	fmt.Fprintf(p.stdout, "%s is %s, version %d, %s", h.Name, done, h.Version, h.State)
	if addresses := inAll(h, reserved); addresses != "" {
		fmt.Fprintf(p.stdout, ", has %s", addresses)
	}
	fmt.Fprintln(p.stdout)
	return nil
}

func (p *program) deleteHosts(ctx context.Context, f *hostsFlags, names []string, force bool) error {
	c, err := p.client()
	if err != nil {
		return err
	}
	gone := []api.Host{}
	var errs []error
	for _, name := range names {
		h, err := c.DeleteHost(ctx, name, 0, force)
		if errors.Is(err, api.ErrNoServer) {
			return err
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		gone = append(gone, h)
	}
	if f.json {
		errs = append(errs, json.NewEncoder(p.stdout).Encode(gone))
	} else {
		for i := range gone {
			fmt.Fprintf(p.stdout, "%s is deleted\n", gone[i].Name)
		}
	}
	return errors.Join(errs...)
}

func (p *program) unlockCommand() *cobra.Command {
	f := &hostsFlags{}
	c := p.stateCommand(f, func(ctx context.Context, c *api.Client, name string) (api.Host, error) {
		h, err := c.Host(ctx, name)
		if err != nil || h.State != host.Locked {
			return h, err
		}
		return c.SetState(ctx, name, host.Installed)
	})
	c.Use = "unlock NAME..."
	c.Short = "End that nobody takes over the addresses of hosts"
	c.Long = `Set the state of hosts that are locked to installed. Others keep the state that
they have.`
	c.Example = "  stage6 unlock web01 web02"
	c.Flags().BoolVar(&f.json, "json", false, "print JSON")
	return c
}
