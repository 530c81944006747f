package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/stage6/stage6/internal/assembly"
	"github.com/stage6/stage6/internal/config"
	"github.com/stage6/stage6/internal/migrate"
	"github.com/stage6/stage6/lease"
)

// importLeasesFlags are those of import leases.
type importLeasesFlags struct {
	from                 string
	json, dryRun, strict bool
}

func (p *program) importLeasesCommand() *cobra.Command {
	f := &importLeasesFlags{}
	formats := foreignFormats()
	c := &cobra.Command{
		Use:   "leases FILE...",
		Short: "Take the leases of another DHCPv6 server over, while stage6 does not run",
		Long: `Put the leases of another DHCPv6 server into the store that the configuration
names, while no server uses it. Clients then go on renewing what they have, if the
server has the old one's DUID, too: see stage6 import.

` + formatList(formats, func(x migrate.Format) bool { return x.Leases != nil }) + `
What is over is left out. What somebody else has in the store is refused and
reported, and what the store knows from later stays, so that the command may be
given again. What was told of is on the disk.

Exit code 0 says that all is taken over that is not over or known already, 3 that
something was refused. With --strict nothing is written then, and it is 1.`,
		Example: `  stage6 import leases /var/lib/kea/kea-leases6.csv
  stage6 import leases --dry-run /var/lib/dhcp/dhcpd6.leases`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return fmt.Errorf("%s: want a file of leases, such as /var/lib/kea/kea-leases6.csv", c.CommandPath())
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error { return p.importLeases(c.Context(), f, args) },
	}
	c.Flags().StringVar(&f.from, "from", "", "the `format` of the files; default: what they look like")
	c.Flags().BoolVar(&f.json, "json", false, "print JSON")
	c.Flags().BoolVar(&f.dryRun, "dry-run", false, "write nothing: only say what would be taken over")
	c.Flags().BoolVar(&f.strict, "strict", false, "write nothing if anything is refused")
	_ = c.RegisterFlagCompletionFunc("from", cobra.FixedCompletions(formats.Holders(), cobra.ShellCompDirectiveNoFileComp))
	return c
}

// leasesReport is what import leases tells.
type leasesReport struct {
	*migrate.Takeover
	Written bool            `json:"written"`
	Lines   []migrate.Entry `json:"lines"`
}

func (p *program) importLeases(ctx context.Context, f *importLeasesFlags, files []string) (err error) {
	file, err := p.load()
	if err != nil {
		return err
	}
	store, err := p.openToImport(ctx, f, file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	t, err := foreignFormats().TakeOver(ctx, store, files, f.from, time.Now())
	if err != nil {
		return err
	}
	r := leasesReport{Takeover: t, Lines: t.Report.Entries()}
	left := len(r.Lines)
	if !f.dryRun && (!f.strict || left == 0) {
		if err := t.Commit(ctx, store, p.progress()); err != nil {
			return err
		}
		r.Written = true
	}
	if err := p.tellLeases(f, file, &r); err != nil {
		return err
	}
	switch {
	case f.strict && left > 0:
		return errors.New("nothing was written, since lines were left out (--strict)")
	case left > 0:
		return &incompleteError{fmt.Errorf("%s not taken over: see the report", count(left, "line was", "lines were"))}
	}
	return nil
}

// openToImport opens the store. Its files stay those of who owns the directory,
// which is the server's user.
func (p *program) openToImport(ctx context.Context, f *importLeasesFlags, file config.File) (lease.Store, error) {
	if file.Leases.Plugin == "memory" {
		return nil, &usageError{fmt.Errorf("%s: leases: memory keeps nothing: write a directory, such as /var/lib/stage6", file.Path)}
	}
	store, err := assembly.Plugins(p.plugins).OpenStore(ctx, file, silent(), f.dryRun)
	if f.dryRun && errors.Is(err, lease.ErrNotFound) {
		return noStore{}, nil // it would be made
	}
	if err != nil {
		return nil, fmt.Errorf("%w (stop the server that uses the leases first)", err)
	}
	return ownedStore{store}, nil
}

// noStore is a store that is not there yet, and so keeps nothing.
type noStore struct{ lease.Store }

// Load has nothing to yield.
func (noStore) Load(context.Context, func(*lease.Binding) error) error { return nil }

// Close has nothing to close.
func (noStore) Close() error { return nil }

// ownedStore is a store whose files go to the owner of its directory when it is
// closed.
type ownedStore struct{ lease.Store }

func (s ownedStore) Close() error {
	return errors.Join(s.Store.Close(), giveToOwner(s.Store))
}

// giveToOwner gives the files of a store to who owns its directory.
func giveToOwner(store lease.Store) error {
	d, ok := store.(interface{ Dir() string })
	if !ok || os.Geteuid() != 0 {
		return nil
	}
	info, err := os.Stat(d.Dir())
	if err != nil {
		return err
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	return filepath.WalkDir(d.Dir(), func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && path != d.Dir():
			return fs.SkipDir
		}
		return os.Lchown(path, int(owner.Uid), int(owner.Gid))
	})
}

// progress tells how far the import is, at most once a second.
func (p *program) progress() func(done, all int) {
	told := time.Now()
	return func(done, all int) {
		if time.Since(told) < time.Second {
			return
		}
		told = time.Now()
		fmt.Fprintf(p.stderr, "%d of %d clients are on the disk\n", done, all)
	}
}

// tellLeases prints what became of the leases.
func (p *program) tellLeases(f *importLeasesFlags, file config.File, r *leasesReport) error {
	if f.json {
		if r.Lines == nil {
			r.Lines = []migrate.Entry{}
		}
		return json.NewEncoder(p.stdout).Encode(r)
	}
	lines := importReport{Lines: r.Lines}
	if err := lines.printLines(p.stdout, terminalWidth(p.stdout)); err != nil {
		return err
	}
	done := "taken over"
	if !r.Written {
		done = "would be taken over"
	}
	fmt.Fprintf(p.stdout, "%s: %d %s, %d over, %d known already, %d refused\n", count(r.Found, "lease", "leases"), r.Taken, done, r.Ended, r.Kept, r.Refused)
	if r.ServerID != "" {
		fmt.Fprintf(p.stdout, "the old server's DUID is %s: clients renew only with a server that has it, so %s needs server_id: '%[1]s'\n", r.ServerID, file.Path)
	}
	return nil
}
