package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/internal/assembly"
	"github.com/stage6/stage6/internal/backup"
	"github.com/stage6/stage6/lease"
)

// Backup writes a copy of what the store keeps.
func (s *service) Backup(ctx context.Context, to io.Writer) error {
	_, err := backup.Write(ctx, to, s.store, s.version, time.Now())
	var cannot backup.NoCopierError
	if errors.As(err, &cannot) {
		return &api.ConflictError{Err: err}
	}
	return err
}

func (p *program) backupCommand() *cobra.Command {
	var asJSON, force bool
	c := &cobra.Command{
		Use:   "backup FILE",
		Short: "Copy the leases of the running server into a file",
		Long: `Copy everything that the server keeps into a file: leases, its DUID, the states of
hosts, hosts of the API, and the key of boot tokens. The copy is of one moment, and the server goes on
meanwhile. Where no server runs, the leases are read from the disk.

The file appears under its name when all of it is there and on the disk, and
was read back. It is for its owner only, since keys are in it. FILE - is the standard output.`,
		Example: "  stage6 backup /var/backups/stage6.backup --force\n  stage6 backup - | gzip > stage6.backup.gz",
		Args:    exactly(1, "the name of a file, or - for the standard output"),
		RunE: func(c *cobra.Command, args []string) error {
			counts, err := p.backup(c.Context(), args[0], force)
			if err != nil {
				return err
			}
			return p.tellCounts(args[0], "copied", counts, asJSON)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	c.Flags().BoolVar(&force, "force", false, "take the place of a file that is there")
	return c
}

// tellCounts prints how much there was; not after a file on the standard output.
func (p *program) tellCounts(file, done string, counts backup.Counts, asJSON bool) error {
	if asJSON && file != "-" {
		return json.NewEncoder(p.stdout).Encode(counts)
	}
	to := p.stdout
	if file == "-" {
		to = p.stderr
	}
	_, err := fmt.Fprintf(to, "%s: %d bindings and %d other values\n", done, counts.Bindings, counts.Values)
	return err
}

// backup copies everything into a file.
func (p *program) backup(ctx context.Context, name string, force bool) (backup.Counts, error) {
	if name == "-" {
		return p.copyTo(ctx, p.stdout)
	}
	if _, err := os.Lstat(name); err == nil && !force {
		return backup.Counts{}, fmt.Errorf("%s is there already: choose another name, or say --force", name)
	}
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*")
	if err != nil {
		return backup.Counts{}, err
	}
	counts, err := p.copyTo(ctx, f)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err == nil {
		err = syncDir(filepath.Dir(name))
	}
	if err != nil {
		return counts, errors.Join(err, removeIfThere(f.Name()))
	}
	return counts, nil
}

// removeIfThere removes a file, unless it has another name by now.
func removeIfThere(name string) error {
	if err := os.Remove(name); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// syncDir makes the names in a directory durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// copyTo copies everything to a writer, and reads it on the way.
func (p *program) copyTo(ctx context.Context, to io.Writer) (backup.Counts, error) {
	from, err := p.openBackup(ctx)
	if err != nil {
		return backup.Counts{}, err
	}
	counts, err := backup.Read(io.TeeReader(from, to), func(*lease.Binding) error { return ctx.Err() }, func(lease.Value) error { return nil })
	return counts, errors.Join(err, from.Close())
}

// openBackup asks the server for a copy, or, where none runs, reads the disk.
func (p *program) openBackup(ctx context.Context) (io.ReadCloser, error) {
	c, err := p.client()
	if err != nil {
		return nil, err
	}
	from, err := c.Backup(ctx)
	if !errors.Is(err, api.ErrNoServer) || p.socket() != "" {
		return from, err
	}
	file, err := p.load()
	if err != nil {
		return nil, err
	}
	store, err := assembly.Plugins(p.plugins).OpenStore(ctx, file, silent(), true)
	if err != nil {
		return nil, err
	}
	r, w := io.Pipe()
	go func() {
		_, err := backup.Write(ctx, w, store, p.version().Version, time.Now())
		w.CloseWithError(errors.Join(err, store.Close()))
	}()
	return r, nil
}
