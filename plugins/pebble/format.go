package pebble

import (
	"cmp"
	"errors"
	"fmt"
)

// format is the number of the layout of keys and values. A layout that older
// programs would misread takes the next.
const format = 1

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
