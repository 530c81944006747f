package pebble

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	pebbledb "github.com/cockroachdb/pebble/v2"

	"github.com/stage6/stage6/lease"
)

// raw opens the database beneath a store.
func raw(t *testing.T, dir string, f func(*pebbledb.DB) error) {
	t.Helper()
	db, err := pebbledb.Open(dir, &pebbledb.Options{FormatMajorVersion: pebbledb.FormatWALSyncChunks, Logger: logger{log: silent()}})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(f(db), db.Close()); err != nil {
		t.Fatal(err)
	}
}

func put(key, value string) func(*pebbledb.DB) error {
	return func(db *pebbledb.DB) error { return db.Set([]byte(key), []byte(value), pebbledb.Sync) }
}

func TestADamagedRecordIsNamed(t *testing.T) {
	for name, c := range map[string]struct{ key, value, want string }{
		"a record that ends early": {"\x01\x04\x00\x03\x00\x01\x00\x03\x00\x00\x00\x07", "\x01", "damaged record under key 010400030001000300000007: record ends early"},
		"a key of another length":  {"\x01\x05\x00\x03\x00\x01\x00\x03\x00\x00\x00\x07", "\x01", "key says that its DUID has 5 octets, want 4"},
		"a key without a DUID":     {"\x01", "\x01", "damaged record under key 01: key of 1 octets"},
		"a key of another IA type": {"\x01\x04\x00\x03\x00\x01\x00\x04\x00\x00\x00\x07", "\x01", "identity association of type 4"},
		"a record of a later kind": {"\x01\x04\x00\x03\x00\x01\x00\x03\x00\x00\x00\x07", "\x02", "record of version 2, want 1: written by a newer stage6"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			mustClose(t, mustOpen(t, dir, Options{}))
			raw(t, dir, put(c.key, c.value))
			err := mustOpen(t, dir, Options{}).Load(t.Context(), func(*lease.Binding) error { return nil })
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "restore the directory from a backup") {
				t.Errorf("got %v\nwant %s", err, c.want)
			}
		})
	}
}

// flip damages an octet of each file of a directory that matches, in the middle of
// what is in it: a log ends with nulls.
func flip(t *testing.T, dir, pattern string) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil || len(names) == 0 {
		t.Fatalf("no %s in %s (%v)", pattern, dir, err)
	}
	for _, name := range names {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		content[len(bytes.TrimRight(content, "\x00"))/2] ^= 0xff
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// commitMany makes a store of some hundred KB.
func commitMany(t *testing.T, dir string, memTable uint64) {
	t.Helper()
	s, err := open(dir, Options{}, memTable)
	if err != nil {
		t.Fatal(err)
	}
	for n := range 400 {
		mustCommit(t, s, created(number(n), number(1000+n), number(2000+n), number(3000+n))...)
	}
	mustClose(t, s)
}

// look opens a store and reads it all.
func look(dir string) error {
	s, err := Open(dir, Options{})
	if err != nil {
		return err
	}
	err = s.Load(context.Background(), func(*lease.Binding) error { return nil })
	return errors.Join(err, s.Close())
}

func TestDamagedFilesAreNotSilentlyLost(t *testing.T) {
	for _, pattern := range []string{"*.log", "*.sst", "MANIFEST-*"} {
		t.Run(pattern, func(t *testing.T) {
			dir := t.TempDir()
			commitMany(t, dir, 128<<10)      // in tables
			commitMany(t, dir, memTableSize) // in the log
			flip(t, dir, pattern)
			err := look(dir)
			wantError(t, err, "damaged")
			wantError(t, err, "restore the directory from a backup")
		})
	}
}
