package pebble

import (
	"cmp"
	"errors"
	"fmt"

	pebbledb "github.com/cockroachdb/pebble/v2"
)

// format is the number of the layout of keys and values. A layout that older
// programs would misread takes the next.
const format = 1

// ready opens the database again if a failure has closed it or is about to.
func (s *store) ready() error {
	switch {
	case s.closed:
		return errClosed
	case s.db != nil && !s.disk.frozen():
		return nil
	}
	s.discard()
	if err := s.start(); err != nil {
		return err
	}
	s.log.Debug("the database is open again")
	return nil
}

// start opens the database, and undoes what failed commits may have left.
func (s *store) start() error {
	if err := s.probe(); err != nil {
		return err
	}
	s.disk = newDisk(s.fs, s.retire)
	db, err := pebbledb.Open(s.dir, s.options())
	if err != nil {
		return cmp.Or(s.disk.failure(), err)
	}
	s.db = db
	err = cmp.Or(s.disk.failure(), s.checkFormat())
	if err == nil {
		err = s.applyUndo()
	}
	if err != nil {
		s.discard()
	}
	return err
}

// stop closes the database, if it is open.
func (s *store) stop() error {
	if s.db == nil {
		return nil
	}
	db := s.db
	s.db = nil
	return db.Close()
}

// discard closes a database that has failed.
func (s *store) discard() {
	if err := s.stop(); err != nil {
		s.log.WithError(err).Debug("closing the database after a failure")
	}
}

// fail closes the database after a commit that failed and notes how things
// stood before it: what was written may turn up when the log is read again, on
// a disk that took the data but not the sync, and nobody was told of it.
func (s *store) fail(cause error, undo []pair) error {
	s.undo = undo
	s.discard()
	return cause
}

// applyUndo makes the store what it was before commits that failed.
func (s *store) applyUndo() error {
	if len(s.undo) == 0 {
		return nil
	}
	batch := s.db.NewBatch()
	for _, p := range s.undo {
		if err := set(batch, p.key, p.value, p.value != nil); err != nil {
			return cmp.Or(err, batch.Close())
		}
	}
	if err := s.sync(batch); err != nil {
		return err
	}
	s.undo = nil
	return nil
}

// retire closes, by and by, the database over a disk that froze, unless a
// commit did so: its work in the background would go on failing.
func (s *store) retire(d *disk) {
	s.retiring.Go(func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.disk != d || s.db == nil {
			return
		}
		s.log.WithError(d.failure()).Error("lease store failed in the background; the next commit opens it again")
		s.discard()
	})
}

// checkFormat refuses what a newer stage6 wrote, and marks a new database.
func (s *store) checkFormat() error {
	key := []byte{kindFormat}
	v, err := s.get(key)
	switch {
	case err != nil:
		return err
	case v == nil:
		return s.markFormat(key)
	case len(v) != 1 || v[0] == 0:
		return fmt.Errorf("format %x, want 01: not a lease store, or damaged", v)
	case v[0] > format:
		return fmt.Errorf("has format %d, this stage6 knows those up to %d: use the newer stage6 that wrote it", v[0], format)
	}
	return nil
}

func (s *store) markFormat(key []byte) error {
	if s.readOnly {
		return errUnused
	}
	if err := s.checkEmpty(); err != nil {
		return err
	}
	batch := s.db.NewBatch()
	if err := set(batch, key, []byte{format}, true); err != nil {
		return cmp.Or(err, batch.Close())
	}
	return s.sync(batch)
}

// checkEmpty refuses a database that is not ours.
func (s *store) checkEmpty() error {
	it, err := s.db.NewIter(nil)
	if err != nil {
		return err
	}
	if it.First() {
		err = errors.New("a Pebble database that is not of stage6: choose another directory")
	}
	return cmp.Or(err, it.Close())
}
