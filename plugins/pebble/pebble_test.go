package pebble

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.uber.org/goleak"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/lease"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDirectory); dir != "" {
		commitUntilKilled(dir)
	}
	goleak.VerifyTestMain(m)
}

// number makes a binding, a different one for each number.
func number(n int) *lease.Binding {
	address := netip.AddrFrom16([16]byte{0x20, 1, 0xd, 0xb8, 13: byte(n >> 16), 14: byte(n >> 8), 15: byte(n)})
	return &lease.Binding{
		Key: lease.Key{
			DUID: ident.DUID(fmt.Sprintf("\x00\x03\x00\x01%06d", n)),
			IA:   ident.IA{Type: ident.NA, ID: uint32(n)},
		},
		Leases: []lease.Lease{{
			Prefix: netip.PrefixFrom(address, 128), State: lease.Active,
			Preferred: time.Hour, Valid: 2 * time.Hour, Until: time.Unix(1<<31, 0), Pool: "pool",
		}},
		Link: "prov0", Hostname: "web.example.net",
		Created: time.Unix(1e9, 0), Updated: time.Unix(1e9+1, 0),
	}
}

func created(bindings ...*lease.Binding) []lease.Change {
	var out []lease.Change
	for _, b := range bindings {
		out = append(out, lease.Change{After: b})
	}
	return out
}

