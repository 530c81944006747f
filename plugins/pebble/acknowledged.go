package pebble

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"

	pebbledb "github.com/cockroachdb/pebble/v2"
)

// count adds the number of a commit to it.
func (s *store) count(batch *pebbledb.Batch) error {
	s.commits++
	return batch.Set([]byte{kindCommits}, binary.BigEndian.AppendUint64(nil, s.commits), nil)
}

// openNotes opens the notes for writing, if they are not open.
func (s *store) openNotes() (err error) {
	if s.readOnly || s.notes != nil {
		return nil
	}
	s.notes, err = openNotes(s.fs, s.fs.PathJoin(s.dir, ackFile), s.log)
	return err
}

// rehearse opens the database for reading and looks whether all is there that
// was acknowledged. Opening it for writing changes files that somebody may want to
// look at, and logs are gone after it.
func (s *store) rehearse() error {
	if s.readOnly {
		return nil
	}
	o := s.options()
	o.FS, o.ReadOnly = s.fs, true
	db, err := pebbledb.Open(s.dir, o)
	if errors.Is(err, pebbledb.ErrDBDoesNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	s.db = db
	err = s.checkAcknowledged()
	s.db = nil
	return cmp.Or(err, db.Close())
}

// checkAcknowledged looks whether the database has all commits that were
// acknowledged, and the list of its tables, and reads the number of commits.
func (s *store) checkAcknowledged() error {
	s.commits = 0
	v, err := s.get([]byte{kindCommits})
	if err != nil {
		return err
	}
	if len(v) == 8 {
		s.commits = binary.BigEndian.Uint64(v)
	}
	path := s.fs.PathJoin(s.dir, ackFile)
	noted, err := readNotes(s.fs, path)
	if err != nil {
		return err
	}
	if s.commits < noted.commits {
		return lost(path, fmt.Sprintf("commits %d to %d are lost, since a log was cut off or ends in garbage", s.commits+1, noted.commits))
	}
	return cmp.Or(s.checkLogs(path, noted.logs[:]), s.checkManifest(path, noted.manifest))
}

// checkLogs looks whether logs that are still there are as long as they were.
func (s *store) checkLogs(notes string, logs []closedLog) error {
	for _, l := range logs {
		name := fmt.Sprintf("%06d.log", l.number)
		info, err := s.fs.Stat(s.fs.PathJoin(s.dir, name))
		switch {
		case errors.Is(err, fs.ErrNotExist): // all of it is in tables
		case err != nil:
			return err
		case uint64(info.Size()) < l.size:
			return lost(notes, fmt.Sprintf("the log %s has %d octets of %d", name, info.Size(), l.size))
		}
	}
	return nil
}

// checkManifest looks whether a manifest still begins with what was synced: one
// that was cut off lists fewer tables.
func (s *store) checkManifest(notes string, m manifest) error {
	if m.size == 0 {
		return nil
	}
	name := fmt.Sprintf("MANIFEST-%06d", m.number)
	f, err := s.fs.Open(s.fs.PathJoin(s.dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil // the power went before it had its name
	}
	if err != nil {
		return err
	}
	content := make([]byte, m.size)
	n, _ := f.ReadAt(content, 0)
	if err := f.Close(); err != nil {
		return err
	}
	if uint64(n) < m.size || crc32.ChecksumIEEE(content) != m.sum {
		return lost(notes, fmt.Sprintf("the first %d octets of the list of tables, %s, are not what was written", m.size, name))
	}
	return nil
}

// lost says what is damaged, and how to go on all the same.
func lost(notes, what string) error {
	return fmt.Errorf("damaged: %s: restore the directory from a backup; to go on without what is lost, remove %q", what, notes)
}
