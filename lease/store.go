package lease

import (
	"context"
	"errors"
	"fmt"
)

// Change is one binding before and after. Before nil creates it, After nil
// deletes it; both name the same Key.
type Change struct {
	Before, After *Binding
}

// Value is a small value of a store by its name. One whose Data is nil is
// removed; one whose Data is empty, but not nil, is kept, as Put keeps it.
type Value struct {
	Name string
	Data []byte
}

// Store keeps bindings so that they survive. It is used by one goroutine at a
// time, but for the small values. What it is given it may keep, but not change.
type Store interface {
	// Load calls yield with each binding that is kept, in any order, and stops
	// at the first error. A damaged record is an error that says what to do,
	// never a silent omission.
	Load(ctx context.Context, yield func(*Binding) error) error

	// Commit makes the changes durable, all or, on error, none of them. A
	// *ConflictError says that some were overtaken by another server's.
	Commit(ctx context.Context, changes []Change) error

	// Get gives a small value kept beside the leases, such as the server's
	// DUID, or ErrNotFound.
	Get(ctx context.Context, name string) ([]byte, error)

	// Put makes a small value durable.
	Put(ctx context.Context, name string, value []byte) error

	// PutAll makes small values durable that belong together, each name once:
	// all or, on error, none of them.
	PutAll(ctx context.Context, values ...Value) error

	// Delete removes a small value durably. One that is not there is no error.
	Delete(ctx context.Context, name string) error

	// Values calls yield with each small value whose name begins with prefix,
	// in the order of the names, and stops at the first error. Yield does not
	// use the store.
	Values(ctx context.Context, prefix string, yield func(name string, value []byte) error) error

	// Close lets another process open the store.
	Close() error
}

// ErrNotFound says that a store keeps no value of that name.
var ErrNotFound = errors.New("not found")

// ConflictError says which of the changes given to Commit were refused because
// another server changed the binding or holds the address. Nothing of that
// Commit is kept.
type ConflictError struct {
	Indexes []int // in the slice given to Commit, ascending
}

func (e *ConflictError) Error() string {
	return fmt.Sprintf("%d changes overtaken by another server", len(e.Indexes))
}
