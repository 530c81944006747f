package pebble

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
	"github.com/sirupsen/logrus"
	logtest "github.com/sirupsen/logrus/hooks/test"

	"github.com/stage6/stage6/lease"
)

// faults makes changes of a file system fail.
type faults struct {
	active atomic.Bool
	kinds  []errorfs.OpKind // none: all that write
	suffix string           // of the file's name
	part   string           // of the file's name
	err    error
	met    atomic.Int64 // how many failed
}

func (f *faults) String() string { return "faults" }

func (f *faults) MaybeError(op errorfs.Op) error {
	if !f.active.Load() || !f.matches(op) {
		return nil
	}
	f.met.Add(1)
	return &os.PathError{Op: "write", Path: op.Path, Err: f.err}
}

func (f *faults) matches(op errorfs.Op) bool {
	if len(f.kinds) == 0 && (op.Kind.ReadOrWrite() == errorfs.OpIsRead || op.Kind == errorfs.OpRemove || op.Kind == errorfs.OpFileClose) {
		return false
	}
	return (len(f.kinds) == 0 || slices.Contains(f.kinds, op.Kind)) &&
		strings.HasSuffix(op.Path, f.suffix) && strings.Contains(op.Path, f.part)
}

// large makes a binding of some 8 KB, so that few of them fill Pebble's
// memory tables and it rotates its log, flushes and compacts.
func large(n int) *lease.Binding {
	b := number(n)
	b.Host = strings.Repeat(string(rune('a'+n%26)), 8000)
	return b
}

