package pebble

import (
	"errors"
	"testing"

	"github.com/stage6/stage6/lease"
)

func TestOnlyAValueThatIsNilIsRemoved(t *testing.T) {
	s := mustOpen(t, t.TempDir(), Options{})
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
