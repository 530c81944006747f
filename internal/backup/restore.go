package backup

import (
	"context"
	"errors"
	"io"

	"github.com/stage6/stage6/lease"
)

// unfinished is the name of a small value that a store has while a backup is being
// restored into it.
const unfinished = "restore-unfinished"

// batch is how many records are made durable at a time.
const batch = 1000

// ErrNotEmpty says that a store has something already.
var ErrNotEmpty = errors.New("there are leases already: a backup is restored into a new directory; move the old one away first")

// ErrUnfinished says that a store has a part of a backup only.
var ErrUnfinished = errors.New("a restore was begun here and did not come to its end: delete the directory and restore once more")

// Unfinished gives ErrUnfinished for a store in which a restore did not come to its
// end.
func Unfinished(ctx context.Context, store lease.Store) error {
	_, err := store.Get(ctx, unfinished)
	switch {
	case errors.Is(err, lease.ErrNotFound):
		return nil
	case err != nil:
		return err
	}
	return ErrUnfinished
}

// Restore reads a backup, twice, into a store that is empty: first to see that it is
// whole. Progress, if not nil, is told how much is durable.
func Restore(ctx context.Context, store lease.Store, from io.ReadSeeker, progress func(Counts)) (Counts, error) {
	all, err := Read(from, func(*lease.Binding) error { return ctx.Err() }, func(lease.Value) error { return nil })
	if err != nil {
		return Counts{}, err
	}
	if _, err := from.Seek(0, io.SeekStart); err != nil {
		return Counts{}, err
	}
	if err := checkEmpty(ctx, store); err != nil {
		return Counts{}, err
	}
	if err := store.Put(ctx, unfinished, nil); err != nil {
		return Counts{}, err
	}
	f := filler{ctx: ctx, store: store, progress: progress}
	if _, err := Read(from, f.binding, f.value); err != nil {
		return Counts{}, err
	}
	if err := f.flush(); err != nil {
		return Counts{}, err
	}
	return all, store.Delete(ctx, unfinished)
}

// checkEmpty refuses a store that keeps something.
func checkEmpty(ctx context.Context, store lease.Store) error {
	if err := Unfinished(ctx, store); err != nil {
		return err
	}
	if err := store.Load(ctx, func(*lease.Binding) error { return ErrNotEmpty }); err != nil {
		return err
	}
	return store.Values(ctx, "", func(string, []byte) error { return ErrNotEmpty })
}

// filler gathers records and makes them durable.
type filler struct {
	ctx      context.Context
	store    lease.Store
	progress func(Counts)
	done     Counts
	changes  []lease.Change
	values   []lease.Value
}

func (f *filler) binding(b *lease.Binding) error {
	f.changes = append(f.changes, lease.Change{After: b})
	return f.flushAt(batch)
}

func (f *filler) value(v lease.Value) error {
	f.values = append(f.values, v)
	return f.flushAt(batch)
}

// flushAt makes durable what waits, if it is so much.
func (f *filler) flushAt(n int) error {
	if len(f.changes)+len(f.values) < n {
		return nil
	}
	return f.flush()
}

func (f *filler) flush() error {
	if len(f.changes) > 0 {
		if err := f.store.Commit(f.ctx, f.changes); err != nil {
			return err
		}
	}
	if len(f.values) > 0 {
		if err := f.store.PutAll(f.ctx, f.values...); err != nil {
			return err
		}
	}
	f.done.Bindings += len(f.changes)
	f.done.Values += len(f.values)
	f.changes, f.values = f.changes[:0], f.values[:0]
	if f.progress != nil {
		f.progress(f.done)
	}
	return nil
}
