package pebble

import (
	"cmp"
	"context"
	"errors"
	"slices"

	pebbledb "github.com/cockroachdb/pebble/v2"

	"github.com/stage6/stage6/lease"
)

// copied is how many records are read while commits wait.
const copied = 256

var errInterrupted = errors.New("the disk failed while the leases were being copied: try again when it works")

// Copy yields what is kept as of now.
func (s *store) Copy(ctx context.Context, binding func(*lease.Binding) error, value func(lease.Value) error) error {
	snap, err := s.snapshot()
	if err != nil {
		return s.wrap(err)
	}
	defer s.release(snap)
	next := []byte{kindBinding}
	for next != nil {
		var pairs []pair
		if pairs, next, err = s.read(ctx, snap, next); err != nil {
			return s.wrap(err)
		}
		for _, p := range pairs {
			if err := s.yieldPair(p, binding, value); err != nil {
				return err
			}
		}
	}
	return nil
}

// snapshot begins a copy. It ends with release, or with the database.
func (s *store) snapshot() (*pebbledb.Snapshot, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.ready(); err != nil {
		return nil, err
	}
	snap := s.db.NewSnapshot()
	s.snapshots = append(s.snapshots, snap)
	return snap, nil
}

// release ends a copy.
func (s *store) release(snap *pebbledb.Snapshot) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := slices.Index(s.snapshots, snap); i >= 0 {
		s.snapshots = slices.Delete(s.snapshots, i, i+1)
		s.closeSnapshot(snap)
	}
}

// releaseAll ends all copies, since the database is about to be closed.
func (s *store) releaseAll() {
	for _, snap := range s.snapshots {
		s.closeSnapshot(snap)
	}
	s.snapshots = nil
}

func (s *store) closeSnapshot(snap *pebbledb.Snapshot) {
	if err := snap.Close(); err != nil {
		s.log.WithError(err).Debug("ending a copy")
	}
}

// read gives some pairs from a key on, and the key to go on from; nil at the end.
func (s *store) read(ctx context.Context, snap *pebbledb.Snapshot, from []byte) (pairs []pair, next []byte, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	if !slices.Contains(s.snapshots, snap) {
		return nil, nil, errInterrupted
	}
	it, err := snap.NewIterWithContext(ctx, &pebbledb.IterOptions{LowerBound: from, UpperBound: []byte{kindValue + 1}})
	if err != nil {
		return nil, nil, err
	}
	for ok := it.First(); ok; ok = it.Next() {
		if len(pairs) == copied {
			return pairs, slices.Clone(it.Key()), it.Close()
		}
		record, err := it.ValueAndErr()
		if err != nil {
			return nil, nil, cmp.Or(err, it.Close())
		}
		pairs = append(pairs, pair{slices.Clone(it.Key()), append([]byte{}, record...)})
	}
	return pairs, nil, it.Close()
}

// yieldPair yields a binding or a small value.
func (s *store) yieldPair(p pair, binding func(*lease.Binding) error, value func(lease.Value) error) error {
	if p.key[0] == kindValue {
		return value(lease.Value{Name: valueName(p.key), Data: p.value})
	}
	b, err := s.parseRecord(p.key, p.value)
	if err != nil {
		return err
	}
	return binding(b)
}
