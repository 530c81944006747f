package committer

import (
	"context"
	"errors"
	"sync"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/bindings"
	"github.com/stage6/stage6/internal/memory"
	"github.com/stage6/stage6/lease"
)

// fakeTable counts changes instead of keeping them.
type fakeTable struct {
	mu             sync.Mutex
	epoch          uint64
	applied, taken uint64 // as sequence numbers
	wake           chan struct{}
}

func newTable() *fakeTable { return &fakeTable{epoch: 1, wake: make(chan struct{}, 1)} }

// apply makes a change.
func (f *fakeTable) apply() bindings.Ticket {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.applied++
	select {
	case f.wake <- struct{}{}:
	default:
	}
	return bindings.Ticket{Epoch: f.epoch, Seq: f.applied}
}

func (f *fakeTable) Epoch() uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.epoch
}

func (f *fakeTable) Take(dst []lease.Change, limit int) ([]lease.Change, bindings.Ticket) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for ; f.taken < f.applied && len(dst) < limit; f.taken++ {
		dst = append(dst, lease.Change{After: &change})
	}
	if len(dst) == 0 {
		return dst, bindings.Ticket{}
	}
	return dst, bindings.Ticket{Epoch: f.epoch, Seq: f.taken}
}

var change = lease.Binding{Key: lease.Key{DUID: "\x00\x03\x00\x01abcdef", IA: ident.IA{Type: ident.NA}}}

func (f *fakeTable) Committed(bindings.Ticket) {}

func (f *fakeTable) RollBack() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.epoch++
	f.taken = f.applied // sequence numbers go on
}

func (f *fakeTable) Wake() <-chan struct{} { return f.wake }

// fakeStore is a memory store whose commits can be held and made to fail.
type fakeStore struct {
	*memory.Store
	mu      sync.Mutex
	err     error
	sizes   []int
	probes  int
	entered chan struct{} // told when a commit begins, if not nil
	leave   chan struct{} // a commit waits for this, if not nil
}

var errFull = errors.New("no space left on device")

func newStore() *fakeStore { return &fakeStore{Store: memory.New()} }

// held makes a store that tells of each commit and waits.
func held() *fakeStore {
	s := newStore()
	s.entered, s.leave = make(chan struct{}), make(chan struct{})
	return s
}

func (s *fakeStore) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
}

func (s *fakeStore) Commit(ctx context.Context, changes []lease.Change) error {
	if s.entered != nil {
		s.entered <- struct{}{}
		<-s.leave
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := errors.Join(s.err, ctx.Err()); err != nil {
		return err
	}
	s.sizes = append(s.sizes, len(changes))
	return s.Store.Commit(ctx, changes)
}

func (s *fakeStore) Put(ctx context.Context, name string, value []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.probes++
	if s.err != nil {
		return s.err
	}
	return s.Store.Put(ctx, name, value)
}

// outcome is one call of done.
type outcome struct {
	Items []int
	Err   error
}

// recorder keeps the calls of done.
type recorder struct {
	mu  sync.Mutex
	got []outcome
}

func (r *recorder) done(items []int, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.got = append(r.got, outcome{append([]int(nil), items...), err})
}

// calls gives the calls since the last time.
func (r *recorder) calls() []outcome {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := r.got
	r.got = nil
	return out
}

// storeFunc asks a function whether a commit fails.
type storeFunc struct {
	lease.Store
	fails func() error
}

func (s storeFunc) Commit(ctx context.Context, changes []lease.Change) error {
	if err := s.fails(); err != nil {
		return err
	}
	return s.Store.Commit(ctx, changes)
}
