package pebble

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"syscall"

	pebbledb "github.com/cockroachdb/pebble/v2"

	"github.com/stage6/stage6/lease"
)

// errUnused says that there is nothing to look at: it is a lease.ErrNotFound.
var errUnused error = unused{}

type unused struct{}

func (unused) Error() string { return "no server has kept leases there yet" }

func (unused) Is(target error) bool { return target == lease.ErrNotFound }

// prepareDirectory makes the directory, or says why it cannot be used.
func (s *store) prepareDirectory() error {
	if s.dir == "" {
		return errors.New("want a directory, such as /var/lib/stage6")
	}
	info, err := s.fs.Stat(s.dir)
	switch {
	case err == nil && !info.IsDir():
		return errors.New("not a directory")
	case err == nil:
		return s.refuseForeign()
	case !errors.Is(err, fs.ErrNotExist):
		return err
	case s.readOnly:
		return errUnused
	}
	if err := s.makeDirectory(s.dir); err != nil {
		return unusable(err)
	}
	return nil
}

// unusable says that a directory is not for files. What the system says of it
// can be, as below /proc, that something does not exist, which is no damage.
func unusable(err error) error {
	return fmt.Errorf("%v: choose a directory on a disk, such as /var/lib/stage6", err)
}

// refuseForeign refuses a directory with files of others: the store would have
// its own among them, and all that is there be given to the server's user.
// Directories in it, such as those of other stores, do not matter.
func (s *store) refuseForeign() error {
	names, err := s.fs.List(s.dir)
	if err != nil || slices.ContainsFunc(names, marksDatabase) {
		return err
	}
	slices.Sort(names)
	i := slices.IndexFunc(names, func(name string) bool { return !fromDatabase(name) && !s.isDirectory(name) })
	if i < 0 {
		return nil
	}
	if s.readOnly {
		return errUnused
	}
	return fmt.Errorf("no lease store, but a directory with other files, such as %q: choose one of its own, such as /var/lib/stage6", names[i])
}

func (s *store) isDirectory(name string) bool {
	info, err := s.fs.Stat(s.fs.PathJoin(s.dir, name))
	return err == nil && info.IsDir()
}

// marksDatabase says whether a file is there only where a database is.
func marksDatabase(name string) bool {
	return name == "CURRENT" || strings.HasPrefix(name, "marker.")
}

// fromDatabase says whether a file can be left of a database that was being
// made.
func fromDatabase(name string) bool {
	digits := strings.TrimLeft(name, "0123456789")
	return name == "LOCK" || name == probeFile || name == ackFile || strings.HasPrefix(name, "MANIFEST-") || strings.HasPrefix(name, "OPTIONS-") ||
		strings.HasPrefix(name, "temporary.") || digits != name && slices.Contains([]string{".log", ".sst", ".dbtmp"}, digits)
}

// makeDirectory makes a directory and those above it, so that they are there
// after a loss of power.
func (s *store) makeDirectory(dir string) error {
	parent := s.fs.PathDir(dir)
	if _, err := s.fs.Stat(parent); errors.Is(err, fs.ErrNotExist) {
		if err := s.makeDirectory(parent); err != nil {
			return err
		}
	}
	if err := s.fs.MkdirAll(dir, 0o750); err != nil {
		return err
	}
	d, err := s.fs.OpenDir(parent)
	if err != nil {
		return err
	}
	return cmp.Or(d.Sync(), d.Close())
}

// lockDirectory keeps other processes out until Close.
func (s *store) lockDirectory() error {
	lock, err := pebbledb.LockDirectory(s.dir, s.fs)
	if errors.Is(err, syscall.EAGAIN) {
		return errors.New("in use by another process; `stage6 leases` beside a running server asks it through its API socket")
	}
	if errors.Is(err, fs.ErrNotExist) {
		return unusable(err)
	}
	s.lock = lock
	return err
}

// sizeMismatch is what Pebble says of a table that is longer or shorter than it
// was, for which it has no error of its own.
const sizeMismatch = "object size mismatch"

// readable says in an operator's words why a database could not be opened or
// read.
func readable(err error) error {
	switch {
	case errors.Is(err, pebbledb.ErrDBDoesNotExist):
		return errUnused
	case pebbledb.IsCorruptionError(err), errors.Is(err, fs.ErrNotExist), strings.Contains(err.Error(), sizeMismatch):
		text, _, _ := strings.Cut(err.Error(), "\n") // the rest is for Pebble's developers
		return fmt.Errorf("damaged: %s: restore the directory from a backup", text)
	}
	return err
}
