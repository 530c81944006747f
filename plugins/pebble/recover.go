package pebble

import (
	"cmp"

	pebbledb "github.com/cockroachdb/pebble/v2"
)

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
	if err := s.openNotes(); err != nil {
		return err
	}
	s.disk = newDisk(s.fs, s.retire)
	s.disk.notes = s.notes
	db, err := pebbledb.Open(s.dir, s.options())
	if err != nil {
		return cmp.Or(s.disk.failure(), err)
	}
	s.db = db
	if err := s.settle(); err != nil {
		s.discard()
		return err
	}
	return nil
}

// settle makes a database that was just opened fit for use.
func (s *store) settle() error {
	if err := s.disk.failure(); err != nil {
		return err
	}
	if err := s.checkAcknowledged(); err != nil {
		return err
	}
	if err := s.checkFormat(); err != nil {
		return err
	}
	return s.applyUndo()
}

// stop closes the database, if it is open.
func (s *store) stop() error {
	if s.db == nil {
		return nil
	}
	s.releaseAll()
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
