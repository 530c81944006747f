package pebble

import (
	"cmp"
	"context"
	"errors"

	pebbledb "github.com/cockroachdb/pebble/v2"

	"github.com/stage6/stage6/lease"
)

// Get gives a small value, or lease.ErrNotFound.
func (s *store) Get(_ context.Context, name string) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.ready(); err != nil {
		return nil, s.wrap(err)
	}
	v, err := s.get(valueKey(name))
	if err != nil {
		return nil, s.wrap(err)
	}
	if v == nil {
		return nil, lease.ErrNotFound
	}
	return v, nil
}

// Put makes a small value durable.
func (s *store) Put(_ context.Context, name string, value []byte) error {
	return s.write(valueKey(name), value, true)
}

// Delete removes a small value, durably.
func (s *store) Delete(_ context.Context, name string) error {
	return s.write(valueKey(name), nil, false)
}

// write makes a value, or that it is gone, durable with a sync of its own.
func (s *store) write(key, value []byte, there bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.ready(); err != nil {
		return s.wrap(err)
	}
	old, err := s.get(key)
	if err != nil {
		return s.wrap(err)
	}
	batch := s.db.NewBatch()
	if err := set(batch, key, value, there); err != nil {
		return s.wrap(cmp.Or(err, batch.Close()))
	}
	if err := s.sync(batch); err != nil {
		return s.wrap(s.fail(err, []pair{{key, old}}))
	}
	return nil
}

// Values yields the small values whose names begin with prefix, by name.
func (s *store) Values(ctx context.Context, prefix string, yield func(name string, value []byte) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.ready(); err != nil {
		return s.wrap(err)
	}
	it, err := s.db.NewIterWithContext(ctx, valueRange(prefix))
	if err != nil {
		return s.wrap(err)
	}
	for ok := it.First(); ok && err == nil; ok = it.Next() {
		err = s.yieldValue(ctx, it, yield)
	}
	return cmp.Or(err, s.wrap(it.Close()))
}

func (s *store) yieldValue(ctx context.Context, it *pebbledb.Iterator, yield func(name string, value []byte) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	value, err := it.ValueAndErr()
	if err != nil {
		return s.wrap(err)
	}
	return yield(valueName(it.Key()), append(make([]byte, 0, len(value)), value...))
}

// get gives a copy of a value, or nil.
func (s *store) get(key []byte) ([]byte, error) {
	v, closer, err := s.db.Get(key)
	if errors.Is(err, pebbledb.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	out := append(make([]byte, 0, len(v)), v...)
	return out, closer.Close()
}
