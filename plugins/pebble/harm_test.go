package pebble

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/stage6/stage6/lease"
)

// harms damage the content of a file somewhere.
var harms = map[string]func(content []byte, random *rand.Rand) []byte{
	"a bit flipped": func(c []byte, r *rand.Rand) []byte {
		c[r.IntN(len(c))] ^= 1 << r.IntN(8)
		return c
	},
	"a sector of zeros": func(c []byte, r *rand.Rand) []byte {
		from := r.IntN(len(c)) &^ 511
		clear(c[from:min(from+512, len(c))])
		return c
	},
	"a block of something else": func(c []byte, r *rand.Rand) []byte {
		from := r.IntN(len(c)) &^ 4095
		for i := from; i < min(from+4096, len(c)); i++ {
			c[i] = byte(r.Uint32())
		}
		return c
	},
	"cut off":                    func(c []byte, r *rand.Rand) []byte { return c[:r.IntN(len(c))] },
	"emptied":                    func([]byte, *rand.Rand) []byte { return nil },
	"something else at its end":  func(c []byte, _ *rand.Rand) []byte { return append(c, "kernel: I/O error\n"...) },
	"overwritten by other files": func(c []byte, _ *rand.Rand) []byte { return []byte(strings.Repeat("#!/bin/sh\n", 1+len(c)/10)) },
}

// TestDamageIsNeverSilent damages each file of a store in all these ways, at several
// places: either the store says that it is damaged and what to do, and that again
// when it is asked again, or nothing is lost. It is so after a server ended and
// after it was killed.
func TestDamageIsNeverSilent(t *testing.T) {
	for name, whole := range map[string]vfs.FS{"after an end": endedStore(t), "after a kill": killedStore(t)} {
		t.Run(name, func(t *testing.T) {
			want, err := count(clone(t, whole))
			if err != nil {
				t.Fatal(err)
			}
			cases, told := 0, 0
			eachHarm(t, whole, func(what string, fs vfs.FS) {
				cases++
				got, err := count(fs)
				_, again := count(fs)
				switch {
				case err == nil && got != want:
					t.Errorf("%s: %d bindings of %d, silently", what, got, want)
				case err != nil:
					told++
					for _, err := range []error{err, again} {
						wantError(t, err, "damaged")
						wantError(t, err, "restore the directory from a backup")
					}
				}
			})
			t.Logf("%d cases of damage: %d told of, the others lost nothing", cases, told)
		})
	}
}

// harmed is where the stores are that are damaged.
const harmed = "/leases"

// eachHarm damages copies of a store.
func eachHarm(t *testing.T, whole vfs.FS, f func(what string, fs vfs.FS)) {
	t.Helper()
	names, err := whole.List(harmed)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		for how, harm := range harms {
			for seed := range uint64(2) {
				fs, path := clone(t, whole), whole.PathJoin(harmed, name)
				content := readAll(t, fs, path)
				if len(content) == 0 {
					continue
				}
				overwrite(t, fs, path, harm(content, rand.New(rand.NewPCG(seed, 9))))
				f(fmt.Sprintf("%s, %s, seed %d", name, how, seed), fs)
			}
		}
	}
}

func readAll(t *testing.T, fs vfs.FS, path string) []byte {
	t.Helper()
	f, err := fs.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(f)
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	return content
}

func overwrite(t *testing.T, fs vfs.FS, path string, content []byte) {
	t.Helper()
	f, err := fs.Create(path, vfs.WriteCategoryUnspecified)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.Write(content)
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
}

// endedStore makes a store with tables and a log that was closed.
func endedStore(t *testing.T) vfs.FS {
	t.Helper()
	s, fs := fill(t)
	mustClose(t, s)
	return fs
}

// killedStore makes one as it is after kill -9.
func killedStore(t *testing.T) vfs.FS {
	t.Helper()
	s, fs := fill(t)
	defer mustClose(t, s)
	return fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: 100, RNG: rand.New(rand.NewPCG(6, 6))})
}

// fill opens a store with some bindings in tables and others in the log.
func fill(t *testing.T) (lease.Store, *vfs.MemFS) {
	t.Helper()
	fs := vfs.NewCrashableMem()
	s := mustOpenFlushing(t, fs)
	for n := range 400 {
		mustCommit(t, s, created(number(n), number(1000+n), number(2000+n), number(3000+n))...)
	}
	mustClose(t, s)
	s = mustOpenFlushing(t, fs)
	for n := range 900 {
		mustCommit(t, s, created(number(10000+n))...)
	}
	return s, fs
}

// mustOpenFlushing opens a store whose tables have some hundred bindings, so that
// there are several, and a list of them that grows.
func mustOpenFlushing(t *testing.T, fs vfs.FS) lease.Store {
	t.Helper()
	s, err := open(harmed, Options{FS: fs}, 64<<10)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func clone(t *testing.T, fs vfs.FS) vfs.FS {
	t.Helper()
	to := vfs.NewMem()
	if ok, err := vfs.Clone(fs, to, harmed, harmed); err != nil || !ok {
		t.Fatal(ok, err)
	}
	return to
}

// count counts the bindings of a store.
func count(fs vfs.FS) (n int, err error) {
	s, err := Open(harmed, Options{FS: fs})
	if err != nil {
		return 0, err
	}
	err = s.Load(context.Background(), func(*lease.Binding) error { n++; return nil })
	return n, errors.Join(err, s.Close())
}
