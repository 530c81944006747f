package daemon

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/internal/migrate"
)

// exportFlags are those of export.
type exportFlags struct {
	format, to    string
	strict, force bool
}

func exports(f migrate.Format) bool { return f.Export != nil }

func (p *program) exportCommand() *cobra.Command {
	f := &exportFlags{}
	formats := foreignFormats()
	c := &cobra.Command{
		Use:   "export --format FORMAT [FILE...]",
		Short: "Write known machines as another DHCPv6 server has them",
		Long: `Write the known machines of the running server, with their states and the DUIDs
that were pinned to them, as another DHCPv6 server or a table has them. With
files, configurations of this server or lists of hosts, their machines are
written, and no server is asked.

` + formatList(formats, exports) + `
What the format has no room for is told on the error output. Exit code 0 says
that all was written, 3 that something was left out. With --strict nothing is
written then, and the exit code is 1.`,
		Example: `  stage6 export --format csv
  stage6 export --format dnsmasq --to dnsmasq.d/hosts.conf
  stage6 export --format kea /etc/stage6/config.yml
  stage6 export --format hosts hosts.csv >hosts.yml`,
		RunE: func(c *cobra.Command, args []string) error { return p.exportHosts(c.Context(), f, args) },
	}
	c.Flags().StringVar(&f.format, "format", "", "the `format` to write")
	c.Flags().StringVar(&f.to, "to", "-", "the `file` to write, or - for the output")
	c.Flags().BoolVar(&f.strict, "strict", false, "write nothing if anything is left out")
	c.Flags().BoolVar(&f.force, "force", false, "write over a file that is there")
	_ = c.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(formats.Names(exports), cobra.ShellCompDirectiveNoFileComp))
	return c
}

func (p *program) exportHosts(ctx context.Context, f *exportFlags, files []string) error {
	format, err := foreignFormats().Named(f.format, exports)
	if err != nil {
		return &usageError{fmt.Errorf("--format: %w", err)}
	}
	hosts, err := p.hostsToExport(ctx, files)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	report := &migrate.Report{}
	if err := format.Export(&out, hosts, report); err != nil {
		return err
	}
	left := report.Count(migrate.LeftOut)
	if f.strict && left > 0 {
		return errors.Join(p.tellExport(format, report), errors.New("nothing was written, since something was left out (--strict)"))
	}
	if err := p.writeExport(f, out.Bytes()); err != nil {
		return err
	}
	if err := p.tellExport(format, report); err != nil || left == 0 {
		return err
	}
	return &incompleteError{fmt.Errorf("%s left out: see the report", count(left, "thing was", "things were"))}
}

func (p *program) writeExport(f *exportFlags, data []byte) error {
	if f.to == "-" {
		_, err := p.stdout.Write(data)
		return err
	}
	if _, err := os.Lstat(f.to); err == nil && !f.force {
		return fmt.Errorf("%s is there already: name another file, or add --force", f.to)
	}
	return replaceFile(f.to, data)
}

// tellExport prints the report.
func (p *program) tellExport(format migrate.Format, report *migrate.Report) error {
	if len(report.Entries()) == 0 {
		return nil
	}
	r := importReport{
		Formats: []string{format.Name}, Lines: report.Entries(),
		LeftOut: report.Count(migrate.LeftOut), Changed: report.Count(migrate.Changed),
	}
	return r.print(p.stderr, terminalWidth(p.stderr))
}

// hostsToExport gives the hosts of files or, without any, of the running server.
func (p *program) hostsToExport(ctx context.Context, files []string) (out []migrate.Host, err error) {
	if len(files) > 0 {
		return p.hostsOfFiles(files)
	}
	c, err := p.client()
	if err != nil {
		return nil, err
	}
	q := api.HostQuery{Limit: mostHosts}
	hosts, err := collect(c.AllHosts(ctx, q))
	for i := range hosts {
		out = append(out, foreignHost(&hosts[i], foreignOptions(hosts[i].Options))...)
	}
	return out, err
}
