package memory

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/lease"
)

// number makes a binding, a different one for each number.
func number(n int) *lease.Binding {
	return &lease.Binding{
		Key: lease.Key{DUID: ident.DUID(fmt.Sprintf("\x00\x03\x00\x01%06d", n)), IA: ident.IA{Type: ident.PD, ID: uint32(n)}},
		Leases: []lease.Lease{{
			Prefix: netip.MustParsePrefix("2001:db8:f000::/56"), State: lease.Released,
			Preferred: time.Hour, Valid: lease.Infinity, Until: time.Unix(1e9, 0), Pool: "prefix",
		}},
		Created: time.Unix(1e9, 0), Updated: time.Unix(1e9, 0),
	}
}

func mustCommit(t *testing.T, s lease.Store, changes ...lease.Change) {
	t.Helper()
	if err := s.Commit(t.Context(), changes); err != nil {
		t.Fatal(err)
	}
}

func wantLoaded(t *testing.T, s lease.Store, want ...*lease.Binding) {
	t.Helper()
	got := map[lease.Key]*lease.Binding{}
	if err := s.Load(t.Context(), func(b *lease.Binding) error { got[b.Key] = b; return nil }); err != nil {
		t.Fatal(err)
	}
	expected := map[lease.Key]*lease.Binding{}
	for _, b := range want {
		expected[b.Key] = b
	}
	if diff := cmp.Diff(expected, got, cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{})); diff != "" {
		t.Errorf("loaded (-want +got):\n%s", diff)
	}
}

func TestCommitCreatesReplacesAndDeletes(t *testing.T) {
	s := New()
	wantLoaded(t, s)
	changed := number(2)
	changed.Link = "prov0"
	mustCommit(t, s, lease.Change{After: number(1)}, lease.Change{After: number(2)}, lease.Change{After: number(3)})
	mustCommit(t, s, lease.Change{Before: number(2), After: changed}, lease.Change{Before: number(3)})
	wantLoaded(t, s, number(1), changed)
}

func TestWhatWasCommittedDoesNotChangeWithTheBinding(t *testing.T) {
	s, b := New(), number(1)
	mustCommit(t, s, lease.Change{After: b})
	b.Leases[0].Pool = "another"
	wantLoaded(t, s, number(1))
}

func TestLoadStopsAtAnError(t *testing.T) {
	s := New()
	mustCommit(t, s, lease.Change{After: number(1)}, lease.Change{After: number(2)})
	stop, calls := errors.New("stop"), 0
	if err := s.Load(t.Context(), func(*lease.Binding) error { calls++; return stop }); !errors.Is(err, stop) || calls != 1 {
		t.Errorf("%d calls, %v", calls, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Load(ctx, func(*lease.Binding) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("with an ended context: %v", err)
	}
}

func TestSmallValues(t *testing.T) {
	s := New()
	if _, err := s.Get(t.Context(), "duid"); !errors.Is(err, lease.ErrNotFound) {
		t.Errorf("a value that is not there: %v, want lease.ErrNotFound", err)
	}
	value := []byte("old")
	for _, v := range []string{"old", "new"} {
		copy(value, v)
		if err := s.Put(t.Context(), "duid", value); err != nil {
			t.Fatal(err)
		}
		clear(value) // what is put is the store's own
		got, err := s.Get(t.Context(), "duid")
		if err != nil || string(got) != v {
			t.Errorf("got %q, %v, want %q", got, err, v)
		}
		clear(got) // and what is got the caller's
		if again, _ := s.Get(t.Context(), "duid"); string(again) != v {
			t.Errorf("got %q the second time, want %q", again, v)
		}
	}
}

func TestSmallValuesAreListedAndDeleted(t *testing.T) {
	s := New()
	for _, name := range []string{"host/b", "host/a", "hosts", "duid", "host/c"} {
		if err := s.Put(t.Context(), name, []byte("of "+name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"host/b", "host/none"} {
		if err := s.Delete(t.Context(), name); err != nil {
			t.Errorf("Delete %q: %v", name, err)
		}
	}
	var got []string
	err := s.Values(t.Context(), "host/", func(name string, value []byte) error {
		got = append(got, name+": "+string(value))
		return nil
	})
	if diff := cmp.Diff([]string{"host/a: of host/a", "host/c: of host/c"}, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}
	stop := errors.New("stop")
	if err := s.Values(t.Context(), "", func(string, []byte) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("got %v, want the error of yield", err)
	}
}

func TestConcurrentUse(t *testing.T) {
	s := New()
	var wg sync.WaitGroup
	for n := range 8 {
		wg.Go(func() {
			name := fmt.Sprint(n)
			if err := errors.Join(s.Commit(t.Context(), []lease.Change{{After: number(n)}}), s.Put(t.Context(), name, []byte(name))); err != nil {
				t.Error(err)
			}
			if got, err := s.Get(t.Context(), name); err != nil || string(got) != name {
				t.Errorf("got %q, %v, want %q", got, err, name)
			}
		})
	}
	wg.Wait()
	loaded := 0
	if err := s.Load(t.Context(), func(*lease.Binding) error { loaded++; return nil }); err != nil || loaded != 8 {
		t.Errorf("%d bindings (%v), want 8", loaded, err)
	}
}

func TestSmallValuesThatBelongTogether(t *testing.T) {
	s := New()
	if err := s.Put(t.Context(), "old", []byte("a")); err != nil {
		t.Fatal(err)
	}
	if err := s.PutAll(t.Context(), lease.Value{Name: "new", Data: []byte("b")}, lease.Value{Name: "old"}); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Get(t.Context(), "new"); err != nil || string(got) != "b" {
		t.Errorf("got %q, %v, want b", got, err)
	}
	if _, err := s.Get(t.Context(), "old"); !errors.Is(err, lease.ErrNotFound) {
		t.Errorf("got %v, want lease.ErrNotFound", err)
	}
}

func TestOnlyAValueThatIsNilIsRemoved(t *testing.T) {
	s := New()
	for _, name := range []string{"absent", "empty"} {
		if err := s.Put(t.Context(), name, []byte("old")); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.PutAll(t.Context(), lease.Value{Name: "absent"}, lease.Value{Name: "empty", Data: []byte{}}); err != nil {
		t.Fatal(err)
	}
	if err := s.Put(t.Context(), "put", nil); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]error{"absent": lease.ErrNotFound, "empty": nil, "put": nil} {
		if got, err := s.Get(t.Context(), name); !errors.Is(err, want) || len(got) > 0 {
			t.Errorf("%s: got %q, %v, want nothing, %v", name, got, err, want)
		}
	}
}
