package backup

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/lease"
	"github.com/stage6/stage6/plugins/pebble"
)

// number makes a binding, a different one for each number.
func number(n int) *lease.Binding {
	a := netip.AddrFrom16([16]byte{0x20, 1, 0xd, 0xb8, 14: byte(n >> 8), 15: byte(n)})
	return &lease.Binding{
		Key:     lease.Key{DUID: ident.DUID(fmt.Sprintf("\x00\x03\x00\x01%06d", n)), IA: ident.IA{Type: ident.NA, ID: uint32(n)}},
		Leases:  []lease.Lease{{Prefix: netip.PrefixFrom(a, 128), State: lease.Active, Valid: time.Hour, Until: time.Unix(1<<31, 0)}},
		Host:    "web01",
		Created: time.Unix(1e9, 0), Updated: time.Unix(1e9, 0),
	}
}

// newStore makes a store with so many bindings, and as many small values.
func newStore(t testing.TB, n int) lease.Store {
	t.Helper()
	s, err := pebble.Open("/leases", pebble.Options{FS: vfs.NewMem()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	var changes []lease.Change
	var values []lease.Value
	for i := range n {
		changes = append(changes, lease.Change{After: number(i)})
		values = append(values, lease.Value{Name: fmt.Sprint("value/", i), Data: bytes.Repeat([]byte{byte(i)}, i%50)})
	}
	if err := s.Commit(context.Background(), changes); err != nil {
		t.Fatal(err)
	}
	if err := s.PutAll(context.Background(), values...); err != nil {
		t.Fatal(err)
	}
	return s
}

// content is what a store keeps.
type content struct {
	Bindings []*lease.Binding
	Values   []lease.Value
}

func contentOf(t *testing.T, s lease.Store) (c content) {
	t.Helper()
	err := s.Load(context.Background(), func(b *lease.Binding) error { c.Bindings = append(c.Bindings, b); return nil })
	if err == nil {
		err = s.Values(context.Background(), "", func(name string, data []byte) error {
			c.Values = append(c.Values, lease.Value{Name: name, Data: data})
			return nil
		})
	}
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// backupOf writes a backup.
func backupOf(t testing.TB, s lease.Store) string {
	t.Helper()
	var b strings.Builder
	if _, err := Write(context.Background(), &b, s, "v1.2.3", time.Unix(1e9, 0)); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestWhatIsRestoredIsWhatWasThere(t *testing.T) {
	for _, n := range []int{0, 1, 3, 2100} {
		from, to := newStore(t, n), newStore(t, 0)
		counts, err := Restore(context.Background(), to, strings.NewReader(backupOf(t, from)), nil)
		if err != nil || counts != (Counts{n, n}) {
			t.Fatalf("%d: %v, %v", n, counts, err)
		}
		if diff := cmp.Diff(contentOf(t, from), contentOf(t, to), cmpopts.EquateEmpty(), cmpopts.EquateComparable(netip.Prefix{}, netip.Addr{})); diff != "" {
			t.Errorf("%d: (-from +to)\n%s", n, diff)
		}
		if err := Unfinished(context.Background(), to); err != nil {
			t.Error(err)
		}
	}
}

func TestBackupIsOfOneMoment(t *testing.T) {
	s := newStore(t, 1000)
	seen := 0
	err := s.(lease.Copier).Copy(context.Background(), func(b *lease.Binding) error {
		seen++
		if b.IA.ID >= 1000 {
			t.Errorf("binding %d came after the copy was begun", b.IA.ID)
		}
		// Commits go on while the copy is read.
		return s.Commit(context.Background(), []lease.Change{{After: number(1000 + seen)}})
	}, func(lease.Value) error { return nil })
	if err != nil || seen != 1000 {
		t.Errorf("%d bindings, %v", seen, err)
	}
}

func TestDamagedFilesAreRefusedBeforeAnythingIsWritten(t *testing.T) {
	whole := backupOf(t, newStore(t, 20))
	lines := strings.SplitAfter(whole, "\n")
	for name, c := range map[string]struct{ file, want string }{
		"nothing":             {"", "no backup of stage6"},
		"something else":      {"{}\n", "no backup of stage6"},
		"no text":             {strings.Repeat("\x00", 1000), "no backup of stage6"},
		"an endless line":     {strings.Repeat("x", longest+5000), "no backup of stage6"},
		"a newer format":      {`{"stage6_backup":2}` + "\n", "use the newer stage6"},
		"cut off":             {whole[:len(whole)/2], "cut off"},
		"without its end":     {strings.Join(lines[:len(lines)-2], ""), "cut off"},
		"a line less":         {strings.Join(append(lines[:5:5], lines[6:]...), ""), "changed since it was written"},
		"a line twice":        {strings.Join(append(lines[:5:5], lines[4:]...), ""), "changed since it was written"},
		"one letter is other": {strings.Replace(whole, `"about":"`, `"about":"x`, 1), "changed since it was written"},
		"more after the end":  {whole + "{}\n", "something follows"},
		"a line of nothing":   {lines[0] + "{}\n", "line 2: neither"},
		"a damaged binding":   {lines[0] + `{"key":"AAAA","binding":"AAAA"}` + "\n", "line 2: "},
	} {
		t.Run(name, func(t *testing.T) {
			to := newStore(t, 0)
			_, err := Restore(context.Background(), to, strings.NewReader(c.file), nil)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
			if got := contentOf(t, to); len(got.Bindings)+len(got.Values) > 0 {
				t.Errorf("something was written: %v", got)
			}
		})
	}
}

func TestNothingIsRestoredOverLeases(t *testing.T) {
	file := backupOf(t, newStore(t, 2))
	if _, err := Restore(context.Background(), newStore(t, 1), strings.NewReader(file), nil); !errors.Is(err, ErrNotEmpty) {
		t.Errorf("error %v", err)
	}
}

// failing is a store whose commits fail.
type failing struct{ lease.Store }

func (failing) Commit(context.Context, []lease.Change) error { return errors.New("no space") }

func TestPartOfARestoreIsKnown(t *testing.T) {
	to, file := newStore(t, 0), backupOf(t, newStore(t, 2))
	if _, err := Restore(context.Background(), failing{to}, strings.NewReader(file), nil); err == nil {
		t.Fatal("no error")
	}
	if err := Unfinished(context.Background(), to); !errors.Is(err, ErrUnfinished) {
		t.Errorf("the server would start: %v", err)
	}
	if _, err := Restore(context.Background(), to, strings.NewReader(file), nil); !errors.Is(err, ErrUnfinished) {
		t.Errorf("another restore says %v", err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(backupOf(f, newStore(f, 3))))
	f.Add([]byte("{}\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		bindings, values := 0, 0
		counts, err := Read(bytes.NewReader(file),
			func(b *lease.Binding) error { bindings++; return b.Check() },
			func(lease.Value) error { values++; return nil })
		if err == nil && counts != (Counts{bindings, values}) {
			t.Errorf("%v, but %d and %d were given", counts, bindings, values)
		}
	})
}
