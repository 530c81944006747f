package daemon

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/stage6/stage6/internal/assembly"
	"github.com/stage6/stage6/internal/backup"
	"github.com/stage6/stage6/lease"
)

func (p *program) restoreCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "restore FILE",
		Short: "Put the leases of a backup into a new directory",
		Long: `Put everything that stage6 backup wrote into the directory that leases: of the
configuration names, which must be empty or not there. No server runs meanwhile. A file that was cut off or
changed is refused before anything is written, and a server does not start on a part of one.`,
		Example: "  systemctl stop stage6\n  mv /var/lib/stage6 /var/lib/stage6.broken\n  stage6 restore /var/backups/stage6.backup\n  systemctl start stage6",
		Args:    exactly(1, "the name of a file"),
		RunE: func(c *cobra.Command, args []string) error {
			counts, err := p.restore(c.Context(), args[0], !asJSON)
			if err != nil {
				return err
			}
			return p.tellCounts(args[0], "restored", counts, asJSON)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// restore reads a file into the store of the configuration, and checks the leases
// that are there then.
func (p *program) restore(ctx context.Context, name string, tell bool) (counts backup.Counts, err error) {
	from, err := os.Open(name)
	if err != nil {
		return counts, err
	}
	defer from.Close()
	file, err := p.load()
	if err != nil {
		return counts, err
	}
	store, err := assembly.Plugins(p.plugins).OpenStore(ctx, file, silent(), false)
	if err != nil {
		return counts, err
	}
	defer func() { err = errors.Join(err, ownedStore{store}.Close()) }()
	if _, durable := store.(lease.Copier); !durable {
		return counts, backup.NoCopierError{}
	}
	counts, err = backup.Restore(ctx, store, from, p.restoring(tell))
	if err != nil {
		return counts, fmt.Errorf("%s: %w", name, err)
	}
	return counts, consistent(ctx, store)
}

// restoring tells now and then how far a restore is.
func (p *program) restoring(tell bool) func(backup.Counts) {
	const every = 100_000
	next := every
	return func(c backup.Counts) {
		if tell && c.Bindings >= next {
			next += every
			fmt.Fprintf(p.stderr, "%d bindings\n", c.Bindings)
		}
	}
}

// consistent says what is wrong with the leases of a store.
func consistent(ctx context.Context, store lease.Store) error {
	v, err := verifyKept(ctx, store)
	if err != nil {
		return err
	}
	if n := len(v.Problems); n > 0 {
		return fmt.Errorf("the leases are restored, and %d of them are not consistent: see stage6 leases verify", n)
	}
	return nil
}
