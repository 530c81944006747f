package assembly

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/stage6/stage6/lease"
)

// sequenceName is the name of the small value that keeps the last version of any
// host, those that were deleted too: no version comes twice.
const sequenceName = "hosts-version"

func sequenceValue(n uint64) lease.Value {
	return lease.Value{Name: sequenceName, Data: binary.BigEndian.AppendUint64(nil, n)}
}

// loadSequence reads the last version.
func (v *view) loadSequence(ctx context.Context, store lease.Store) error {
	value, err := store.Get(ctx, sequenceName)
	switch {
	case errors.Is(err, lease.ErrNotFound):
		return nil
	case err != nil:
		return err
	case len(value) != 8:
		return fmt.Errorf("damaged value %q: %d octets, want 8: restore the leases from a backup", sequenceName, len(value))
	}
	v.sequence = binary.BigEndian.Uint64(value)
	return nil
}
