package pebble

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	pebbledb "github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/sirupsen/logrus"

	"github.com/stage6/stage6/lease"
)

// Options say how a store is opened.
type Options struct {
	FS       vfs.FS        // nil: the disk
	Log      *logrus.Entry // nil: silent
	ReadOnly bool          // look only, beside no server
}

// store is a lease.Store over a database in a directory. It is safe for
// concurrent use.
type store struct {
	dir      string
	fs       vfs.FS
	log      *logrus.Entry
	readOnly bool
	memTable uint64         // in octets
	lock     *pebbledb.Lock // held from Open to Close, whatever becomes of db

	retiring sync.WaitGroup

	mu     sync.Mutex
	db     *pebbledb.DB // nil after a failure, until the next use, and after Close
	disk   *disk        // below db
	undo   []pair       // to be written before anything else, see fail
	closed bool

	commits uint64    // that were begun; the number is part of each
	notes   *notebook // nil when read only

	snapshots []*pebbledb.Snapshot // of db, of copies that are being made
}

// pair is a key and its value. A nil value means that the key is not there.
type pair struct{ key, value []byte }

var errClosed = errors.New("the lease store is closed")

// Open opens the store in a directory, which it makes if there is none.
func Open(dir string, o Options) (lease.Store, error) { return open(dir, o, memTableSize) }

// open opens a store that writes to a table when so many octets have gathered.
func open(dir string, o Options, memTable uint64) (lease.Store, error) {
	s := &store{dir: dir, fs: o.FS, log: o.Log, readOnly: o.ReadOnly, memTable: memTable}
	if s.fs == nil {
		s.fs = vfs.Default
	}
	if s.log == nil {
		s.log = silent()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.open(); err != nil {
		return nil, s.wrap(err)
	}
	return s, nil
}

func (s *store) open() error {
	if err := s.prepareDirectory(); err != nil {
		return err
	}
	if err := s.lockDirectory(); err != nil {
		return err
	}
	err := s.rehearse()
	if err == nil {
		err = s.start()
	}
	if err != nil {
		return cmp.Or(err, s.notes.Close(), s.lock.Close())
	}
	return nil
}

// Dir gives the directory.
func (s *store) Dir() string { return s.dir }

// Load yields the bindings in the order of their keys.
func (s *store) Load(ctx context.Context, yield func(*lease.Binding) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.ready(); err != nil {
		return s.wrap(err)
	}
	it, err := s.db.NewIterWithContext(ctx, bindingRange())
	if err != nil {
		return s.wrap(err)
	}
	for ok := it.First(); ok && err == nil; ok = it.Next() {
		err = s.yieldOne(ctx, it, yield)
	}
	return cmp.Or(err, s.wrap(it.Close()))
}

func (s *store) yieldOne(ctx context.Context, it *pebbledb.Iterator, yield func(*lease.Binding) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	record, err := it.ValueAndErr()
	if err != nil {
		return s.wrap(err)
	}
	b, err := s.parseRecord(it.Key(), record)
	if err != nil {
		return err
	}
	return yield(b)
}

// parseRecord reads a binding, or says what to do about one that is damaged.
func (s *store) parseRecord(key, record []byte) (*lease.Binding, error) {
	b, err := parse(key, record)
	if err != nil {
		return nil, s.wrap(fmt.Errorf("damaged record under key %x: %w: restore the directory from a backup", key, err))
	}
	return b, nil
}

// Commit makes the changes durable with one sync.
func (s *store) Commit(ctx context.Context, changes []lease.Change) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := s.ready(); err != nil {
		return s.wrap(err)
	}
	batch := s.db.NewBatch()
	var key, value []byte
	for _, c := range changes {
		key, value = appendKey(key[:0], c), appendValue(value[:0], c.After)
		if err := set(batch, key, value, c.After != nil); err != nil {
			return s.wrap(cmp.Or(err, batch.Close()))
		}
	}
	if err := s.sync(batch); err != nil {
		return s.wrap(s.fail(err, before(changes)))
	}
	return nil
}

// Close lets another process open the store.
func (s *store) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	err := s.stop()
	s.mu.Unlock()
	s.retiring.Wait()
	return s.wrap(cmp.Or(err, s.notes.Close(), s.lock.Close()))
}

// set puts a key and its value, or its deletion, into a batch.
func set(batch *pebbledb.Batch, key, value []byte, there bool) error {
	if !there {
		return batch.Delete(key, nil)
	}
	return batch.Set(key, value, nil)
}

// sync makes a batch durable. An error means that it may be so or not.
func (s *store) sync(batch *pebbledb.Batch) error {
	if err := s.count(batch); err != nil {
		return cmp.Or(err, batch.Close())
	}
	err := cmp.Or(batch.Commit(pebbledb.Sync), batch.Close())
	if err := cmp.Or(s.disk.failure(), err); err != nil {
		return err
	}
	s.notes.committed(s.commits)
	return nil
}

// before lists what stood in the store before changes, the last first.
func before(changes []lease.Change) []pair {
	out := make([]pair, 0, len(changes))
	for _, c := range slices.Backward(changes) {
		p := pair{key: appendKey(nil, c)}
		if c.Before != nil {
			p.value = appendValue(nil, c.Before)
		}
		out = append(out, p)
	}
	return out
}

func (s *store) wrap(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("lease store %q: %w", s.dir, readable(err))
}