// mustOpenSmall opens a store that flushes often.
func mustOpenSmall(t *testing.T, fs vfs.FS) lease.Store {
	t.Helper()
	s, err := open("/var/leases", Options{FS: fs}, 128<<10)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// history is what a store was asked to keep.
type history struct {
	store lease.Store
	kept  map[lease.Key]*lease.Binding
	next  int
}

// commit creates a binding and says whether the store took it. Every third
// also changes or deletes an earlier one, every eleventh is larger than Pebble
// takes into a memory table.
func (h *history) commit(t *testing.T) error {
	h.next++
	changes := created(large(h.next))
	for i := 0; h.next%11 == 0 && i < 12; i++ {
		changes = append(changes, lease.Change{After: large(1000*h.next + i)})
	}
	if old := h.kept[number(h.next/2).Key]; old != nil && h.next%3 == 0 {
		c := lease.Change{Before: old}
		if h.next%2 == 0 {
			c.After = large(h.next / 2)
			c.After.Hostname = fmt.Sprint(h.next)
		}
		changes = append(changes, c)
	}
	if err := h.store.Commit(t.Context(), changes); err != nil {
		return err
	}
	for _, c := range changes {
		if c.After == nil {
			delete(h.kept, c.Before.Key)
			continue
		}
		h.kept[c.After.Key] = c.After
	}
	return nil
}

func (h *history) want(t *testing.T, s lease.Store) {
	t.Helper()
	got := loaded(t, s)
	for k, b := range h.kept {
		switch g := got[k]; {
		case g == nil:
			t.Fatalf("%s is lost", k)
		case g.Hostname != b.Hostname || g.Host != b.Host:
			t.Fatalf("%s is that of another commit", k)
		}
	}
	if len(got) != len(h.kept) {
		t.Fatalf("%d bindings, want %d: what failed is there", len(got), len(h.kept))
	}
}

func TestADiskThatFails(t *testing.T) {
	full, broken := error(syscall.ENOSPC), error(syscall.EIO)
	write := []errorfs.OpKind{errorfs.OpFileWrite}
	sync := []errorfs.OpKind{errorfs.OpFileSync, errorfs.OpFileSyncData}
	create := []errorfs.OpKind{errorfs.OpCreate, errorfs.OpReuseForWrite}
	for name, f := range map[string]*faults{
		"full":                        {err: full},
		"broken":                      {err: broken},
		"no space for the log":        {err: full, kinds: write, suffix: ".log"},
		"the log is not synced":       {err: broken, kinds: sync, suffix: ".log"},
		"no space for another log":    {err: full, kinds: create, suffix: ".log"},
		"no space for the manifest":   {err: full, kinds: write, part: "MANIFEST"},
		"the manifest is not synced":  {err: broken, kinds: sync, part: "MANIFEST"},
		"no space for tables":         {err: full, kinds: write, suffix: ".sst"},
		"no space for other tables":   {err: full, kinds: create, suffix: ".sst"},
		"tables are not synced":       {err: broken, kinds: sync, suffix: ".sst"},
		"the directory is not synced": {err: broken, kinds: sync, suffix: "leases"},
	} {
		t.Run(name, func(t *testing.T) {
			mem := vfs.NewCrashableMem()
			s := mustOpenSmall(t, errorfs.Wrap(mem, f))
			h := &history{store: s, kept: map[lease.Key]*lease.Binding{}}
			for range 20 {
				if err := h.commit(t); err != nil {
					t.Fatal(err)
				}
			}
			f.active.Store(true)
			failed := 0
			for range 60 {
				if err := h.commit(t); err != nil {
					failed++
					wantError(t, err, f.err.Error())
				}
			}
			if f.met.Load() == 0 {
				t.Fatal("nothing failed: the test tests nothing")
			}
			if failed == 0 {
				t.Fatal("no commit failed")
			}
			f.active.Store(false)
			for range 20 {
				if err := h.commit(t); err != nil {
					t.Fatalf("after the disk works again: %v", err)
				}
			}
			h.want(t, s)
			mustClose(t, s)
			h.want(t, mustOpenSmall(t, mem.CrashClone(vfs.CrashCloneCfg{})))
		})
	}
}

func TestAFailureThatPassesCostsOneCommit(t *testing.T) {
	f := &faults{err: syscall.EIO, kinds: []errorfs.OpKind{errorfs.OpFileSync, errorfs.OpFileSyncData}, suffix: ".log"}
	s := mustOpen(t, "/leases", Options{FS: errorfs.Wrap(vfs.NewMem(), f)})
	mustCommit(t, s, created(number(1))...)
	f.active.Store(true)
	// The data is in the log, only the sync fails: it must not turn up later.
	wantError(t, s.Commit(t.Context(), []lease.Change{{Before: number(1)}, {After: number(2)}}), "input/output error")
	f.active.Store(false)
	wantLoaded(t, s, number(1))
	mustCommit(t, s, created(number(3))...)
	wantLoaded(t, s, number(1), number(3))
}

func TestASmallValueThatFailsIsNotKept(t *testing.T) {
	f := &faults{err: syscall.EIO, kinds: []errorfs.OpKind{errorfs.OpFileSync, errorfs.OpFileSyncData}, suffix: ".log"}
	s := mustOpen(t, "/leases", Options{FS: errorfs.Wrap(vfs.NewMem(), f)})
	if err := s.Put(t.Context(), "duid", []byte("old")); err != nil {
		t.Fatal(err)
	}
	f.active.Store(true)
	wantError(t, s.Put(t.Context(), "duid", []byte("new")), "input/output error")
	wantError(t, s.Delete(t.Context(), "duid"), "input/output error")
	wantError(t, s.PutAll(t.Context(), lease.Value{Name: "key", Data: []byte("new")}, lease.Value{Name: "duid"}), "input/output error")
	f.active.Store(false)
	if got, err := s.Get(t.Context(), "key"); !errors.Is(err, lease.ErrNotFound) {
		t.Errorf("got %q, %v, want nothing", got, err)
	}
	if got, err := s.Get(t.Context(), "duid"); err != nil || string(got) != "old" {
		t.Errorf("got %q, %v, want the old value", got, err)
	}
}

func TestAFailureInTheBackgroundIsToldOfAndHealed(t *testing.T) {
	f := &faults{err: syscall.ENOSPC, kinds: []errorfs.OpKind{errorfs.OpFileWrite}, suffix: ".sst"}
	log, hook := logtest.NewNullLogger()
	s, err := open("/leases", Options{FS: errorfs.Wrap(vfs.NewMem(), f), Log: logrus.NewEntry(log)}, 128<<10)
	if err != nil {
		t.Fatal(err)
	}
	defer mustClose(t, s)
	h := &history{store: s, kept: map[lease.Key]*lease.Binding{}}
	f.active.Store(true)
	for f.met.Load() == 0 {
		_ = h.commit(t)
	}
	f.active.Store(false)
	h.want(t, s)
	if err := h.commit(t); err != nil {
		t.Errorf("the next commit: %v", err)
	}
	h.want(t, s)
	for _, e := range hook.AllEntries() {
		if e.Level <= logrus.ErrorLevel && !strings.Contains(e.Message, "lease store failed in the background") {
			t.Errorf("logged %q", e.Message)
		}
	}
}

// onIndex makes one change of a file system fail: that after so many others.
type onIndex struct{ left atomic.Int64 }

func (o *onIndex) String() string { return "onIndex" }

func (o *onIndex) MaybeError(op errorfs.Op) error {
	if op.Kind.ReadOrWrite() == errorfs.OpIsWrite && op.Kind != errorfs.OpLock && op.Kind != errorfs.OpFileClose && o.left.Add(-1) == 0 {
		return &os.PathError{Op: "write", Path: op.Path, Err: syscall.ENOSPC}
	}
	return nil
}

func TestWhicheverChangeOfTheDiskFailsNothingIsLost(t *testing.T) {
	for at := int64(1); ; at += 5 {
		inject := &onIndex{}
		mem := vfs.NewCrashableMem()
		s := mustOpenSmall(t, errorfs.Wrap(mem, inject))
		inject.left.Store(at)
		h := &history{store: s, kept: map[lease.Key]*lease.Binding{}}
		for range 50 {
			_ = h.commit(t)
		}
		h.want(t, s)
		crashed := mem.CrashClone(vfs.CrashCloneCfg{})
		if err := s.Close(); err != nil && !errors.Is(err, syscall.ENOSPC) {
			t.Fatal(err)
		}
		h.want(t, mustOpenSmall(t, crashed))
		if inject.left.Load() > 0 {
			return
		}
	}
}

func TestALossOfPowerLosesNothing(t *testing.T) {
	for seed := range uint64(15) {
		rng := rand.New(rand.NewPCG(seed, 6))
		fs := vfs.NewCrashableMem()
		h := &history{kept: map[lease.Key]*lease.Binding{}}
		for range 4 {
			s := mustOpenSmall(t, fs)
			h.store = s
			h.want(t, s)
			for range rng.IntN(25) {
				if err := h.commit(t); err != nil {
					t.Fatal(err)
				}
			}
			crashed := fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: rng.IntN(101), RNG: rng})
			mustClose(t, s)
			fs = crashed
		}
		h.want(t, mustOpenSmall(t, fs))
	}
}

func TestACopyEndsWhenTheDiskFails(t *testing.T) {
	f := &faults{err: syscall.ENOSPC}
	s := mustOpenSmall(t, errorfs.Wrap(vfs.NewMem(), f))
	for n := range 3 * copied {
		if err := s.Commit(t.Context(), created(number(n))); err != nil {
			t.Fatal(err)
		}
	}
	err := s.(lease.Copier).Copy(t.Context(), func(b *lease.Binding) error {
		if b.IA.ID == 1 {
			f.active.Store(true)
			if s.Commit(t.Context(), created(number(9999))) == nil {
				t.Error("the commit did not fail")
			}
			f.active.Store(false)
		}
		return nil
	}, func(lease.Value) error { return nil })
	if !errors.Is(err, errInterrupted) {
		t.Errorf("error %v", err)
	}
	if err := s.Commit(t.Context(), created(number(10000))); err != nil {
		t.Errorf("the store does not work again: %v", err)
	}
}
