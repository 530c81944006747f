package daemon

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/cobra"

	"github.com/stage6/stage6/internal/assembly"
	"github.com/stage6/stage6/internal/bindings"
	"github.com/stage6/stage6/internal/config"
	"github.com/stage6/stage6/internal/privilege"
	"github.com/stage6/stage6/internal/strict"
)

// checkFlags are those of check.
type checkFlags struct{ quiet, json bool }

func (p *program) checkCommand() *cobra.Command {
	f := &checkFlags{}
	c := &cobra.Command{
		Use:   "check",
		Short: "Say what is wrong with a configuration",
		Long: `Say what is wrong with a configuration, with file, line and column, and what
would be right; exit 2 if anything is. Then warn of what would not work on this
machine, such as a pool on no link, and tell which capabilities the server
needs. Nothing is changed, and no lease is read. Started as root, it reads lists
of hosts and the like as the server will, as its user and without root's rights.`,
		Example: `  stage6 check --config config.yml
  stage6 check --quiet && systemctl restart stage6`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return p.check(f) },
	}
	c.Flags().BoolVarP(&f.quiet, "quiet", "q", false, "print errors only")
	c.Flags().BoolVar(&f.json, "json", false, "print JSON")
	return c
}

// checkup is what check finds.
type checkup struct {
	File         string   `json:"file"`
	Errors       []string `json:"errors"`
	Warnings     []string `json:"warnings"`
	Capabilities []string `json:"capabilities"` // that the server needs, unless it is root
	Missing      []string `json:"missing"`      // of those, what this process does not have
}

func (p *program) check(f *checkFlags) error {
	r, err := p.checkup()
	switch {
	case f.json:
		err = errors.Join(json.NewEncoder(p.stdout).Encode(r), err)
	case err == nil && !f.quiet:
		r.print(p.stdout)
	}
	return err
}

// checkup looks at the configuration. What is wrong with it is in the result
// and the error.
func (p *program) checkup() (checkup, error) {
	r := checkup{Errors: []string{}, Warnings: []string{}, Capabilities: []string{}, Missing: []string{}}
	file, err := p.load()
	if err == nil {
		r.File = file.Path
		err = wrong(p.inspect(file, &r))
	}
	if err != nil {
		r.Errors = messages(err)
	}
	return r, err
}

// becomeServer gives up root's rights as the server does before it makes its
// plugins, so that they cannot read here what they could not read there. Who is
// not known stays root.
func becomeServer(file config.File) (wrongUser, err error) {
	user, wrongUser := lookUp(file.User)
	if wrongUser != nil {
		return wrongUser, nil
	}
	return nil, dropRoot(user, keptToStart(file))
}

// inspect makes the server's parts without its sockets and leases.
func (p *program) inspect(file config.File, r *checkup) error {
	plugins, table := assembly.Plugins(p.plugins), bindings.New(time.Now, bindings.Options{})
	storeErr := plugins.CheckStore(file)
	userErr, err := becomeServer(file)
	if err != nil {
		return err
	}
	parts, err := plugins.Make(assembly.Surroundings{
		File: file, Table: table, Pools: table.NewPoolSet(), Log: silent(), Clock: time.Now, Metrics: prometheus.NewRegistry(),
	})
	defer func() { _ = parts.Close() }() // nothing is in use
	_, settingsErr := assembly.Settings(file.Server6)
	unchecked, keysErr := checkKeys(&file)
	if err := strict.Join(storeErr, userErr, err, settingsErr, checkSinks(&file), keysErr); err != nil {
		return err
	}
	r.Warnings = append(r.Warnings, unchecked...)
	interfaces, err := kernelLinks()
	if err != nil {
		return err
	}
	for _, c := range needs(file, parts) {
		r.Capabilities = append(r.Capabilities, c.String())
	}
	for _, c := range privilege.Missing(needs(file, parts)...) {
		r.Missing = append(r.Missing, c.String())
	}
	r.Warnings = append(r.Warnings, parts.Warnings(assembly.Links(interfaces, file.Server6.Links, file.Server6.RapidCommit))...)
	r.Warnings = append(r.Warnings, absent(file.Server6.Listen, interfaces)...)
	r.Warnings = append(r.Warnings, unnamedRelays(file.Server6, parts.Hosts.Len())...)
	r.Warnings = append(r.Warnings, absentEndpoints(file.API, interfaces)...)
	return nil
}

// absent names the interfaces and addresses to listen on that are not there.
func absent(listens config.Listens, interfaces []assembly.Interface) (out []string) {
	names, addresses := map[string]bool{"lo": true}, map[netip.Addr]bool{}
	for _, i := range interfaces {
		names[i.Name] = true
		for _, a := range i.Addresses {
			addresses[a] = true
		}
	}
	for _, l := range listens {
		switch {
		case l.Zone != "" && !names[l.Zone]:
			out = append(out, fmt.Sprintf("%s: listen: interface %q is not there: the server will wait for it", l.Node.Pos(), l.Zone))
		case l.Zone == "" && l.Addr.IsGlobalUnicast() && !addresses[l.Addr]:
			out = append(out, fmt.Sprintf("%s: listen: no interface has the address %s: nothing will come in there until one has it", l.Node.Pos(), l.Addr))
		}
	}
	return out
}

// unnamedRelays names the addresses where anybody is taken for a relay agent,
// where machines are known.
func unnamedRelays(s config.Server6, hosts int) (out []string) {
	if s.Relays != nil || hosts == 0 {
		return nil
	}
	for _, l := range s.Listen {
		if l.Zone == "" && !l.Addr.IsMulticast() {
			out = append(out, fmt.Sprintf("listen: whoever can send to %s is believed to be a relay agent, and so to be any machine: name the relay agents in relays, or say relays: [] if there are none", l))
		}
	}
	return out
}

// messages gives each of several errors in a line of its own.
func messages(err error) (out []string) {
	var several strict.Errors
	if !errors.As(err, &several) {
		return []string{err.Error()}
	}
	for _, e := range several {
		out = append(out, e.Error())
	}
	return out
}

func (r *checkup) print(w io.Writer) {
	for _, warning := range r.Warnings {
		fmt.Fprintln(w, "warning:", warning)
	}
	for _, c := range r.Capabilities {
		fmt.Fprintln(w, "needs:", c)
	}
	for _, c := range r.Missing {
		fmt.Fprintf(w, "warning: this process does not have %s: start the server as root, or give it that capability\n", c)
	}
	fmt.Fprintf(w, "%s is right\n", r.File)
}
