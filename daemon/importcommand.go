package daemon

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/cobra"

	"github.com/stage6/stage6/internal/assembly"
	"github.com/stage6/stage6/internal/bindings"
	"github.com/stage6/stage6/internal/config"
	"github.com/stage6/stage6/internal/migrate"
	"github.com/stage6/stage6/internal/strict"
)

// importFlags are those of import.
type importFlags struct {
	from, to            string
	strict, force, json bool
}

func (p *program) importCommand() *cobra.Command {
	f := &importFlags{}
	formats := foreignFormats()
	c := &cobra.Command{
		Use:   "import FILE...",
		Short: "Make a configuration out of another DHCPv6 server's",
		Long: `Make a configuration out of another DHCPv6 server's, and say of each line that
was not carried over, or was changed, what became of it and why. Files of one
network are named together; what they are is seen from what is in them.

` + formatList(formats, func(x migrate.Format) bool { return x.Import != nil }) + `
With --to DIR the configuration goes to config.yml in that folder, the machines
to hosts.yml, and what they boot to boot.yml; else it goes to the output, and
the report to the error output. What is written is checked as stage6 check does.

Exit code 0 says that everything was carried over or changed as the report says,
3 that something was left out. With --strict nothing is written then, nor if
something was changed, and the exit code is 1.`,
		Example: `  stage6 import /etc/kea/kea-dhcp6.conf
  stage6 import /etc/dhcp/dhcpd6.conf /var/lib/dhcp/dhcpd6.leases --to /etc/stage6
  stage6 import dnsmasq.conf --json >report.json --to .
  stage6 import leases /var/lib/kea/kea-leases6.csv`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return fmt.Errorf("%s: want the files of another server, such as /etc/kea/kea-dhcp6.conf", c.CommandPath())
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error { return p.importFiles(f, args) },
	}
	c.Flags().StringVar(&f.from, "from", "", "the `format` of the files; default: what they look like")
	c.Flags().StringVar(&f.to, "to", "-", "the `folder` for the configuration, or - for the output")
	c.Flags().BoolVar(&f.strict, "strict", false, "write nothing if anything is left out or changed")
	c.Flags().BoolVar(&f.force, "force", false, "write over files that are there")
	c.Flags().BoolVar(&f.json, "json", false, "print the report as JSON; needs --to with a folder")
	_ = c.RegisterFlagCompletionFunc("from", cobra.FixedCompletions(formats.Importers(), cobra.ShellCompDirectiveNoFileComp))
	_ = c.MarkFlagDirname("to")
	c.AddCommand(p.importLeasesCommand())
	return c
}

// formatList lists formats for the help of a command.
func formatList(formats migrate.Formats, can func(migrate.Format) bool) string {
	var out strings.Builder
	for _, f := range formats {
		if can(f) {
			fmt.Fprintf(&out, "  %-10s %s\n", f.Name, f.Title)
		}
	}
	return out.String()
}

// importReport is what import tells about what it did.
type importReport struct {
	Files    []string        `json:"files"`
	Formats  []string        `json:"formats"`
	Written  []string        `json:"written"`
	LeftOut  int             `json:"left_out"`
	Changed  int             `json:"changed"`
	Lines    []migrate.Entry `json:"lines"`
	Refused  []string        `json:"errors"` // what check has against the configuration
	contents []migrate.File
}

func (p *program) importFiles(f *importFlags, files []string) error {
	if f.json && f.to == "-" {
		return &usageError{errors.New("--json is the report, and the configuration has no place beside it: add --to and a folder")}
	}
	result, err := foreignFormats().Import(files, f.from)
	if err != nil {
		return &usageError{err}
	}
	r := importReport{
		Files: files, Formats: result.Formats, Lines: result.Report.Entries(), Written: []string{}, Refused: []string{},
		LeftOut: result.Report.Count(migrate.LeftOut), Changed: result.Report.Count(migrate.Changed),
	}
	if r.contents, err = result.Config.WriteYAML(result.Title(files), f.to != "-"); err != nil {
		return err
	}
	if err := p.accepts(r.contents); err != nil {
		r.Refused = messages(err)
	}
	if err := p.deliver(f, &r); err != nil {
		return errors.Join(p.tellImport(f, &r), err)
	}
	return errors.Join(p.tellImport(f, &r), r.verdict())
}

// deliver writes the configuration, unless strictness forbids that.
func (p *program) deliver(f *importFlags, r *importReport) error {
	if f.strict && r.LeftOut+r.Changed > 0 {
		return errors.New("nothing was written, since lines were left out or changed (--strict)")
	}
	if f.to == "-" {
		_, err := p.stdout.Write(r.contents[0].Data)
		return err
	}
	if err := os.MkdirAll(f.to, 0o755); err != nil {
		return err
	}
	if err := clashes(f, r.contents); err != nil {
		return err
	}
	for _, file := range r.contents {
		path := filepath.Join(f.to, file.Name)
		if err := replaceFile(path, file.Data); err != nil {
			return err
		}
		r.Written = append(r.Written, path)
	}
	return nil
}

// clashes names the files that are there already.
func clashes(f *importFlags, files []migrate.File) error {
	for _, file := range files {
		path := filepath.Join(f.to, file.Name)
		if _, err := os.Lstat(path); err == nil && !f.force {
			return fmt.Errorf("%s is there already: name another folder, or add --force", path)
		}
	}
	return nil
}

// replaceFile writes a file, or leaves the old one as it was.
func replaceFile(path string, data []byte) (err error) {
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(tmp.Name())
		}
	}()
	_, err = tmp.Write(data)
	if err := errors.Join(err, tmp.Chmod(0o644), tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}

// verdict gives the error that ends the command: none if nothing was left out.
func (r *importReport) verdict() error {
	switch {
	case len(r.Refused) > 0:
		return errors.New("the configuration would not be accepted as it is: correct it, and run stage6 check")
	case r.LeftOut > 0:
		return &incompleteError{fmt.Errorf("%s left out: see the report", count(r.LeftOut, "line was", "lines were"))}
	}
	return nil
}

func count(n int, one, several string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, several)
}

// accepts says what check would have against a configuration. Files that it
// names are looked at in a folder that is gone afterwards.
func (p *program) accepts(files []migrate.File) error {
	dir, err := os.MkdirTemp("", "stage6-import-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }() // of the system's own place for such
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(dir, f.Name), f.Data, 0o600); err != nil {
			return err
		}
	}
	file, err := config.Parse(filepath.Join(dir, files[0].Name), files[0].Data)
	if err != nil {
		return err
	}
	return p.makes(file)
}

// makes makes the plugins of a configuration, to see whether it can be done.
func (p *program) makes(file config.File) error {
	plugins, table := assembly.Plugins(p.plugins), bindings.New(time.Now, bindings.Options{})
	parts, err := plugins.Make(assembly.Surroundings{
		File: file, Table: table, Pools: table.NewPoolSet(), Log: silent(), Clock: time.Now, Metrics: prometheus.NewRegistry(),
	})
	defer func() { _ = parts.Close() }() // nothing is in use
	_, settingsErr := assembly.Settings(file.Server6)
	return strict.Join(err, settingsErr)
}

// tellImport prints the report: to the output, or beside a configuration that
// goes there to the error output.
func (p *program) tellImport(f *importFlags, r *importReport) error {
	if f.json {
		if r.Lines == nil {
			r.Lines = []migrate.Entry{}
		}
		return json.NewEncoder(p.stdout).Encode(r)
	}
	out := p.stdout
	if f.to == "-" {
		out = p.stderr
	}
	return r.print(out, terminalWidth(out))
}
