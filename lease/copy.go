package lease

import "context"

// Copier is a Store that can be copied while it is used.
type Copier interface {
	// Copy calls binding with each binding and value with each small value, as
	// they all stand at the moment when it begins, in any order, and stops at the
	// first error. It holds up nobody who commits meanwhile. Yielded data may be
	// kept.
	Copy(ctx context.Context, binding func(*Binding) error, value func(Value) error) error
}
