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
	return s.write(lease.Value{Name: name, Data: append([]byte{}, value...)})
}

// PutAll makes small values durable, all of them or none, those whose Data
// is nil as removed.
func (s *store) PutAll(_ context.Context, values ...lease.Value) error { return s.write(values...) }

// Delete removes a small value, durably.
func (s *store) Delete(_ context.Context, name string) error {
	return s.write(lease.Value{Name: name})
}

// write makes values, or that they are gone, durable with a sync of their own.
func (s *store) write(values ...lease.Value) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.ready(); err != nil {
		return s.wrap(err)
	}
	undo, err := s.standing(values)
	if err != nil {
		return s.wrap(err)
	}
	batch := s.db.NewBatch()
	for _, v := range values {
		if err := set(batch, valueKey(v.Name), v.Data, v.Data != nil); err != nil {
			return s.wrap(cmp.Or(err, batch.Close()))
		}
	}
	if err := s.sync(batch); err != nil {
		return s.wrap(s.fail(err, undo))
	}
	return nil
}

// standing gives what stands in the store under the names of values.
func (s *store) standing(values []lease.Value) (out []pair, err error) {
	for _, v := range values {
		key := valueKey(v.Name)
		old, err := s.get(key)
		if err != nil {
			return nil, err
		}
		out = append(out, pair{key, old})
	}
	return out, nil
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
