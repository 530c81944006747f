package pebble

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"

	pebbledb "github.com/cockroachdb/pebble/v2"
)

// errUnused says that there is nothing to look at.
var errUnused = errors.New("no server has kept leases there yet")

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
		return nil
	case !errors.Is(err, fs.ErrNotExist):
		return err
	case s.readOnly:
		return errUnused
	}
	return s.makeDirectory(s.dir)
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
	s.lock = lock
	return err
}

// readable says in an operator's words why a database could not be opened or
// read.
func readable(err error) error {
	switch {
	case errors.Is(err, pebbledb.ErrDBDoesNotExist):
		return errUnused
	case pebbledb.IsCorruptionError(err), errors.Is(err, fs.ErrNotExist):
		text, _, _ := strings.Cut(err.Error(), "\n") // the rest is for Pebble's developers
		return fmt.Errorf("damaged: %s: restore the directory from a backup", text)
	}
	return err
}