func mustOpen(t testing.TB, dir string, o Options) lease.Store {
	t.Helper()
	s, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func mustCommit(t testing.TB, s lease.Store, changes ...lease.Change) {
	t.Helper()
	if err := s.Commit(context.Background(), changes); err != nil {
		t.Fatal(err)
	}
}

func mustClose(t testing.TB, s lease.Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// loaded reads all bindings, by key.
func loaded(t testing.TB, s lease.Store) map[lease.Key]*lease.Binding {
	t.Helper()
	out := map[lease.Key]*lease.Binding{}
	err := s.Load(context.Background(), func(b *lease.Binding) error {
		out[b.Key] = b
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func wantLoaded(t testing.TB, s lease.Store, want ...*lease.Binding) {
	t.Helper()
	m := map[lease.Key]*lease.Binding{}
	for _, b := range want {
		m[b.Key] = b
	}
	if diff := cmp.Diff(m, loaded(t, s), cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{})); diff != "" {
		t.Fatalf("loaded (-want +got):\n%s", diff)
	}
}

func TestWhatIsCommittedIsThereAfterReopening(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	s := mustOpen(t, dir, Options{})
	one, two, three := number(1), number(2), number(3)
	changed := number(2)
	changed.Hostname = "db.example.net"
	mustCommit(t, s, created(one, two, three)...)
	mustCommit(t, s, lease.Change{Before: two, After: changed}, lease.Change{Before: three})
	wantLoaded(t, s, one, changed)
	mustClose(t, s)
	wantLoaded(t, mustOpen(t, dir, Options{}), one, changed)
}

func TestKeysOfManyShapes(t *testing.T) {
	var want []*lease.Binding
	for _, duid := range []string{"\x00\x02\x00", strings.Repeat("\xff", 130), "\x00\x03\x00\x01abcdef"} {
		for _, ia := range []ident.IA{{Type: ident.NA}, {Type: ident.NA, ID: 1<<32 - 1}, {Type: ident.PD, ID: 7}} {
			b := number(1)
			b.Key = lease.Key{DUID: ident.DUID(duid), IA: ia}
			want = append(want, b)
		}
	}
	s := mustOpen(t, t.TempDir(), Options{})
	mustCommit(t, s, created(want...)...)
	wantLoaded(t, s, want...)
}

func TestSmallValues(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir, Options{})
	if _, err := s.Get(t.Context(), "duid"); !errors.Is(err, lease.ErrNotFound) {
		t.Fatalf("a value that is not there: %v, want lease.ErrNotFound", err)
	}
	for _, v := range []string{"one", "", "two"} {
		if err := s.Put(t.Context(), "duid", []byte(v)); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Get(t.Context(), "duid"); err != nil || string(got) != v || got == nil {
			t.Fatalf("got %q, %v, want %q", got, err, v)
		}
	}
	mustClose(t, s)
	s = mustOpen(t, dir, Options{})
	if got, err := s.Get(t.Context(), "duid"); err != nil || string(got) != "two" {
		t.Fatalf("after reopening: %q, %v", got, err)
	}
	wantLoaded(t, s)
}

func TestSmallValuesAreListedAndDeleted(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir, Options{})
	mustCommit(t, s, created(number(1))...)
	for _, name := range []string{"host/b", "host/a", "host0", "hosts", "duid", "host/c", "\xff\xff", "\xff\xffa"} {
		if err := s.Put(t.Context(), name, []byte("of "+name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"host/b", "host/none"} {
		if err := s.Delete(t.Context(), name); err != nil {
			t.Errorf("Delete %q: %v", name, err)
		}
	}
	mustClose(t, s)
	s = mustOpen(t, dir, Options{})
	wantValues(t, s, "host/", "host/a: of host/a", "host/c: of host/c")
	wantValues(t, s, "\xff\xff", "\xff\xff: of \xff\xff", "\xff\xffa: of \xff\xffa")
	wantValues(t, s, "none")
	wantLoaded(t, s, number(1))
	stop := errors.New("stop")
	if err := s.Values(t.Context(), "", func(string, []byte) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("got %v, want the error of yield", err)
	}
}

func TestSmallValuesThatBelongTogether(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir, Options{})
	if err := s.Put(t.Context(), "host/a", []byte("old")); err != nil {
		t.Fatal(err)
	}
	if err := s.PutAll(t.Context(), lease.Value{Name: "host/b", Data: []byte("new")}, lease.Value{Name: "host/a"}); err != nil {
		t.Fatal(err)
	}
	mustClose(t, s)
	wantValues(t, mustOpen(t, dir, Options{}), "host/", "host/b: new")
}

// wantValues wants the small values whose names begin with prefix to be those.
func wantValues(t *testing.T, s lease.Store, prefix string, want ...string) {
	t.Helper()
	var got []string
	err := s.Values(t.Context(), prefix, func(name string, value []byte) error {
		got = append(got, name+": "+string(value))
		return nil
	})
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("values of %q: %v (-want +got)\n%s", prefix, err, diff)
	}
}

func TestLoadStopsAtAnError(t *testing.T) {
	s := mustOpen(t, t.TempDir(), Options{})
	mustCommit(t, s, created(number(1), number(2))...)
	stop, calls := errors.New("stop"), 0
	err := s.Load(t.Context(), func(*lease.Binding) error { calls++; return stop })
	if !errors.Is(err, stop) || calls != 1 {
		t.Errorf("%d calls, %v", calls, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Load(ctx, func(*lease.Binding) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("with an ended context: %v", err)
	}
	if err := s.Commit(ctx, created(number(3))); !errors.Is(err, context.Canceled) {
		t.Errorf("commit with an ended context: %v", err)
	}
}

func TestAClosedStoreRefuses(t *testing.T) {
	s := mustOpen(t, t.TempDir(), Options{})
	mustClose(t, s)
	if err := s.Close(); err != nil {
		t.Errorf("closed again: %v", err)
	}
	if err := s.Commit(t.Context(), created(number(1))); !errors.Is(err, errClosed) {
		t.Errorf("commit: %v", err)
	}
}

func wantError(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got error %v\nwant %s", err, want)
	}
}

func TestDirectoriesThatCannotBeUsed(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	newer, foreign := filepath.Join(dir, "newer"), filepath.Join(dir, "foreign")
	mustClose(t, mustOpen(t, newer, Options{}))
	raw(t, newer, put("\x00", "\x02"))
	raw(t, foreign, put("x", "y"))
	if err := os.Mkdir(filepath.Join(dir, "empty"), 0o750); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		dir  string
		o    Options
		want string
	}{
		"no name":              {"", Options{}, `lease store "": want a directory, such as /var/lib/stage6`},
		"a file":               {dir + "/file", Options{}, `file": not a directory`},
		"below a file":         {dir + "/file/x", Options{}, "not a directory"},
		"a newer format":       {newer, Options{}, `newer": has format 2, this stage6 knows those up to 1: use the newer stage6 that wrote it`},
		"another database":     {foreign, Options{}, `foreign": a Pebble database that is not of stage6: choose another directory`},
		"looking at nothing":   {dir + "/none", Options{ReadOnly: true}, `none": no server has kept leases there yet`},
		"looking at emptiness": {dir + "/empty", Options{ReadOnly: true}, `empty": no server has kept leases there yet`},
		"no place for files":   {"/proc/stage6", Options{}, "choose a directory on a disk, such as /var/lib/stage6"},
		"files of others":      {dir, Options{}, `": no lease store, but a directory with other files, such as "file": choose one of its own, such as /var/lib/stage6`},
		"looking at others":    {dir, Options{ReadOnly: true}, `no server has kept leases there yet`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Open(c.dir, c.o)
			wantError(t, err, c.want)
		})
	}
	if _, err := os.Lstat(filepath.Join(dir, "LOCK")); err == nil {
		t.Error("the files of others have a LOCK among them now")
	}
	if entries, err := os.ReadDir(dir + "/empty"); err != nil || len(entries) > 1 {
		t.Errorf("looking left %v (%v)", entries, err)
	}
}

func TestADirectoryThatIsNotEmptyMayBeUsed(t *testing.T) {
	for name, entry := range map[string]func(dir string) error{
		"with the store of another server": func(dir string) error { return os.Mkdir(filepath.Join(dir, "lab0"), 0o750) },
		"with the beginning of a store":    func(dir string) error { return os.WriteFile(filepath.Join(dir, "LOCK"), nil, 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := entry(dir); err != nil {
				t.Fatal(err)
			}
			mustClose(t, mustOpen(t, dir, Options{}))
		})
	}
}

func TestTheDirectoryIsNotForOthers(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "leases")
	mustOpen(t, dir, Options{})
	info, err := os.Stat(dir)
	if err != nil || info.Mode().Perm()&^0o750 != 0 {
		t.Errorf("mode %v (%v), want 0750", info.Mode(), err)
	}
}

func TestOneStoreAtATime(t *testing.T) {
	fs := vfs.NewMem()
	s := mustOpen(t, "/leases", Options{FS: fs})
	_, err := Open("/leases", Options{FS: fs, ReadOnly: true})
	wantError(t, err, "lease store \"/leases\": in use by another process; `stage6 leases` beside a running server asks it through its API socket")
	mustClose(t, s)
	mustOpen(t, "/leases", Options{FS: fs})
}

func TestLookingChangesNothing(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir, Options{})
	mustCommit(t, s, created(number(1))...)
	mustClose(t, s)
	s = mustOpen(t, dir, Options{ReadOnly: true})
	wantLoaded(t, s, number(1))
	wantError(t, s.Commit(t.Context(), created(number(2))), "read-only")
	wantError(t, s.Put(t.Context(), "duid", nil), "read-only")
	wantError(t, s.Delete(t.Context(), "duid"), "read-only")
	mustClose(t, s)
	wantLoaded(t, mustOpen(t, dir, Options{}), number(1))
}
