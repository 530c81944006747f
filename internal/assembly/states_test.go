package assembly_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/internal/assembly"
	"github.com/stage6/stage6/internal/memory"
	"github.com/stage6/stage6/lease"
)

func registry(t *testing.T) *host.Registry {
	t.Helper()
	r := host.NewRegistry()
	hosts := []host.Host{{Name: "web01", State: host.Deploy}, {Name: "web02"}}
	if err := r.Replace("hosts.yml", hosts); err != nil {
		t.Fatal(err)
	}
	return r
}

// load makes a registry with the states of a store.
func load(t *testing.T, store lease.Store) (*assembly.States, *host.Registry) {
	t.Helper()
	r := registry(t)
	s, err := assembly.LoadStates(t.Context(), r, store)
	if err != nil {
		t.Fatal(err)
	}
	return s, r
}

func TestStatesSurvive(t *testing.T) {
	store := memory.New()
	s, r := load(t, store)
	for name, state := range map[string]host.State{"web01": host.Installed, "web02": host.Locked} {
		if err := s.Set(t.Context(), name, state); err != nil {
			t.Fatal(err)
		}
	}
	if got := r.ByName("web01").State; got != host.Installed {
		t.Errorf("set: got %s, want installed", got)
	}
	s, r = load(t, store)
	if one, two := r.ByName("web01").State, r.ByName("web02").State; one != host.Installed || two != host.Locked {
		t.Errorf("loaded: got %s and %s, want installed and locked", one, two)
	}
	if err := s.Reset(t.Context(), "web01"); err != nil {
		t.Fatal(err)
	}
	if got := r.ByName("web01").State; got != host.Deploy {
		t.Errorf("reset: got %s, want what the source says: deploy", got)
	}
	_, r = load(t, store)
	if one, two := r.ByName("web01").State, r.ByName("web02").State; one != host.Deploy || two != host.Locked {
		t.Errorf("loaded after the reset: got %s and %s, want deploy and locked", one, two)
	}
}

// full is a store that keeps what it has.
type full struct{ lease.Store }

var errFull = errors.New("no space left on device")

func (full) Put(context.Context, string, []byte) error    { return errFull }
func (full) PutAll(context.Context, ...lease.Value) error { return errFull }
func (full) Delete(context.Context, string) error         { return errFull }

func TestAStateThatIsNotDurableIsNotSet(t *testing.T) {
	store := memory.New()
	s, _ := load(t, store)
	if err := s.Set(t.Context(), "web01", host.Locked); err != nil {
		t.Fatal(err)
	}
	s, r := load(t, full{store})
	if err := s.Set(t.Context(), "web01", host.Installed); !errors.Is(err, errFull) {
		t.Errorf("Set: %v", err)
	}
	if err := s.Reset(t.Context(), "web01"); !errors.Is(err, errFull) {
		t.Errorf("Reset: %v", err)
	}
	if got := r.ByName("web01").State; got != host.Locked {
		t.Errorf("got %s, want locked as before", got)
	}
}

func TestADamagedStateIsTold(t *testing.T) {
	store := memory.New()
	if err := store.Put(t.Context(), "host-state/web01", []byte("instaled")); err != nil {
		t.Fatal(err)
	}
	_, err := assembly.LoadStates(t.Context(), registry(t), store)
	if err == nil || !strings.Contains(err.Error(), `"host-state/web01": state "instaled"`) {
		t.Errorf("got %v", err)
	}
}
