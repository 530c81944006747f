// Package memory keeps leases in memory only: for tests, and for servers that
// need not remember them over a restart.
package memory

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/stage6/stage6/lease"
)

// Store is a lease.Store that forgets everything when the process ends. It
// keeps encoded records, as any store does, so that what is loaded is what
// another store would load.
type Store struct {
	mu      sync.Mutex
	records map[lease.Key][]byte
	values  map[string][]byte
}

// New makes an empty store.
func New() *Store {
	return &Store{records: map[lease.Key][]byte{}, values: map[string][]byte{}}
}

// Load yields the bindings in any order.
func (s *Store) Load(ctx context.Context, yield func(*lease.Binding) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, record := range s.records {
		if err := ctx.Err(); err != nil {
			return err
		}
		b, err := lease.ParseBinding(key, record)
		if err != nil {
			return fmt.Errorf("binding %s: %w", key, err)
		}
		if err := yield(b); err != nil {
			return err
		}
	}
	return nil
}

// Commit makes the changes.
func (s *Store) Commit(_ context.Context, changes []lease.Change) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range changes {
		if c.After == nil {
			delete(s.records, c.Before.Key)
			continue
		}
		s.records[c.After.Key] = c.After.AppendBinary(nil)
	}
	return nil
}

// Get gives a small value, or lease.ErrNotFound.
func (s *Store) Get(_ context.Context, name string) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, ok := s.values[name]
	if !ok {
		return nil, lease.ErrNotFound
	}
	return slices.Clone(v), nil
}

// Put keeps a small value.
func (s *Store) Put(_ context.Context, name string, value []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.values[name] = slices.Clone(value)
	return nil
}

// PutAll keeps small values, and forgets those whose Data is nil.
func (s *Store) PutAll(_ context.Context, values ...lease.Value) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, v := range values {
		if v.Data == nil {
			delete(s.values, v.Name)
			continue
		}
		s.values[v.Name] = slices.Clone(v.Data)
	}
	return nil
}

// Delete forgets a small value.
func (s *Store) Delete(_ context.Context, name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.values, name)
	return nil
}

// Values yields the small values whose names begin with prefix, by name.
func (s *Store) Values(ctx context.Context, prefix string, yield func(name string, value []byte) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(s.values)) {
		if !strings.HasPrefix(name, prefix) {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := yield(name, slices.Clone(s.values[name])); err != nil {
			return err
		}
	}
	return nil
}

// Close does nothing.
func (s *Store) Close() error { return nil }
